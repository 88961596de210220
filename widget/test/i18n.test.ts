import { describe, expect, it } from 'vitest'
import { Problem } from '../src/api/problem'
import { direction, fill, messagesOf, problemText } from '../src/i18n'
import { ar } from '../src/i18n/ar'
import { en } from '../src/i18n/en'
import { es } from '../src/i18n/es'

type Tree = { [k: string]: string | Tree }

function flat(t: Tree, at = ''): Record<string, string> {
  return Object.assign({}, ...Object.entries(t).map(([k, v]) => (typeof v === 'string' ? { [at + k]: v } : flat(v, `${at}${k}.`)))) as Record<string, string>
}

const holes = (s: string) => (s.match(/\{\w+\}/g) ?? []).sort()

describe.each([['es', es], ['ar', ar]])('%s', (_, m) => {
  it('says everything, with the same values in it', () => {
    const ours = flat(m)
    for (const [key, text] of Object.entries(flat(en))) {
      expect(ours[key], key).toBeTruthy()
      expect(new Set(holes(ours[key])), key).toEqual(new Set(holes(text)))
      if (!/^(tiers\.|unlimited|total|sourceTotal)/.test(key)) expect(ours[key], key).not.toBe(text)
    }
  })
})

describe('words', () => {
  it('are chosen by language, English where there are none', () => {
    expect(messagesOf('es-MX')).toBe(es)
    expect(messagesOf('AR')).toBe(ar)
    expect(messagesOf('xx')).toBe(en)
    expect([direction('ar-EG'), direction('es')]).toEqual(['rtl', 'ltr'])
  })

  it('are filled in once, and only what is known', () => {
    expect(fill('{a} and {b}', { a: '{b}', c: 1 })).toBe('{b} and {b}')
  })

  it("tell a problem: the server's sentence in English, our own in other languages", () => {
    const p = new Problem('quota_exceeded', 'All 500 queries are used.', 429)
    expect(problemText(p, en)).toBe('All 500 queries are used.')
    expect(problemText(p, es)).toBe(es.problems.quota_exceeded)
    expect(problemText(new Problem('brand_new', '', 500, undefined, 'r-7'), en)).toContain('r-7')
  })
})
