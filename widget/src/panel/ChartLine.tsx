import type { Drawn } from './Chart'
import { Frame, height, left, right, top, bottom, width, labelled } from './ChartFrame'

/** A trend. A step without a figure is a gap. */
export function Line({ model: m, steps, axis, full, highlighted }: Drawn) {
  const [low, high] = [steps[0], steps[steps.length - 1]]
  const n = m.categories.length
  const x = (i: number) => left + (n === 1 ? 0.5 : i / (n - 1)) * (width - left - right)
  const y = (v: number) => top + (1 - (v - low) / (high - low || 1)) * (height - top - bottom)
  return (
    <Frame steps={steps} axis={axis} y={y} labels={labelled(m.categories).map(({ i, text }) => ({ at: x(i), text, edge: i === n - 1 ? 'end' : 'middle' }))}>
      {[...m.series].reverse().map((s, back) => {
        const index = m.series.length - 1 - back
        return (
          <g key={s.name} data-line={index}>
            {index === 0 && runs(s.values).map((r) => (
              <path key={r[0]} className="ilsai-chart-area" d={`M${x(r[0])} ${y(Math.max(low, 0))}${r.map((i) => `L${x(i)} ${y(s.values[i] as number)}`).join('')}L${x(r[r.length - 1])} ${y(Math.max(low, 0))}Z`} />
            ))}
            {runs(s.values).map((r) => <path key={r[0]} className="ilsai-chart-line" data-series={index} d={`M${r.map((i) => `${x(i)} ${y(s.values[i] as number)}`).join('L')}`} />)}
            {n <= 40 && s.values.map((v, i) => v !== null && (
              <circle key={i} className="ilsai-chart-dot" data-series={index} data-on={index === 0 && highlighted === i + 1} cx={x(i)} cy={y(v)} r={index === 0 && highlighted === i + 1 ? 5 : 2.8}>
                <title>{`${m.names[i]}: ${full(v)}`}</title>
              </circle>
            ))}
          </g>
        )
      })}
    </Frame>
  )
}

/** Stretches of steps that all have figures. */
function runs(values: (number | null)[]): number[][] {
  const out: number[][] = []
  values.forEach((v, i) => {
    if (v === null) return
    const last = out.at(-1)
    if (last && last[last.length - 1] === i - 1) last.push(i)
    else out.push([i])
  })
  return out
}
