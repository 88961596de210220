import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { build } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { newTab, sound, url, useBrowser, type Tab } from './harness'

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
async function asked(path: string): Promise<Tab> {
  const tab = await newTab()
  const { page } = tab
  await page.addInitScript(() => {
    const seen = { names: Object.keys(window).length, shift: 0, longest: 0 }
    Object.defineProperty(window, Symbol.for('seen'), { value: seen })
    new PerformanceObserver((l) => { for (const e of l.getEntries()) seen.shift += (e as unknown as { value: number }).value }).observe({ type: 'layout-shift', buffered: true })
    new PerformanceObserver((l) => { for (const e of l.getEntries()) seen.longest = Math.max(seen.longest, e.duration) }).observe({ type: 'longtask', buffered: true })
  })
  await page.goto(origin + path)
  await page.getByRole('button', { name: 'Open the AI assistant' }).click()
  await page.getByRole('textbox', { name: 'Your question' }).fill('What were our top 3 products last month?')
  await page.keyboard.press('Enter')
  await page.locator('.ilsai-panel .ilsai-sentence').last().waitFor()
  expect(await page.locator('.ilsai-panel .ilsai-sentence').last().innerText()).toContain('£')
  expect(tab.complaints).toEqual([])
  expect(tab.foreign.filter((u) => !u.startsWith(origin))).toEqual([])
  return tab
}

it('works in React', async () => {
  const { page } = await asked('/react')
  for (const part of ['.ilsai-quick', '.ilsai-feature', '.ilsai-usage']) expect(await page.locator(part).count(), part).toBeGreaterThan(0)
})

it('works in a plain page, which keeps its looks and gains one name', async () => {
  const tab = await asked('/plain')
  expect(await tab.page.evaluate(() => {
    const outside = [...document.styleSheets].length + document.adoptedStyleSheets.length + document.querySelectorAll('style').length
    const own = getComputedStyle(document.body)
    return { outside, margin: own.margin, family: own.fontFamily === getComputedStyle(document.documentElement).fontFamily }
  })).toEqual({ outside: 0, margin: '8px', family: true })
  const seen = await tab.page.evaluate(() => (window as unknown as Record<symbol, { shift: number; longest: number }>)[Symbol.for('seen')])
  console.info(`layout shift ${seen.shift.toFixed(3)}, longest task ${seen.longest} ms`)
  const bare = await newTab()
  await bare.page.goto(`${origin}/sales.js`)
  const names = await bare.page.evaluate(() => Object.getOwnPropertyNames(window))
  const more = (await tab.page.evaluate(() => Object.getOwnPropertyNames(window))).filter((n) => !names.includes(n) && !/^\d+$/.test(n))
  expect(more).toEqual(['ilsai'])
  await sound(tab, '30-plain-page')
})

it('works under a strict policy', async () => {
  await asked('/strict')
})
