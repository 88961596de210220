import { useEffect, useRef } from 'react'
import { cellText, isFigure, suppressedBelow } from '../answer/cells'
import { harmless } from '../answer/segments'
import type { Citation, Data } from '../api/types'
import { fill } from '../i18n'
import { useAssistant } from '../react/context'

/** The rows an answer was made from. cell is the one that is pointed at. */
export function DataTable({ data, cell }: { data: Data; cell?: Citation }) {
  const { words, locale } = useAssistant()
  const marked = useRef<HTMLTableCellElement>(null)
  useEffect(() => {
    const td = marked.current
    const box = td?.closest<HTMLElement>('.ilsai-table')
    if (!td || !box) return
    // Only the table scrolls: what is being read must not move away from under the pointer.
    if (td.offsetTop < box.scrollTop + 36 || td.offsetTop + td.offsetHeight > box.scrollTop + box.clientHeight) box.scrollTop = td.offsetTop - box.clientHeight / 2
  }, [cell])
  const on = (row: number, column: string) => cell?.row === row && cell.column === column
  const below = data.rows.flatMap((r) => data.columns.map((c, i) => suppressedBelow(c, r[i]))).find((n) => n !== undefined)
  return (
    <>
      <div className="ilsai-table" tabIndex={0} role="group" aria-label={words.rows}>
        <table>
          <thead>
            <tr>{data.columns.map((c) => <th key={c.id} scope="col" data-figure={isFigure(c)}><bdi>{harmless(c.label)}</bdi></th>)}</tr>
          </thead>
          <tbody>
            {data.rows.map((r, n) => (
              <tr key={n} data-on={cell?.row === n + 1}>
                {data.columns.map((c, i) => {
                  const hit = on(n + 1, c.id)
                  const text = <bdi>{cellText(c, r[i], data, locale)}</bdi>
                  const shared = { 'data-on': hit, 'data-figure': isFigure(c), ref: hit ? marked : undefined }
                  return i === 0 && !isFigure(c) ? <th key={c.id} scope="row" {...shared}>{text}</th> : <td key={c.id} {...shared}>{text}</td>
                })}
              </tr>
            ))}
          </tbody>
          {data.total && data.rows.length > 1 && (
            <tfoot>
              <tr>
                {data.columns.map((c, i) => (i === 0 && !isFigure(c)
                  ? <th key={c.id} scope="row">{data.row_count > data.rows.length ? fill(words.totalOfAll, { n: data.row_count }) : words.total}</th>
                  : <td key={c.id} data-figure={isFigure(c)} data-on={cell?.row === 0 && cell.ref.startsWith('total') && cell.column === c.id}><bdi>{data.total?.[i] == null ? '' : cellText(c, data.total[i], data, locale)}</bdi></td>))}
              </tr>
            </tfoot>
          )}
        </table>
      </div>
      {data.truncated && <p className="ilsai-fine">{fill(words.rowsShown, { shown: data.rows.length, all: data.row_count })}</p>}
      {below !== undefined && <p className="ilsai-fine">{fill(words.suppressed, { n: below })}</p>}
    </>
  )
}
