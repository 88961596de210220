import { expect, it } from 'vitest'
import { messagesOf } from '../src/i18n'
import { answerWith, ask, assistant, dashboard, openAssistant, slowServer, sound, text, url, useBrowser } from './harness'

useBrowser()

const shop = 'optical-shop-2'

it('shows a slow server’s progress, stops, and asks again', async () => {
  const tab = await dashboard(shop)
  const { page } = tab
  await openAssistant(tab)
  const server = await slowServer(tab)
  const waiting = page.locator('.ilsai-waiting')
  await page.fill('.ilsai-write textarea', 'How much did we sell yesterday?')
  await page.keyboard.press('Enter')
  const first = await server.asked()
  expect(await page.locator('[role=log]').getAttribute('aria-busy')).toBe('true')
  server.send('progress', { stage: 'queued', position: 3, eta_ms: 4200 })
  await expect.poll(() => waiting.innerText()).toMatch(/3 .*· .*4 s/)
  await sound(tab, '10-waiting', assistant)
  server.send('progress', { stage: 'reading', plan_words: 'Revenue, yesterday' })
  await expect.poll(() => waiting.innerText()).toContain('Revenue, yesterday')
  server.send('progress', { stage: 'writing', plan_words: 'Revenue, yesterday' })
  await expect.poll(() => waiting.innerText()).toMatch(/writing/i)
  expect(await page.locator('.ilsai-sentence').count()).toBe(0)
  // Every test asks for reduced motion: nothing moves while it waits.
  expect(await page.evaluate(() => document.getAnimations().length)).toBe(0)
  await page.keyboard.press('Tab')
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Stop')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.ilsai-exchange[data-state=stopped]')
  await server.gone
  expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA')
  expect(await text(tab, '.ilsai-exchange')).toContain('It was not counted.')
  await sound(tab, '11-stopped', assistant)

  // A question that was taken back is a new one when it is asked again; one that broke off is the same.
  await page.getByRole('button', { name: 'Ask again' }).click()
  const second = await server.asked()
  server.send('progress', { stage: 'reading' })
  server.cut()
  await page.waitForSelector('.ilsai-exchange[data-state=failed]')
  await page.getByRole('button', { name: 'Ask again' }).click()
  const third = await server.asked()
  server.send('answer', { answer: 'Revenue was £412.10 yesterday.', query_type: 'sales', plan: 'unsupported', request_id: 'r1' })
  await page.waitForSelector('.ilsai-exchange[data-state=answered]')
  const keys = [first, second, third].map((h) => h['x-idempotency-key'])
  expect(keys[1]).not.toBe(keys[0])
  expect(keys[2]).toBe(keys[1])
  expect(tab.complaints).toEqual([])
  await server.close()
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
  await sound(tab, '12-limit', assistant)
  await expect.poll(() => again.innerText(), { timeout: 20_000 }).toBe('Ask again')
  await answerWith(tab, { answer: 'There it is.', query_type: 'sales', plan: 'unsupported' })
  await again.click()
  await page.waitForSelector('.ilsai-exchange[data-state=answered]')

  await page.unroute('**/api/ai/query')
  await tab.context.setOffline(true)
  await ask(tab, 'two')
  expect(await text(tab, '.ilsai-exchange')).toContain('cannot be reached')
  await sound(tab, '13-offline', assistant)
  await tab.context.setOffline(false)
  await answerWith(tab, { code: 'quota_exceeded', status: 429, detail: 'All 2,000 queries of this month are used.' }, 429, { 'Retry-After': '90000' })
  await ask(tab, 'three')
  expect(await text(tab, '.ilsai-exchange')).toContain('All 2,000 queries')
  expect(await page.locator('.ilsai-exchange').last().getByRole('button', { name: /Ask again/ }).count()).toBe(0)
  expect(await page.locator('.ilsai-exchange').last().getByRole('button', { name: 'Upgrade' }).count()).toBe(1)
  await sound(tab, '14-month-used-up', assistant)
})

it('counts down when a shop has asked too much', async () => {
  const tab = await dashboard('optical-shop-1', 'plan')
  const { page } = tab
  const { token } = await (await page.request.post(`${url}/api/demo/session`, { data: { tenant: 'optical-shop-1' } })).json() as { token: string }
  const data = { question: 'What is an anti-reflective coating?', query_type: 'ophthalmic' }
  let status = 200
  for (let n = 0; n < 40 && status === 200; n++) status = (await page.request.post(`${url}/api/ai/query`, { headers: { Authorization: `Bearer ${token}` }, data })).status()
  expect(status).toBe(429)
  await openAssistant(tab)
  await ask(tab, data.question)
  expect(await page.locator('.ilsai-exchange [role=alert]').count()).toBe(1)
  expect(await text(tab, '.ilsai-exchange [role=alert] button')).toMatch(/^Ask again in \d+ s$/)
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
  await sound(tab, '15-month-nearly-used-up', assistant)
})

