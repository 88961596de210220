import type { Citation } from '../api/types'

/** A stretch of an answer: plain words, or a figure with the cell it came from. */
export interface Segment {
  text: string
  citation?: Citation
}

/**
 * Cuts an answer at its citations. Offsets count code points, as the server does, not UTF-16 units. A citation that
 * overlaps another one, lies outside the answer or does not stand where it says is left out: better no source than a
 * wrong one.
 */
export function segments(answer: string, citations: readonly Citation[] = []): Segment[] {
  const points = Array.from(answer)
  const out: Segment[] = []
  let at = 0
  const plain = (end: number) => {
    if (end > at) out.push({ text: harmless(points.slice(at, end).join('')) })
  }
  for (const c of [...citations].sort((a, b) => a.start - b.start)) {
    if (!Number.isInteger(c.start) || !Number.isInteger(c.end) || c.start < at || c.end <= c.start || c.end > points.length) continue
    const text = points.slice(c.start, c.end).join('')
    if (text !== c.text) continue
    plain(c.start)
    out.push({ text: harmless(text), citation: c })
    at = c.end
  }
  plain(points.length)
  return out
}

/**
 * Text without the characters that change the order others are shown in: they could make a figure read as another one
 * (CVE-2021-42574). Scripts that run from right to left need none of them here, as every text is isolated.
 */
export function harmless(text: string): string {
  return text.replace(/[\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c]/g, '')
}

/** Sentences, for reading out one by one. */
export function sentences(text: string): string[] {
  return harmless(text)
    .split(/(?<=[.!?؟…])\s+/u)
    .map((s) => s.trim())
    .filter((s) => s !== '')
}
