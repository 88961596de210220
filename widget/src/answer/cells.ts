import type { Cell, Column, Data } from '../api/types'
import { dateLocale, figureLocale } from '../i18n'
import { harmless } from './segments'

const figureUnits = new Set(['money', 'count', 'percent', 'points', 'days', 'years', 'ratio'])

/** Whether a column holds figures, not the keys of rows. */
export function isFigure(c: Column): boolean {
  return figureUnits.has(c.unit)
}

export function isTime(c: Column): boolean {
  return ['day', 'week', 'month', 'quarter', 'year'].includes(c.unit)
}

/** A suppressed figure arrives as a text, "<11", in a column of figures; the number is the least count that is shown. */
export function suppressedBelow(c: Column, cell: Cell): number | undefined {
  const m = isFigure(c) && typeof cell === 'string' ? /^<(\d+)$/.exec(cell) : null
  return m ? Number(m[1]) : undefined
}

const noFigure = '–'

/** A cell as people read it. */
export function cellText(c: Column, cell: Cell, data: Pick<Data, 'currency'>, locale: string): string {
  if (cell === null || cell === undefined) return noFigure
  if (typeof cell === 'string') {
    const below = suppressedBelow(c, cell)
    if (below !== undefined) return `< ${below}`
    return isTime(c) ? stepText(c.unit, cell, locale) : harmless(cell)
  }
  if (!Number.isFinite(cell)) return noFigure
  const f = (o: Intl.NumberFormatOptions, v = cell) => new Intl.NumberFormat(figureLocale, o).format(v)
  switch (c.unit) {
    case 'money':
      return money(cell, data.currency)
    case 'count':
      return f({ maximumFractionDigits: 0 })
    case 'percent':
      return f({ style: 'percent', minimumFractionDigits: 1, maximumFractionDigits: 1, signDisplay: c.id === 'change_rate' ? 'exceptZero' : 'auto' }, cell / 100)
    default:
      return f({ minimumFractionDigits: 1, maximumFractionDigits: 1 })
  }
}

function money(hundredths: number, currency: string | undefined): string {
  const o: Intl.NumberFormatOptions = { minimumFractionDigits: 2, maximumFractionDigits: 2 }
  if (currency && /^[A-Z]{3}$/.test(currency)) Object.assign(o, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' })
  return new Intl.NumberFormat(figureLocale, o).format(hundredths / 100)
}

/** Short forms for axes: 12K, €1.2M. */
export function axisText(c: Column, value: number, data: Pick<Data, 'currency'>): string {
  const o: Intl.NumberFormatOptions = { notation: 'compact', maximumFractionDigits: 1 }
  if (c.unit === 'percent') return new Intl.NumberFormat(figureLocale, { style: 'percent', maximumFractionDigits: 1 }).format(value / 100)
  if (c.unit !== 'money') return new Intl.NumberFormat(figureLocale, o).format(value)
  if (data.currency && /^[A-Z]{3}$/.test(data.currency)) Object.assign(o, { style: 'currency', currency: data.currency, currencyDisplay: 'narrowSymbol', minimumFractionDigits: 0 })
  return new Intl.NumberFormat(figureLocale, o).format(value / 100)
}

/** A step of time by its first day. */
export function stepText(unit: string, first: string, locale: string, short = false): string {
  const day = parseDate(first)
  if (!day) return harmless(first)
  const f = (o: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(dateLocale(locale), { ...o, timeZone: 'UTC' }).format(day)
  switch (unit) {
    case 'month':
      return f(short ? { month: 'short', year: '2-digit' } : { month: 'long', year: 'numeric' })
    case 'quarter':
      return `Q${Math.floor(day.getUTCMonth() / 3) + 1} ${day.getUTCFullYear()}`
    case 'year':
      return String(day.getUTCFullYear())
    default:
      return f(short ? { day: 'numeric', month: 'short' } : { day: 'numeric', month: 'short', year: 'numeric' })
  }
}

function parseDate(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const d = new Date(`${text}T00:00:00Z`)
  return Number.isNaN(d.getTime()) ? undefined : d
}
