import { expect, it } from 'vitest'
import { ask, assistant, dashboard, newTab, openAssistant, sound, text, url, useBrowser } from './harness'

useBrowser()

const shop = 'optical-shop-2'
const question = 'What were our top 3 products last month?'

it('lets a visitor in, answers, and shows the cell behind each figure', async () => {
  const tab = await newTab()
  const { page } = tab
  await page.goto(url)
  await page.waitForSelector('.login li')
  await sound(tab, '01-login')
  await page.click('text=Bright Eyes Optical')
  await page.waitForSelector('.figure svg')
  expect(await page.locator('.figure').count()).toBe(4)
  await sound(tab, '02-sales-closed')
  await openAssistant(tab)
  await sound(tab, '03-open', assistant)
  await ask(tab, question)
  const answer = page.locator('.ilsai-panel .ilsai-answer')
  await answer.locator('.ilsai-chart svg').waitFor()
  await sound(tab, '04-answer', assistant)

  // Every figure in the sentence is the very cell it points at.
  const figures = answer.locator('.ilsai-figure')
  expect(await figures.count()).toBeGreaterThanOrEqual(6)
  for (let i = 0; i < await figures.count(); i++) {
    await figures.nth(i).hover()
    expect(await answer.locator('.ilsai-table :is(td, th)[data-on="true"]').innerText()).toBe(await figures.nth(i).innerText())
    expect(await answer.locator('.ilsai-tip').innerText()).toContain('October 2026'.slice(-4))
  }
  await sound(tab, '05-figure', assistant)
  const facts = await answer.locator('.ilsai-facts').innerText()
  for (const part of ['Revenue by product, last month, top 3', 'last month (', 'As of']) expect(facts).toContain(part)

  // A follow-up goes on from it, in the same conversation.
  await ask(tab, 'Show revenue trend for the last quarter')
  await page.locator('.ilsai-exchange').last().locator('.ilsai-chart path').first().waitFor()
  await sound(tab, '06-trend', assistant)

  // Collapsed it is a button again, and opens as it was left.
  await page.locator('.ilsai-head .ilsai-tool').last().click()
  await page.waitForSelector('.ilsai-panel', { state: 'detached' })
  expect(await page.locator('.ilsai-launcher').isVisible()).toBe(true)
  await openAssistant(tab, false)
  await expect.poll(() => page.locator('.ilsai-exchange').count()).toBe(2)
  expect(tab.complaints).toEqual([])
  expect(tab.foreign).toEqual([])
})

it('keeps the conversation for the next visit, and takes feedback, copies and CSV', async () => {
  const tab = await dashboard(shop)
  const { page } = tab
  await tab.context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await openAssistant(tab, false)
  await page.waitForSelector('.ilsai-exchange')
  expect(await page.locator('.ilsai-asked').allInnerTexts()).toEqual([expect.stringContaining(question), expect.stringContaining('trend')])
  const last = page.locator('.ilsai-exchange').first()
  await last.getByRole('button', { name: 'Helpful', exact: true }).click()
  await page.waitForSelector('text=Thank you for your feedback')
  expect(await last.getByRole('button', { name: 'Helpful', exact: true }).getAttribute('aria-pressed')).toBe('true')
  await last.getByRole('button', { name: 'Copy' }).click()
  await page.waitForSelector('text=Copied')
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('top 3 products')
  const [file] = await Promise.all([page.waitForEvent('download'), last.getByRole('button', { name: 'Download CSV' }).click()])
  expect(file.suggestedFilename()).toBe('sales.csv')

  await page.getByRole('button', { name: 'Earlier conversations' }).click()
  await page.waitForSelector('.ilsai-entry')
  await sound(tab, '07-history', assistant)
  await page.getByRole('button', { name: 'New conversation' }).click()
  expect(await page.locator('.ilsai-exchange').count()).toBe(0)
  expect(await page.evaluate(() => localStorage.length + sessionStorage.length + document.cookie.length), 'kept in the browser').toBe(0)
})

it('shows as used what the server says, and what a tier lacks', async () => {
  const tab = await dashboard('optical-shop-1', 'plan')
  const { page } = tab
  await page.waitForSelector('.ilsai-usage')
  const session = await (await page.request.post(`${url}/api/demo/session`, { data: { tenant: 'optical-shop-1' } })).json() as { token: string }
  const usage = await (await page.request.get(`${url}/api/ai/usage`, { headers: { Authorization: `Bearer ${session.token}` } })).json() as { used: number; limit: number }
  expect(await text(tab, '.ilsai-usage-text')).toBe(`${usage.used} / ${usage.limit} queries this month`)
  expect(await page.locator('.ilsai-badge').allInnerTexts()).toEqual(['Available', 'Upgrade to Professional', 'Upgrade to Professional', 'Not available'])
  await sound(tab, '08-plan')

  await openAssistant(tab)
  await page.locator('.ilsai-topic', { hasText: 'Sales' }).click()
  expect(await text(tab, '.ilsai-gate')).toContain('Sales is part of Professional.')
  await page.fill('.ilsai-write textarea', question)
  let sent = 0
  await page.route('**/api/ai/query', (r) => { sent++; return r.continue() })
  await page.keyboard.press('Enter')
  expect(await page.locator('.ilsai-exchange').count()).toBe(0)
  expect(sent).toBe(0)
  await sound(tab, '09-gated', assistant)
  // What the page does not send, the server would refuse.
  const refused = await page.request.post(`${url}/api/ai/query`, { headers: { Authorization: `Bearer ${session.token}` }, data: { question, query_type: 'sales' } })
  expect(refused.status()).toBe(403)
})

