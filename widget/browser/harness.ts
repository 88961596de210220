import { AxeBuilder } from '@axe-core/playwright'
import { chromium, type Browser, type BrowserContext, type Page, type Route } from 'playwright-core'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'

/** The running demo, with three shops. Its tests are started by `go test ./cmd/ilsai -run Browser`. */
export const url = process.env.ILSAI_URL ?? ''
/** Where pictures go; none are taken without it. */
const pictures = process.env.ILSAI_SCREENSHOTS

const flags = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

export interface Tab {
  page: Page
  context: BrowserContext
  /** Requests to anywhere but the demo. */
  foreign: string[]
  /** What the page complained about, failed replies of the API left out: tests make them fail. */
  complaints: string[]
}

let browser: Browser
let data: string
const open: BrowserContext[] = []

/** Starts a browser for the tests of a file and ends it after them. */
export function useBrowser(): void {
  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), 'ilsai-browser-'))
    browser = await chromium.launch({ executablePath: process.env.ILSAI_CHROMIUM ?? '/usr/bin/chromium', args: flags, env: { ...process.env, HOME: data } as Record<string, string> })
  })
  afterAll(async () => {
    for (const c of open) await c.close()
    await browser?.close()
    rmSync(data, { recursive: true, force: true })
  })
}

export interface Look {
  width?: number
  height?: number
  scheme?: 'light' | 'dark'
  forced?: boolean
}

/** A tab of a fresh profile. */
export async function newTab(look: Look = {}, within?: BrowserContext): Promise<Tab> {
  const context = within ?? await browser.newContext({
    viewport: { width: look.width ?? 1280, height: look.height ?? 820 }, colorScheme: look.scheme ?? 'light', reducedMotion: 'reduce', forcedColors: look.forced ? 'active' : 'none',
    acceptDownloads: true,
  })
  if (!within) open.push(context)
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
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
  await tab.page.goto(`${url}/#/${shop}/${page}${query}`)
  await tab.page.waitForSelector('.ilsai-launcher')
  return tab
}

export async function openAssistant({ page }: Tab): Promise<void> {
  await page.click('.ilsai-launcher')
  await page.waitForSelector('.ilsai-composer')
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

/** Lets questions wait for a reply until the test says which. */
export async function hold({ page }: Tab): Promise<{ release: (events: string) => Promise<void>; asked: () => number; sent: Record<string, string>[] }> {
  const waiting: Route[] = []
  const sent: Record<string, string>[] = []
  await page.route('**/api/ai/query', (r) => {
    waiting.push(r)
    sent.push(r.request().headers())
  })
  return {
    sent, asked: () => sent.length,
    release: async (body) => {
      const r = waiting.shift()
      await r?.fulfill({ contentType: 'text/event-stream', body }).catch(() => undefined) // it may have been aborted
    },
  }
}

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']

/** No violation of WCAG 2.2 AA on the whole page, and a picture of it. */
export async function sound({ page }: Tab, state: string): Promise<void> {
  if (pictures) {
    mkdirSync(pictures, { recursive: true })
    await page.screenshot({ path: join(pictures, `${state}.png`) })
  }
  const found = await new AxeBuilder({ page }).withTags(rules).analyze()
  const told = found.violations.flatMap((v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} ${n.any.map((a) => a.message).join('; ')}`))
  expect(told, state).toEqual([])
}

/** What the page says about itself at this moment. */
export function text({ page }: Tab, selector: string): Promise<string> {
  return page.locator(selector).last().innerText()
}
