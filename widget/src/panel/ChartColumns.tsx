import type { Drawn } from './Chart'
import { Frame, height, left, right, top, bottom, width, labelled } from './ChartFrame'

/** Stacked columns: a total in its parts, step by step. */
export function Columns({ model: m, steps, axis, full, highlighted: _ }: Drawn) {
  const high = steps[steps.length - 1]
  const n = m.categories.length
  const slot = (width - left - right) / n
  const bar = Math.min(36, slot * 0.68)
  const y = (v: number) => top + (1 - v / (high || 1)) * (height - top - bottom)
  return (
    <Frame steps={steps} axis={axis} y={y} labels={labelled(m.categories).map(({ i, text }) => ({ at: left + (i + 0.5) * slot, text, edge: 'middle' }))}>
      {m.categories.map((_, i) => {
        let sum = 0
        return m.series.map((s, k) => {
          const v = s.values[i] ?? 0
          const from = sum
          sum += v
          return v > 0 && (
            <rect key={s.name} data-series={k} className="ilsai-chart-part" x={left + (i + 0.5) * slot - bar / 2} width={bar} y={y(sum)} height={y(from) - y(sum)}>
              <title>{`${m.names[i]}, ${s.name}: ${full(v)}`}</title>
            </rect>
          )
        })
      })}
    </Frame>
  )
}