it('helps where people work: on a page, and beside a search', async () => {
  const tab = await dashboard(shop, 'sales', { figures: true })
  const { page } = tab
  await page.locator('.ilsai-quick').getByRole('button', { name: 'Show revenue trend for the last quarter' }).click()
  await page.locator('.ilsai-quick .ilsai-chart path').first().waitFor()
  await sound(tab, '26-quick-query')
  await page.getByRole('link', { name: 'Inventory' }).click()
  await page.locator('.ilsai-quick').getByRole('button', { name: 'Which items are low in stock?' }).click()
  await page.locator('.ilsai-quick .ilsai-table tbody tr').first().waitFor()
  await page.waitForSelector('.figure svg, .figure table')
  await sound(tab, '27-inventory')
  await page.getByRole('link', { name: 'Patients' }).click()
  await page.locator('.ilsai-feature').waitFor()
  expect(await text(tab, '.ilsai-feature')).toContain('Upgrade to Enterprise')
  await sound(tab, '28-patients-gated')
  await page.getByRole('link', { name: 'Search' }).click()
  await page.getByRole('searchbox').fill('progressive lenses')
  await page.locator('.ilsai-insights .ilsai-chip').first().click()
  await page.locator('.ilsai-insights .ilsai-exchange:not([data-state=waiting])').waitFor()
  expect(await page.locator('.ilsai-insights .ilsai-exchange').getAttribute('data-state')).toBe('answered')
  await sound(tab, '29-search')
  expect(tab.complaints).toEqual([])
})

it('can be used with the keyboard alone', async () => {
  const tab = await dashboard(shop)
  const { page } = tab
  await page.locator('.ilsai-launcher').focus()
  await page.keyboard.press('Enter')
  await page.waitForSelector('.ilsai-composer')
  const focused = () => page.evaluate(() => (document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent ?? '').trim())
  await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA')
  await page.keyboard.type(question)
  await page.keyboard.press('Enter')
  await page.waitForSelector('.ilsai-exchange:last-of-type .ilsai-answer')
  expect(await focused()).toBe('Your question')
  for (let i = 0; i < 60 && await focused() !== 'Copy'; i++) {
    await page.keyboard.press('Shift+Tab')
    // What has the focus is in sight (2.4.11).
    expect(await page.evaluate(() => {
      const r = document.activeElement!.getBoundingClientRect()
      return document.activeElement!.contains(document.elementFromPoint(r.left + r.width / 2, Math.min(innerHeight - 1, r.top + Math.min(r.height, 20) / 2)))
    }), await focused()).toBe(true)
  }
  expect(await focused()).toBe('Copy')
  await page.keyboard.press('Enter')
  for (let i = 0; i < 30 && !(await page.locator('.ilsai-figure:focus').count()); i++) await page.keyboard.press('Shift+Tab')
  expect(await page.locator('.ilsai-tip').count()).toBe(1)
  await page.keyboard.press('Escape') // the note first, then the panel
  expect(await page.locator('.ilsai-tip').count()).toBe(0)
  await page.keyboard.press('Escape')
  await page.waitForSelector('.ilsai-panel', { state: 'detached' })
  expect(await focused()).toContain('AI assistant')
})

it('shows nothing of one shop in the tab of another', async () => {
  const one = await dashboard('optical-shop-2')
  const two = await dashboard('optical-shop-3', 'sales', {}, '', one.context)
  await openAssistant(one)
  await openAssistant(two)
  await ask(one, question)
  await ask(two, 'What is the revenue by store this month?')
  await one.page.reload()
  await openAssistant(one, false)
  await one.page.waitForSelector('.ilsai-exchange')
  const [a, b] = [await one.page.locator('body').innerText(), await two.page.locator('body').innerText()]
  expect(a).toContain('£')
  expect(a).not.toMatch(/€|Lumière|revenue by store this month/)
  expect(b).toContain('€')
  expect(b).not.toMatch(/£|Bright Eyes|top 3 products last month/)
  // The same tab, another shop: nothing of the first is left.
  await one.page.evaluate(() => { location.hash = '#/optical-shop-3/sales' })
  await one.page.waitForSelector('text=Lumière Vision Group')
  await one.page.click('.ilsai-launcher')
  await one.page.waitForSelector('.ilsai-exchange')
  expect(await one.page.locator('body').innerText()).not.toMatch(/£|Bright Eyes|top 3 products last month/)
})
