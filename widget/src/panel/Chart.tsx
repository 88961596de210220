import { useMemo } from 'react'
import { axisText, cellText } from '../answer/cells'
import { ticks, type ChartModel } from '../answer/chart'
import { fill } from '../i18n'
import { useAssistant } from '../react/context'
import { Bars } from './ChartBars'
import { Columns } from './ChartColumns'
import { Line } from './ChartLine'

export interface Drawn {
  model: ChartModel
  steps: number[]
  axis: (v: number) => string
  full: (v: number | null) => string
  /** The row pointed at, from 1. */
  highlighted?: number
}

/** A drawing of an answer's rows. To a screen reader it is one picture with a name: the table under it has its figures. */
export function Chart({ model, currency, highlighted }: { model: ChartModel; currency?: string; highlighted?: number }) {
  const { words, locale } = useAssistant()
  const steps = useMemo(() => scale(model), [model])
  const drawn: Drawn = {
    model, steps, highlighted,
    axis: (v) => axisText(model.column, v, { currency }),
    full: (v) => cellText(model.column, v, { currency }, locale),
  }
  const kind = { bar: words.barChart, line: words.lineChart, stacked: words.stackedChart }[model.kind]
  const name = fill(words.chartOf, { kind, figure: model.column.label, key: model.names.length > 0 ? `${model.names[0]} – ${model.names.at(-1)}` : '' })
  return (
    <figure className="ilsai-chart" dir="ltr">
      {model.series.length > 1 && (
        <figcaption className="ilsai-legend" aria-hidden="true">
          {model.series.map((s, i) => <span key={s.name}><i data-series={i} data-kind={model.kind} />{s.name}</span>)}
        </figcaption>
      )}
      <div role="img" aria-label={name}>
        {model.kind === 'line' && <Line {...drawn} />}
        {model.kind === 'stacked' && <Columns {...drawn} />}
        {model.kind === 'bar' && <Bars {...drawn} />}
      </div>
    </figure>
  )
}

function scale(m: ChartModel): number[] {
  const values = m.kind === 'stacked'
    ? m.categories.map((_, i) => m.series.reduce((sum, s) => sum + (s.values[i] ?? 0), 0))
    : m.series.flatMap((s) => s.values.filter((v) => v !== null))
  return ticks(Math.min(...values), Math.max(...values))
}
