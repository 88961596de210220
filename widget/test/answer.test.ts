import { describe, expect, it } from 'vitest'
import { cellText, suppressedBelow } from '../src/answer/cells'
import { chartModel, ticks } from '../src/answer/chart'
import { csv } from '../src/answer/csv'
import { harmless, segments, sentences } from '../src/answer/segments'
import type { Cell, Citation, Column, Data } from '../src/api/types'

function cite(answer: string, text: string, more: Partial<Citation> = {}): Citation {
  const start = Array.from(answer.slice(0, answer.indexOf(text))).length
  return { ref: 'r1.revenue', row: 1, column: 'revenue', value: 1, text, start, end: start + Array.from(text).length, ...more }
}

describe('figures in a sentence', () => {
  const answer = '👓 Lumière sold €5.00 and €7.50.'

  it('are cut out by code points', () => {
    const got = segments(answer, [cite(answer, '€7.50', { row: 2 }), cite(answer, '€5.00')])
    expect(got.map((s) => s.text)).toEqual(['👓 Lumière sold ', '€5.00', ' and ', '€7.50', '.'])
    expect(got.map((s) => s.citation?.row)).toEqual([undefined, 1, undefined, 2, undefined])
  })

  it('without a sound citation stay plain', () => {
    const good = cite(answer, '€5.00')
    for (const bad of [{ start: -1 }, { end: 999 }, { text: '€9.99' }, { start: 3.5 }, { end: good.start }]) {
      expect(segments(answer, [{ ...good, ...bad }])).toEqual([{ text: answer }])
    }
    expect(segments(answer, [good, good]).filter((s) => s.citation)).toHaveLength(1)
  })

  it('cannot be turned round by control characters', () => {
    expect(harmless('a\u202eb\u2066c\u200f')).toBe('abc')
    const evil = 'Total \u202e€5.00'
    expect(segments(evil, [cite(evil, '€5.00')]).map((s) => s.text)).toEqual(['Total ', '€5.00'])
  })

  it('are read out sentence by sentence, once', () => {
    const text = 'Revenue was £14,934.35. It rose by 3.5%! Why? Unknown'
    expect(sentences(text)).toEqual(['Revenue was £14,934.35.', 'It rose by 3.5%!', 'Why?', 'Unknown'])
    expect(sentences(text).join(' ')).toBe(text)
  })
})

const col = (id: string, unit: string, label = id): Column => ({ id, unit, label })

describe('cells', () => {
  it.each<[Column, Cell, string, string]>([
    [col('revenue', 'money'), 1493435, 'en', '£14,934.35'],
    [col('revenue', 'money'), -5, 'en', '-£0.05'],
    [col('units', 'count'), 12345, 'en', '12,345'],
    [col('rate', 'percent'), 41.25, 'en', '41.3%'],
    [col('change_rate', 'percent'), 12.5, 'en', '+12.5%'],
    [col('cover', 'days'), 12, 'en', '12.0'],
    [col('units', 'count'), null, 'en', '–'],
    [col('patients', 'count'), '<11', 'en', '< 11'],
    [col('month', 'month'), '2026-11-01', 'en', 'November 2026'],
    [col('month', 'month'), '2026-11-01', 'es', 'noviembre de 2026'],
    [col('quarter', 'quarter'), '2026-10-01', 'en', 'Q4 2026'],
    [col('units', 'count'), 12345, 'ar', '12,345'],
    [col('revenue', 'money'), 1493435, 'es', '£14,934.35'],
    [col('product', 'text'), '<11', 'en', '<11'],
    [col('product', 'text'), 'a\u202eb', 'en', 'ab'],
  ])('%j %j in %s', (c, cell, locale, want) => {
    expect(cellText(c, cell, { currency: 'GBP' }, locale)).toBe(want)
  })

  it('are suppressed in columns of figures only', () => {
    expect(suppressedBelow(col('patients', 'count'), '<11')).toBe(11)
    expect(suppressedBelow(col('name', 'text'), '<11')).toBeUndefined()
    expect(suppressedBelow(col('patients', 'count'), '<b>11')).toBeUndefined()
  })
})

function table(columns: Column[], rows: Cell[][]): Data {
  return { columns, rows, row_count: rows.length, truncated: false, currency: 'GBP' }
}

describe('charts', () => {
  const month = col('month', 'month', 'Month')
  const revenue = col('revenue', 'money', 'Revenue')
  const product = col('product', 'text', 'Product')

  it('show a trend as a line, with what it is compared with', () => {
    const m = chartModel({ chart: 'line', data: table([month, revenue, col('previous', 'money', 'Before')], [['2026-10-01', 5, 4], ['2026-11-01', 6, null]]) }, 'en')
    expect(m).toMatchObject({ kind: 'line', categories: ['Oct 26', 'Nov 26'], series: [{ name: 'Revenue', values: [5, 6] }, { name: 'Before', values: [4, null] }] })
  })

  it('show a ranking as bars', () => {
    expect(chartModel({ chart: 'bar', data: table([product, revenue], [['A', 5], ['B', 3]]) }, 'en')).toMatchObject({ kind: 'bar', categories: ['A', 'B'] })
  })

  it('stack two keys over time', () => {
    const m = chartModel({ chart: 'bar', data: table([product, month, revenue], [['A', '2026-11-01', 5], ['B', '2026-10-01', 3]]) }, 'en')
    expect(m).toMatchObject({ kind: 'stacked', categories: ['Oct 26', 'Nov 26'], series: [{ name: 'A', values: [null, 5] }, { name: 'B', values: [3, null] }] })
  })

  it('are left out where they would tell nothing, or too much', () => {
    const rows: Cell[][] = [['A', 5], ['B', 3]]
    for (const [name, a] of Object.entries({
      'no hint': { chart: 'none', data: table([product, revenue], rows) },
      'one row': { chart: 'bar', data: table([product, revenue], [['A', 5]]) },
      'a suppressed figure': { chart: 'bar', data: table([product, revenue], [['A', 50], ['B', '<11']]) },
      'no key': { chart: 'bar', data: table([revenue], [[1], [2]]) },
      'no figure': { chart: 'bar', data: table([product], [['A'], ['B']]) },
      'no data': { chart: 'bar' },
    })) expect(chartModel(a, 'en'), name).toBeUndefined()
  })

  it('have round axes that hold every value', () => {
    for (const [low, high] of [[0, 97], [3, 1234567], [-50, 20], [0, 0], [0, 0.03], [-7, -1]]) {
      const t = ticks(low, high)
      expect(t[0]).toBeLessThanOrEqual(Math.min(0, low))
      expect(t.at(-1)).toBeGreaterThanOrEqual(Math.max(0, high))
      expect(t.length).toBeLessThanOrEqual(8)
      expect(t.length).toBeGreaterThanOrEqual(2)
    }
    expect(ticks(0, 97)).toEqual([0, 25, 50, 75, 100])
  })
})

describe('CSV', () => {
  it('has raw figures, quotes, and nothing a spreadsheet runs', () => {
    const d = table([col('product', 'text', 'Product'), col('revenue', 'money', 'Revenue'), col('change_rate', 'percent', 'Change')], [
      ['=HYPERLINK("http://x")', 1493435, 3.5], ['a, "b"', null, '<11'], ['+49', -50, 0],
    ])
    expect(csv(d)).toBe(
      'Product,Revenue (GBP),Change\r\n"\'=HYPERLINK(""http://x"")",14934.35,3.5\r\n"a, ""b""",,<11\r\n\'+49,-0.50,0\r\n',
    )
  })
})
