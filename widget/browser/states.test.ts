import { expect, it } from 'vitest'
import { answerWith, ask, dashboard, hold, openAssistant, sound, text, useBrowser } from './harness'

useBrowser()

const shop = 'optical-shop-2'

it('waits in sight, says its place once, and stops', async () => {
  const tab = await dashboard(shop)
  const { page } = tab
  await openAssistant(tab)
  const server = await hold(tab)
  await page.fill('.ilsai-write textarea', 'How much did we sell yesterday?')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.ilsai-waiting')
  expect(await page.locator('[role=log]').getAttribute('aria-busy')).toBe('true')
  await sound(tab, '10-waiting')
  await page.getByRole('button', { name: 'Stop' }).click()
  await page.waitForSelector('.ilsai-exchange[data-state=stopped]')
  expect(await text(tab, '.ilsai-exchange')).toContain('It was not counted.')
  await expect.poll(server.asked).toBe(1)
})

it('reads an answer out once, whole, and slowly enough', async () => {
  const tab = await dashboard(shop)
  const { page } = tab
  await openAssistant(tab)
  await page.evaluate(() => {
    const said: { at: number; text: string }[] = []
    Object.assign(window, { said })
    const seen = new Map<Element, string>()
    new MutationObserver(() => {
      for (const el of document.querySelectorAll('.ilsai-panel > [role=status]')) {
        const t = el.textContent ?? ''
        if (t && seen.get(el) !== t) said.push({ at: performance.now(), text: t })
        seen.set(el, t)
      }
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
  const answer = 'Revenue was £14,934.35 last week. It rose by 3.5%. Downtown sold the most.'
  await answerWith(tab, { answer, query_type: 'sales', plan: 'unsupported', request_id: 'r1' })
  await ask(tab, 'How was last week?')
  await expect.poll(() => page.evaluate(() => (window as unknown as { said: { text: string }[] }).said.length), { timeout: 20_000 }).toBe(4)
  const said = await page.evaluate(() => (window as unknown as { said: { at: number; text: string }[] }).said)
  expect(said[0].text).toBe('Answering …')
  expect(said.slice(1).map((s) => s.text).join(' ')).toBe(answer)
  for (let i = 1; i < said.length; i++) expect(said[i].at - said[i - 1].at).toBeGreaterThanOrEqual(1000)
  expect(await page.locator('.ilsai-panel [aria-live=polite]').count()).toBe(1)
})

it('says what is wrong and what to do, in every kind of trouble', async () => {
  const tab = await dashboard(shop)
  const { page } = tab
  await openAssistant(tab)
  await answerWith(tab, { code: 'rate_limit', status: 429, detail: 'There were 60 questions within a minute.' }, 429, { 'Retry-After': '2' })
  await ask(tab, 'one')
  const again = page.locator('.ilsai-exchange').last().getByRole('button', { name: /Ask again/ })
  expect(await page.locator('.ilsai-exchange [role=alert]').count()).toBe(1)
  expect(await again.innerText()).toMatch(/in [12] s/)
  await sound(tab, '11-limit')
  await expect.poll(() => again.innerText(), { timeout: 20_000 }).toBe('Ask again')
  await answerWith(tab, { answer: 'There it is.', query_type: 'sales', plan: 'unsupported' })
  await again.click()
  await page.waitForSelector('.ilsai-exchange[data-state=answered]')

  await page.unroute('**/api/ai/query')
  await tab.context.setOffline(true)
  await ask(tab, 'two')
  expect(await text(tab, '.ilsai-exchange')).toContain('cannot be reached')
  await tab.context.setOffline(false)
  await answerWith(tab, { code: 'quota_exceeded', status: 429, detail: 'All 2,000 queries of this month are used.' }, 429, { 'Retry-After': '90000' })
  await ask(tab, 'three')
  expect(await text(tab, '.ilsai-exchange')).toContain('All 2,000 queries')
  expect(await page.locator('.ilsai-exchange').last().getByRole('button', { name: /Ask again/ }).count()).toBe(0)
  expect(await page.locator('.ilsai-exchange').last().getByRole('button', { name: 'Upgrade' }).count()).toBe(1)
})

it('warns before the month is used up, and says when it is', async () => {
  const usage = (used: number, warning: boolean) => ({
    tenant_id: shop, tier: 'professional', used, limit: 2000, remaining: 2000 - used, percentage: used / 20, warning_at: 80, warning, upgrade: 'enterprise', resets_at: '2026-12-01T00:00:00+00:00',
  })
  const tab = await dashboard(shop)
  await tab.page.route('**/api/ai/usage', (r) => r.fulfill({ json: usage(1930, true) }))
  await openAssistant(tab)
  await expect.poll(() => text(tab, '.ilsai-panel .ilsai-usage')).toContain('1,930 / 2,000 queries this month')
  expect(await text(tab, '.ilsai-panel .ilsai-usage')).toContain('You’ve used 96.5% of your monthly queries. Starts again on 1 December.')
  await sound(tab, '12-quota-warning')
})

it('keeps another shop’s answers out when the token is not this shop’s', async () => {
  const tab = await dashboard(shop)
  await tab.page.route('**/api/ai/usage', (r) => r.fulfill({ json: { tenant_id: 'optical-shop-9', tier: 'basic', used: 1, limit: 500, remaining: 499, percentage: 0, warning: false, warning_at: 80, resets_at: '' } }))
  await tab.page.click('.ilsai-launcher')
  await expect.poll(() => text(tab, '.ilsai-panel')).toContain('signed in to another shop')
  expect(await tab.page.locator('.ilsai-composer').count()).toBe(0)
})

it('explains what is suppressed, and opens the passages of knowledge', async () => {
  const tab = await dashboard('optical-shop-3')
  const { page } = tab
  await openAssistant(tab)
  await answerWith(tab, {
    answer: 'Most patients are 41 to 60 years old (412).', query_type: 'patients', plan: { metric: 'patients' }, plan_words: 'Patients by age group', request_id: 'r1', chart: 'bar', as_of: '2026-11-25T14:30:00Z',
    citations: [{ ref: 'r1.patients', row: 1, column: 'patients', value: 412, text: '412', start: 38, end: 41 }],
    data: { columns: [{ id: 'age', label: 'Age group', unit: 'text' }, { id: 'patients', label: 'Patients', unit: 'count' }], rows: [['41 to 60', 412], ['over 90', '<11']], row_count: 2, truncated: false },
  })
  await ask(tab, 'How old are our patients?')
  const answer = page.locator('.ilsai-answer').last()
  expect(await answer.innerText()).toContain('fewer than 11 people are behind')
  expect(await answer.locator('.ilsai-figure').allInnerTexts()).toEqual(['412'])
  expect(await answer.locator('.ilsai-chart').count(), 'a drawing would hint at the figure').toBe(0)
  await answerWith(tab, {
    answer: 'It removes ghost images of headlights. Halos call for an eye examination.', query_type: 'ophthalmic', plan: 'knowledge', request_id: 'r2', refer: 'soon',
    recommended: { kinds: ['lenses'], products: [{ name: 'Hoya MiYOSMART Children', kind: 'Lenses' }] },
    passages: [{ ref: 'p1', id: 'coating-ar', title: 'Anti-reflective coating', sources: ['ISO 8980-4:2006'], sentences: [{ ref: 'p1.s1', quoted: true, start: 0, end: 38 }] }],
  })
  await ask(tab, 'What does the coating do?')
  await page.click('.ilsai-passages summary')
  expect(await text(tab, '.ilsai-passages details')).toMatch(/It removes ghost images of headlights\.\s+ISO 8980-4:2006/)
  expect(await text(tab, '.ilsai-answer')).toContain('Have an eye care professional see this soon.')
  await sound(tab, '13-suppressed-and-sources')
})

it('runs nothing that is written in an answer, and asks nobody else for it', async () => {
  const tab = await dashboard(shop)
  const { page } = tab
  const evil = [
    '<script>window.hacked=1</script>', '<img src=x onerror="window.hacked=1">', '<img src="https://evil.example/pixel.png">', '[click](javascript:window.hacked=1)',
    '![](https://evil.example/md.png)', '<svg onload="window.hacked=1">', '\u202eright to left\u202c', 'W'.repeat(10_000), '{{constructor.constructor("window.hacked=1")()}}',
  ]
  const all = evil.join(' ')
  await openAssistant(tab)
  await answerWith(tab, {
    answer: all, query_type: 'sales', plan: { metric: 'x' }, plan_words: all, request_id: 'r', chart: 'bar', suggestions: evil.slice(0, 3), citations: [{ ref: 'r1.a', row: 1, column: evil[1], value: 1, text: evil[0], start: 0, end: evil[0].length }],
    period: { label: all, from: '', to: '', partial: false, default: true }, filters: [{ dimension: 'x', values: evil }], passages: [{ ref: 'p1', id: 'p', title: evil[1], sources: evil, sentences: [{ ref: 'p1.s1', quoted: true, start: 0, end: 50 }] }], recommended: { kinds: evil, products: [{ name: evil[1], kind: evil[2] }] },
    data: { columns: [{ id: 'k', label: evil[1], unit: 'text' }, { id: evil[1], label: evil[5], unit: 'count' }], rows: [[all, 1], [evil[2], 2]], row_count: 2, truncated: false, currency: '<b>' },
  })
  await ask(tab, evil.slice(0, 6).join(' '))
  await page.locator('.ilsai-figure').first().hover()
  await page.waitForTimeout(300)
  expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
  expect(await page.locator('.ilsai-panel :is(script, img, iframe, a[href^="javascript"])').count()).toBe(0)
  expect(await text(tab, '.ilsai-sentence')).toContain(evil[0])
  expect(await text(tab, '.ilsai-sentence')).not.toContain('\u202e')
  expect(tab.foreign).toEqual([])
  // The longest word breaks; nothing pushes the panel or the page aside.
  expect(await page.evaluate(() => {
    const log = document.querySelector('.ilsai-body')!
    return [log.scrollWidth - log.clientWidth, document.documentElement.scrollWidth - document.documentElement.clientWidth]
  })).toEqual([0, 0])
  expect(tab.complaints).toEqual([])
})

it.each([
  ['14-dark', '?theme=dark', { scheme: 'dark' as const }],
  ['15-arabic', '?lang=ar', {}],
  ['16-mobile', '', { width: 390, height: 780 }],
  ['17-zoom-400', '', { width: 320, height: 256 }],
  ['18-forced-colours', '', { forced: true }],
])('is sound in %s', async (state, query, look) => {
  const tab = await dashboard(shop, 'sales', look, query)
  const { page } = tab
  await openAssistant(tab)
  await ask(tab, 'What were our top 3 products last month?')
  expect(await text(tab, '.ilsai-answer .ilsai-sentence')).toContain('£')
  await sound(tab, state)
  // Every target that is no part of a sentence is 24 px high and wide (2.5.8).
  const small = await page.evaluate(() => [...document.querySelectorAll('.ilsai :is(button, a, summary, .ilsai-topic)')].flatMap((el) => {
    const r = el.getBoundingClientRect()
    return r.width > 0 && (r.width < 24 || r.height < 24) ? [`${el.className} ${r.width}×${r.height}`] : []
  }))
  expect(small).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'sideways').toBe(true)
})

it('shows the platform to who administers it', async () => {
  const tab = await dashboard('ils-platform', 'admin')
  await tab.page.waitForSelector('.tiles .card')
  await tab.page.waitForSelector('text=Bright Eyes Optical')
  await sound(tab, '19-platform')
  const shopTab = await dashboard(shop, 'admin')
  expect(await shopTab.page.locator('.tiles').count()).toBe(0)
})
