import type { Data, Period } from '@ils/assistant'
import { useId, useMemo, useState } from 'react'
import { chartModel } from '../src/answer/chart'
import { Chart } from '../src/panel/Chart'
import { DataTable } from '../src/panel/DataTable'
import { useAssistant } from '../src/react/context'

export interface FigureData {
  title: string
  period?: Period
  chart: string
  data: Data
}

/** A figure of the dashboard's own, drawn with the widget's charts. */
export function Figure({ figure: f }: { figure: FigureData }) {
  const { locale, root } = useAssistant()
  const [table, setTable] = useState(false)
  const id = useId()
  const model = useMemo(() => chartModel(f, locale), [f, locale])
  const [title, ...rest] = f.title.split(', ')
  return (
    <section className="card figure" aria-labelledby={id}>
      <header>
        <div><h2 id={id}>{title}</h2><p className="muted">{rest.join(', ') || f.period?.label}</p></div>
        {model && f.data.rows.length > 0 && <button type="button" aria-pressed={table} onClick={() => setTable(!table)}>Table</button>}
      </header>
      <div {...root}>
        {f.data.rows.length === 0 ? <p className="muted">Nothing was recorded.</p> : table || !model ? <DataTable data={f.data} /> : <Chart model={model} currency={f.data.currency} />}
      </div>
    </section>
  )
}
