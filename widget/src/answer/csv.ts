import type { Cell, Column, Data } from '../api/types'
import { isFigure } from './cells'

/**
 * The rows as RFC 4180 CSV with raw figures, money in whole units of the currency. Text that a spreadsheet would run as
 * a formula gets a leading apostrophe.
 */
export function csv(d: Data): string {
  const head = d.columns.map((c) => quoted(c.unit === 'money' && d.currency ? `${c.label} (${d.currency})` : c.label))
  const rows = d.rows.map((r) => d.columns.map((c, i) => field(c, r[i] ?? null)))
  return [head, ...rows].map((r) => r.join(',') + '\r\n').join('')
}

function field(c: Column, cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return c.unit === 'money' ? (cell / 100).toFixed(2) : String(cell)
  return quoted(!isFigure(c) && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell)
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
