import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

const css = readFileSync(join(import.meta.dirname, '../src/style.css'), 'utf8')

/** The colours of one theme: those of the block that a selector opens, over the light ones. */
function palette(selector: string): Record<string, string> {
  const colours: Record<string, string> = {}
  for (const opening of [':where(.ilsai) {', selector]) {
    const from = css.indexOf(opening)
    expect(from, opening).toBeGreaterThanOrEqual(0)
    const block = css.slice(from, css.indexOf('}', from))
    for (const m of block.matchAll(/--ilsai-([\w-]+):\s*(#[0-9a-f]{6});/g)) colours[m[1]] = m[2]
  }
  return colours
}

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const c = Number.parseInt(hex.slice(i, i + 2), 16) / 255
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x)
  return (light + 0.05) / (dark + 0.05)
}

describe.each([
  ['light', ':where(.ilsai) {'],
  ['dark', ':where(.ilsai[data-theme="dark"]) {'],
  ['automatic dark', ':where(.ilsai[data-theme="auto"]) {'],
])('the %s theme', (_, selector) => {
  const c = palette(selector)

  it('measures contrast as WCAG does', () => expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5))

  // The ring is drawn two pixels off what has the focus: on whatever that stands on.
  it.each(['surface', 'surface-2', 'accent-soft', 'mark', 'good-soft', 'warn-soft', 'bad-soft'])('shows the focus ring on %s, 3 to 1 at least', (behind) => {
    expect(contrast(c.accent, c[behind])).toBeGreaterThanOrEqual(3)
  })
  it('shows the edges of its controls, 3 to 1 at least', () => {
    expect(contrast(c.control, c.surface)).toBeGreaterThanOrEqual(3)
  })
})
