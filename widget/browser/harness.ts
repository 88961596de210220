import axe from 'axe-core'
import { mkdirSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page, type Route } from 'playwright-core'
import { messagesOf } from '../src/i18n'
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest'

/** The running demo, with three shops. Its tests are started by `go test ./cmd/ilsai -run Browser`. */
export const url = process.env.ILSAI_URL ?? ''
/** Where pictures go; none are taken without it. */
const pictures = process.env.SCREENSHOTS

export interface Tab {
  page: Page
  context: BrowserContext
  /** Requests to anywhere but the demo. */
  foreign: string[]
  /** What the page complained about, failed replies of the API left out: tests make them fail. */
  complaints: string[]
}

let browser: Browser

/** Opens the browser for the tests of a file, and closes each test's tabs after it: open pages go on working. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.connect(inject('browser'))
  })
  afterEach(async () => {
    for (const c of browser.contexts()) await c.close()
  })
  afterAll(() => browser.close())
}

export interface Look {
  width?: number
  height?: number
  scheme?: 'light' | 'dark'
  forced?: boolean
  /** The dashboard's own figures; most tests are not about them, and have a quicker page without. */
  figures?: boolean
}

/** A tab of a fresh profile. */
export async function newTab(look: Look = {}, within?: BrowserContext): Promise<Tab> {
  const context = within ?? await browser.newContext({
    viewport: { width: look.width ?? 1280, height: look.height ?? 820 }, colorScheme: look.scheme ?? 'light', reducedMotion: 'reduce', forcedColors: look.forced ? 'active' : 'none',
    acceptDownloads: true,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const tab: Tab = { page, context, foreign: [], complaints: [] }
  page.on('request', (r) => {
    if (!r.url().startsWith(url) && !/^(data|blob):/.test(r.url())) tab.foreign.push(r.url())
  })
  page.on('console', (m) => {
    if (m.type() === 'error' && !/Failed to load resource|net::ERR_/.test(m.text())) tab.complaints.push(m.text())
  })
  page.on('pageerror', (e) => tab.complaints.push(String(e)))
  return tab
}

/** Opens the dashboard of a shop. */
export async function dashboard(shop: string, page = 'sales', look: Look = {}, query = '', within?: BrowserContext): Promise<Tab> {
  const tab = await newTab(look, within)
  if (!look.figures) await tab.page.route('**/api/demo/figures*', (r) => r.fulfill({ json: { items: [] } }))
  await tab.page.goto(`${url}/#/${shop}/${page}${query}`)
  await tab.page.waitForSelector('.ilsai-launcher')
  return tab
}

/** Opens the assistant; in a new conversation, whatever this user asked before. */
export async function openAssistant({ page }: Tab, fresh = true): Promise<void> {
  await page.click('.ilsai-launcher')
  await page.waitForSelector('.ilsai-composer')
  if (!fresh) return
  await page.getByRole('button', { name: messagesOf(await page.locator('.ilsai-floating').getAttribute('lang') ?? 'en').newConversation }).click()
  await page.waitForSelector('.ilsai-welcome')
}

/** Asks in the assistant and waits until the question has ended. */
export async function ask({ page }: Tab, question: string): Promise<void> {
  const before = await page.locator('.ilsai-panel .ilsai-exchange').count()
  await page.fill('.ilsai-write textarea', question)
  await page.keyboard.press('Enter')
  await page.waitForFunction((n) => {
    const all = document.querySelectorAll('.ilsai-panel .ilsai-exchange')
    return all.length > n && all[all.length - 1].getAttribute('data-state') !== 'waiting'
  }, before)
}

/** Replies to questions in place of the server, as it would stream them; a reply with a status is a problem. */
export async function answerWith({ page }: Tab, reply: object, status = 200, headers: Record<string, string> = {}): Promise<void> {
  await page.unroute('**/api/ai/query').catch(() => undefined)
  await page.route('**/api/ai/query', (r: Route) => (status === 200
    ? r.fulfill({ status, contentType: 'text/event-stream', body: `event: progress\ndata: {"stage":"writing"}\n\nevent: answer\ndata: ${JSON.stringify(reply)}\n\n` })
    : r.fulfill({ status, contentType: 'application/problem+json', headers, body: JSON.stringify(reply) })))
}

export interface SlowServer {
  /** Resolves with the headers of the next question, once it is there. */
  asked: () => Promise<Record<string, string | string[] | undefined>>
  /** Sends an event of the stream, then lets the stream go on. */
  send: (event: string, data: object) => void
  /** Ends the connection, in the middle of whatever it was. */
  cut: () => void
  /** Resolves once the browser has hung up. */
  gone: Promise<void>
  close: () => Promise<void>
}

/** Puts a server in the place of the real one that answers a question event by event, when the test says so. */
export async function slowServer({ page }: Tab): Promise<SlowServer> {
  const arrived: Record<string, string | string[] | undefined>[] = []
  const waiting: ((h: Record<string, string | string[] | undefined>) => void)[] = []
  let reply: ServerResponse
  let hungUp: () => void
  const gone = new Promise<void>((resolve) => { hungUp = resolve })
  const server = createServer((question, r) => {
    reply = r
    r.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    r.flushHeaders()
    r.on('close', () => { if (!r.writableFinished) hungUp() })
    const w = waiting.shift()
    if (w) w(question.headers)
    else arrived.push(question.headers)
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const at = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  await page.route('**/api/ai/query', (r) => r.continue({ url: `${at}/api/ai/query` }))
  return {
    gone,
    asked: async () => arrived.shift() ?? new Promise((resolve) => waiting.push(resolve)),
    send: (event, data) => {
      reply.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
      if (event === 'answer') reply.end()
    },
    cut: () => reply.destroy(),
    close: async () => {
      await page.unroute('**/api/ai/query')
      server.closeAllConnections()
      await new Promise((closed) => server.close(closed))
    },
  }
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** No violation of WCAG 2.2 AA on the page, or in a part of it, and a picture of the page. */
export async function sound({ page }: Tab, state: string, part = 'html'): Promise<void> {
  if (pictures) {
    mkdirSync(pictures, { recursive: true })
    await page.screenshot({ path: join(pictures, `${state}.png`) })
  }
  // Once a page: axe is half a megabyte to parse.
  if (!await page.evaluate(() => 'axe' in window)) await page.evaluate(axe.source)
  const found = await page.evaluate(([root, tags]) => (window as unknown as { axe: typeof axe }).axe.run({ include: [[root]] }, { runOnly: tags, resultTypes: ['violations'] }), [part, rules] as const)
  expect(found.passes.length, `${state}: rules that apply`).toBeGreaterThan(5)
  const told = found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} ${n.any.map((a) => a.message).join('; ')}`))
  expect(told, state).toEqual([])
}

/** The assistant's own part of a page. */
export const assistant = '.ilsai-floating'

/** What a browser measured of a page: times in ms, as they depend on the machine no test asserts them. */
export interface Seen {
  paint: number
  shift: number
  longest: number
}

/** Measures pages that the tab opens from now on. */
export async function watch({ page }: Tab): Promise<void> {
  await page.addInitScript(() => {
    const seen = { shift: 0, longest: 0 }
    Object.defineProperty(window, Symbol.for('seen'), { value: seen })
    new PerformanceObserver((l) => { for (const e of l.getEntries()) seen.shift += (e as unknown as { value: number }).value }).observe({ type: 'layout-shift', buffered: true })
    new PerformanceObserver((l) => { for (const e of l.getEntries()) seen.longest = Math.max(seen.longest, e.duration) }).observe({ type: 'longtask', buffered: true })
  })
}

export function seen({ page }: Tab): Promise<Seen> {
  return page.evaluate(() => ({
    ...(window as unknown as Record<symbol, { shift: number; longest: number }>)[Symbol.for('seen')],
    paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN,
  }))
}

/** What the page says about itself at this moment. */
export function text({ page }: Tab, selector: string): Promise<string> {
  return page.locator(selector).last().innerText()
}
