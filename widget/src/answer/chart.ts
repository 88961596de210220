import type { Answer, Cell, Column, Data } from '../api/types'
import { cellText, isFigure, isTime, stepText } from './cells'

export type ChartKind = 'bar' | 'line' | 'stacked'

export interface Series {
  name: string
  /** One per category; null where there is no figure, or one that is not shown. */
  values: (number | null)[]
}

/** What a chart draws. It holds nothing that the table beside it does not. */
export interface ChartModel {
  kind: ChartKind
  column: Column
  categories: string[]
  /** Categories in full, for reading out. */
  names: string[]
  series: Series[]
}

/** How many series a stack shows by name before the rest would be told apart by nobody. */
const maxSeries = 6

/**
 * The chart that makes an answer easier to see than to read; undefined when its table says it better: no rows, a
 * single one, nothing to measure, or a suppressed figure, whose size a drawing would hint at.
 */
export function chartModel(a: Pick<Answer, 'chart' | 'data'>, locale: string): ChartModel | undefined {
  const d = a.data
  if (!d || !a.chart || a.chart === 'none' || d.rows.length < 2) return undefined
  const keys = d.columns.flatMap((c, i) => (isFigure(c) ? [] : [i]))
  const figure = d.columns.findIndex(isFigure)
  if (figure < 0 || keys.length === 0 || keys.length > 2) return undefined
  if (d.rows.some((r) => typeof r[figure] === 'string')) return undefined
  return keys.length === 1 ? single(d, keys[0], figure, a.chart, locale) : stacked(d, keys, figure, locale)
}

function single(d: Data, key: number, figure: number, chart: string, locale: string): ChartModel {
  const c = d.columns[key]
  const series: Series[] = [{ name: d.columns[figure].label, values: d.rows.map((r) => number(r[figure])) }]
  const before = d.columns.findIndex((x) => x.id === 'previous')
  if (before >= 0) series.push({ name: d.columns[before].label, values: d.rows.map((r) => number(r[before])) })
  return {
    kind: chart === 'line' && isTime(c) ? 'line' : 'bar',
    column: d.columns[figure],
    categories: d.rows.map((r) => label(c, r[key], locale)),
    names: d.rows.map((r) => cellText(c, r[key], d, locale)),
    series,
  }
}

/** Two keys: the one that runs in time is the axis, else the one with more values; the other is the stack. */
function stacked(d: Data, keys: number[], figure: number, locale: string): ChartModel | undefined {
  const distinct = (k: number) => [...new Set(d.rows.map((r) => r[k]))]
  const [first, second] = keys
  const swap = isTime(d.columns[first]) ? false : isTime(d.columns[second]) || distinct(second).length > distinct(first).length
  const [axis, stack] = swap ? [second, first] : [first, second]
  const steps = distinct(axis)
  if (isTime(d.columns[axis])) steps.sort((a, b) => (String(a) < String(b) ? -1 : 1))
  const parts = distinct(stack)
  if (parts.length > maxSeries || d.rows.some((r) => (number(r[figure]) ?? 0) < 0)) return undefined
  return {
    kind: 'stacked',
    column: d.columns[figure],
    categories: steps.map((s) => label(d.columns[axis], s, locale)),
    names: steps.map((s) => cellText(d.columns[axis], s, d, locale)),
    series: parts.map((p) => ({
      name: cellText(d.columns[stack], p, d, locale),
      values: steps.map((s) => number(d.rows.find((r) => r[axis] === s && r[stack] === p)?.[figure] ?? null)),
    })),
  }
}

function number(c: Cell): number | null {
  return typeof c === 'number' && Number.isFinite(c) ? c : null
}

function label(c: Column, cell: Cell, locale: string): string {
  return isTime(c) && typeof cell === 'string' ? stepText(c.unit, cell, locale, true) : cellText(c, cell, {}, locale)
}

/** Round steps of an axis that cover the values and 0. */
export function ticks(low: number, high: number, wanted = 4): number[] {
  const [from, to] = [Math.min(0, low), Math.max(0, high)]
  if (from === to) return [0, 1]
  const rough = (to - from) / wanted
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * ([1, 2, 2.5, 5, 10].find((m) => m * power >= rough) ?? 10)
  const out: number[] = []
  for (let n = Math.floor(from / step); n <= Math.ceil(to / step - 1e-9); n++) out.push(n * step)
  return out
}
