import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    browser: string
  }
}

const flags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
]

/** One browser for all tests: starting one takes longer than most of them. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const home = mkdtempSync(join(tmpdir(), 'ilsai-browser-'))
  const server = await chromium.launchServer({ executablePath: process.env.ILSAI_CHROMIUM ?? '/usr/bin/chromium', args: flags, env: { ...process.env, HOME: home } as Record<string, string> })
  project.provide('browser', server.wsEndpoint())
  return async () => {
    await server.close()
    rmSync(home, { recursive: true, force: true })
  }
}
