import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const dist = join(import.meta.dirname, '../dist/widget')
const built = existsSync(join(dist, 'elements.js'))

/** A file and all it imports before it runs. */
function needs(name: string, seen = new Set<string>()): Set<string> {
  if (seen.has(name)) return seen
  seen.add(name)
  const source = readFileSync(join(dist, name), 'utf8')
  for (const m of source.matchAll(/(?:from|import)\s*["']\.\/([\w.-]+\.js)["']/g)) needs(m[1], seen)
  return seen
}

const kib = (names: Iterable<string>) => [...names].reduce((sum, n) => sum + gzipSync(readFileSync(join(dist, n)), { level: 9 }).length, 0) / 1024

describe.runIf(built)('the script for pages without React, gzipped', () => {
  const closed = needs('elements.js')
  const later = (prefix: string) => [...needs(readdirSync(dist).find((n) => n.startsWith(`${prefix}-`)) as string)].filter((n) => !closed.has(n))

  it('loads in at most 5 KiB', () => {
    expect(kib(['ilsai.js'])).toBeLessThanOrEqual(5)
  })
  it('is closed in at most 30 KiB', () => {
    expect(kib(closed)).toBeLessThanOrEqual(30)
  })
  it('is open in at most 90 KiB', () => {
    expect(kib([...closed, ...later('Panel')])).toBeLessThanOrEqual(90)
  })
  it('draws in at most 60 KiB more', () => {
    const chart = readdirSync(dist).find((n) => n.startsWith('Chart-')) as string
    expect(closed.has(chart)).toBe(false)
    expect(kib(later('Chart'))).toBeLessThanOrEqual(60)
  })
  it('says what it weighs', () => {
    console.info(`loader ${kib(['ilsai.js']).toFixed(1)}, closed ${kib(closed).toFixed(1)}, open ${kib([...closed, ...later('Panel')]).toFixed(1)}, charts ${kib(later('Chart')).toFixed(1)} KiB gzipped`)
    expect(closed.size).toBeGreaterThan(1)
  })
})