it('keeps another shop’s answers out when the token is not this shop’s', async () => {
  const tab = await dashboard(shop)
  await tab.page.route('**/api/ai/usage', (r) => r.fulfill({ json: { tenant_id: 'optical-shop-9', tier: 'basic', used: 1, limit: 500, remaining: 499, percentage: 0, warning: false, warning_at: 80, resets_at: '' } }))
  await tab.page.click('.ilsai-launcher')
  await expect.poll(() => text(tab, '.ilsai-panel')).toContain('signed in to another shop')
  expect(await tab.page.locator('.ilsai-composer').count()).toBe(0)
  await sound(tab, '16-another-shop', assistant)
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
  await sound(tab, '17-suppressed-and-sources', assistant)
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
  ['18-dark', 'en', { scheme: 'dark' as const, figures: true }],
  ['19-spanish', 'es', {}],
  ['20-arabic', 'ar', {}],
  ['21-mobile', 'en', { width: 390, height: 780 }],
  ['22-zoom-400', 'en', { width: 320, height: 256 }],
  ['23-forced-colours', 'en', { forced: true }],
])('is sound in %s', async (state, locale, look) => {
  const tab = await dashboard(shop, 'sales', look, `?lang=${locale}`)
  const { page } = tab
  await openAssistant(tab)
  await ask(tab, 'What were our top 3 products last month?')
  expect(await text(tab, '.ilsai-answer .ilsai-sentence')).toContain('£')
  await page.waitForSelector('.ilsai-answer .ilsai-chart svg')
  await sound(tab, state)
  const words = messagesOf(locale)
  expect(await page.locator('.ilsai-write textarea').getAttribute('aria-label')).toBe(words.question)
  expect(await text(tab, '.ilsai-facts')).toContain(words.understood)
  expect(await page.locator('.ilsai-floating').getAttribute('dir')).toBe(locale === 'ar' ? 'rtl' : 'ltr')
  // Every target that is no part of a sentence is 24 px high and wide (2.5.8).
  const small = await page.evaluate(() => [...document.querySelectorAll('.ilsai :is(button, a, summary, .ilsai-topic)')].flatMap((el) => {
    const r = el.getBoundingClientRect()
    return r.width > 0 && (r.width < 24 || r.height < 24) ? [`${el.className} ${r.width}×${r.height}`] : []
  }))
  expect(small).toEqual([])
  expect(await page.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), 'sideways').toBe(true)
})

it('draws what has two keys as a stack, with a table beside it', async () => {
  const tab = await dashboard(shop)
  await openAssistant(tab)
  const rows = ['2026-08-01', '2026-09-01', '2026-10-01'].flatMap((m, i) => [['Downtown', 4], ['Harbour', 3], ['Mall', 2]].map(([s, n]) => [m, s as string, (n as number) * (100_000 + 7_000 * i)]))
  await answerWith(tab, {
    answer: 'Revenue by store and month: see the table.', query_type: 'sales', plan: { metric: 'revenue' }, plan_words: 'Revenue by month and store, last 3 months', request_id: 'r1', chart: 'bar', as_of: '2026-11-25T14:30:00Z',
    data: { columns: [{ id: 'month', label: 'Month', unit: 'month' }, { id: 'store', label: 'Store', unit: 'text' }, { id: 'revenue', label: 'Revenue', unit: 'money' }], rows, row_count: 9, truncated: false, currency: 'GBP' },
  })
  await ask(tab, 'Revenue by store and month')
  const answer = tab.page.locator('.ilsai-answer').last()
  await answer.locator('.ilsai-chart-part').first().waitFor()
  expect(await answer.locator('.ilsai-chart-part').count()).toBe(9)
  expect(await answer.locator('.ilsai-legend').innerText()).toMatch(/Downtown\s*Harbour\s*Mall/)
  expect(await answer.locator('.ilsai-table tbody tr').count()).toBe(9)
  await sound(tab, '24-stacked', assistant)
})

it('shows the platform, its queue and its fairness to who administers it', async () => {
  const tab = await dashboard('ils-platform', 'admin')
  const { page } = tab
  await page.waitForSelector('.tiles .card')
  await page.waitForSelector('text=Bright Eyes Optical')
  // What was asked in these tests has been served within the last ten minutes.
  await expect.poll(() => page.getByRole('region', { name: 'Fairness' }).innerText()).toMatch(/Bright Eyes Optical\s+\d+%/)
  expect(await page.getByRole('region', { name: 'Live queue' }).innerText()).toContain('Nobody waits')
  await page.route('**/api/admin/queue', (r) => r.fulfill({ json: {
    waiting: 7, running: 2, window_seconds: 600, served_total: 4000, tenants: [
      { tenant_id: 'optical-shop-3', waiting: 1, running: 0, weight: 4, virtual_time: 310, served: 1240, share: 0.31, position: 0, eta_ms: 900 },
      { tenant_id: 'optical-shop-2', waiting: 6, running: 2, weight: 2, virtual_time: 1380, served: 2760, share: 0.69, position: 1, eta_ms: 2400 },
    ],
  } }))
  const queue = page.getByRole('region', { name: 'Table of the queue' })
  await expect.poll(() => queue.innerText().catch(() => '')).toMatch(/Lumière Vision Group\s+1\s+0\s+0\s+0\.9 s[\s\S]*Bright Eyes Optical\s+6\s+2\s+1\s+2\.4 s/)
  await sound(tab, '25-platform')
  const shopTab = await dashboard(shop, 'admin')
  expect(await shopTab.page.locator('.tiles').count()).toBe(0)
})
