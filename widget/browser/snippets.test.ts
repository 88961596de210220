import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newTab, seen, sound, url, useBrowser, watch, type Seen, type Tab } from './harness'

useBrowser()

/** The origin that the server was told to allow; its pages are the documentation's, word for word but the server's address. */
const origin = process.env.ILSAI_PAGE_ORIGIN ?? ''
const here = join(import.meta.dirname, '..')
const blocks = [...readFileSync(join(here, '../docs/embedding.md'), 'utf8').matchAll(/```(tsx|html|js)\n([\s\S]*?)```/g)].map((m) => ({ kind: m[1], code: m[2].replaceAll('https://ai.example', url) }))
const files = new Map<string, { type: string; body: string }>()
let server: Server
let work: string

beforeAll(async () => {
  const [react, plain, script, strict] = blocks
  expect(blocks.map((b) => b.kind)).toEqual(['tsx', 'html', 'js', 'html'])
  files.set('/plain', { type: 'text/html', body: plain.code })
  files.set('/bare', { type: 'text/html', body: plain.code.replaceAll(/<script.*<\/script>/g, '') })
  files.set('/strict', { type: 'text/html', body: strict.code })
  files.set('/sales.js', { type: 'text/javascript', body: script.code })
  files.set('/react', { type: 'text/html', body: '<!doctype html><html lang="en"><meta charset="utf-8"><title>Dashboard</title><link rel="stylesheet" href="/dashboard.css"><body><main id="dashboard"></main><script type="module" src="/dashboard.js"></script></body></html>' })
  mkdirSync(join(here, 'node_modules/.snippets'), { recursive: true })
  work = mkdtempSync(join(here, 'node_modules/.snippets/'))
  writeFileSync(join(work, 'dashboard.tsx'), react.code)
  // As a new user would: the package as npm would install it, React beside it, built for production.
  mkdirSync(join(work, 'node_modules/@ils'), { recursive: true })
  symlinkSync(here, join(work, 'node_modules/@ils/assistant'))
  process.env.NODE_ENV = 'production' // vitest's own value would have JSX compiled for development
  await build({
    configFile: false, root: work, logLevel: 'error',
    build: { outDir: join(work, 'out'), minify: false, rollupOptions: { input: join(work, 'dashboard.tsx'), output: { entryFileNames: 'dashboard.js', assetFileNames: 'dashboard[extname]', codeSplitting: false } } },
  })
  files.set('/dashboard.js', { type: 'text/javascript', body: readFileSync(join(work, 'out/dashboard.js'), 'utf8') })
  files.set('/dashboard.css', { type: 'text/css', body: readFileSync(join(work, 'out/dashboard.css'), 'utf8') })
  server = createServer((request, reply) => void (async () => {
    if (request.url === '/my/token') {
      const session = await fetch(`${url}/api/demo/session`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"tenant":"optical-shop-2"}' })
      reply.end(((await session.json()) as { token: string }).token)
      return
    }
    const f = files.get(request.url ?? '')
    reply.writeHead(f ? 200 : 404, { 'Content-Type': f?.type ?? 'text/plain' })
    reply.end(f?.body)
  })())
  await new Promise<void>((listening) => server.listen(Number(new URL(origin).port), '127.0.0.1', listening))
})

afterAll(() => {
  server?.close()
  if (work) rmSync(work, { recursive: true, force: true })
})

/** Opens a page of the documentation and asks there. */
async function asked(path: string): Promise<Tab & { opened: Seen; asked: Seen; later: string[] }> {
  const tab = await newTab()
  const { page } = tab
  await watch(tab)
  await page.goto(origin + path)
  const open = page.getByRole('button', { name: 'Open the AI assistant' })
  await open.waitFor()
  await page.waitForLoadState('networkidle')
  const opened = await seen(tab)
  const later: string[] = []
  page.on('request', (r) => later.push(r.url().split('/').at(-1) ?? ''))
  await open.click()
  await page.getByRole('textbox', { name: 'Your question' }).fill('What were our top 3 products last month?')
  await page.keyboard.press('Enter')
  await page.locator('.ilsai-panel .ilsai-sentence').last().waitFor()
  expect(await page.locator('.ilsai-panel .ilsai-sentence').last().innerText()).toContain('£')
  expect(tab.complaints).toEqual([])
  expect(tab.foreign.filter((u) => !u.startsWith(origin))).toEqual([])
  return { ...tab, opened, asked: await seen(tab), later }
}

it('works in React', async () => {
  const { page } = await asked('/react')
  for (const part of ['.ilsai-quick', '.ilsai-feature', '.ilsai-usage']) expect(await page.locator(part).count(), part).toBeGreaterThan(0)
})

it('works in a plain page, which keeps its looks and gains one name', async () => {
  const tab = await asked('/plain')
  expect(await tab.page.evaluate(() => document.styleSheets.length + document.adoptedStyleSheets.length + document.querySelectorAll('style').length)).toBe(0)
  console.info(`plain page: layout shift ${tab.opened.shift.toFixed(4)}, longest task ${tab.opened.longest} ms`)
  expect(tab.opened.shift, 'nothing moves when the elements are drawn').toBe(0)
  // What draws charts is fetched for the first chart, not before.
  expect(tab.later.some((f) => /^Chart-.*\.js$/.test(f))).toBe(true)
  // The same page without the script: it has one name less, and looks the same.
  const bare = await newTab()
  await bare.page.goto(`${origin}/bare`)
  const host = () => ({
    names: Object.getOwnPropertyNames(window).filter((n) => !/^\d+$/.test(n)),
    looks: [document.documentElement, document.body].map((e) => {
      const style = getComputedStyle(e)
      return Object.fromEntries([...style].filter((name) => !/size|height|width|origin/.test(name)).map((name) => [name, style.getPropertyValue(name)]))
    }),
  })
  const [before, after] = [await bare.page.evaluate(host), await tab.page.evaluate(host)]
  expect(after.names.filter((n) => !before.names.includes(n))).toEqual(['ilsai'])
  expect(Object.keys(before.looks[0]).length).toBeGreaterThan(100)
  expect(after.looks).toEqual(before.looks)
  await sound(tab, '30-plain-page')
})

it('works under a strict policy, and moves nothing', async () => {
  const { opened } = await asked('/strict')
  console.info(`strict page, with the assistant only: layout shift ${opened.shift.toFixed(4)}, longest task ${opened.longest} ms`)
  expect(opened.shift).toBe(0)
})

it('paints the demo’s pages without moving what stands there', async () => {
  for (const [name, path, ready] of [['login', '/', '.login li'], ['sales', '/#/optical-shop-2/sales', '.figure svg']]) {
    const tab = await newTab()
    await watch(tab)
    await tab.page.goto(url + path)
    await tab.page.waitForSelector(ready)
    await tab.page.waitForLoadState('networkidle')
    const s = await seen(tab)
    console.info(`${name} page of the demo: first paint ${s.paint.toFixed(0)} ms, layout shift ${s.shift.toFixed(4)}, longest task ${s.longest} ms`)
    expect(s.shift, `${name}: what Web Vitals calls good`).toBeLessThan(0.1)
  }
})
