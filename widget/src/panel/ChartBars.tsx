import type { Drawn } from './Chart'

const width = 340
const rowHeight = 30

/** A ranking: names above thin bars, figures at their ends. Long names need no angle, many rows no axis. */
export function Bars({ model: m, steps, full, highlighted }: Drawn) {
  const [low, high] = [steps[0], steps[steps.length - 1]]
  const x = (v: number) => ((v - low) / (high - low || 1)) * width
  const shown = m.categories.slice(0, 12)
  return (
    <svg viewBox={`0 0 ${width} ${shown.length * rowHeight}`} aria-hidden="true">
      {shown.map((name, i) => {
        const y = i * rowHeight
        const v = m.series[0].values[i]
        const before = m.series[1]?.values[i]
        return (
          <g key={i} className="ilsai-bars" data-on={highlighted === i + 1}>
            <title>{`${m.names[i]}: ${full(v)}`}</title>
            <text x="0" y={y + 12} className="ilsai-chart-name">{clip(name)}</text>
            <text x={width} y={y + 12} textAnchor="end" className="ilsai-chart-value">{full(v)}</text>
            <rect x="0" y={y + 17} width={width} height="7" rx="3.5" className="ilsai-chart-track" />
            {v !== null && <rect x={Math.min(x(0), x(v))} y={y + 17} width={Math.max(2, Math.abs(x(v) - x(0)))} height="7" rx="3.5" data-series="0" />}
            {before !== undefined && before !== null && <line x1={x(before)} x2={x(before)} y1={y + 14} y2={y + 27} className="ilsai-chart-before" />}
          </g>
        )
      })}
    </svg>
  )
}

function clip(name: string): string {
  const points = Array.from(name)
  return points.length > 34 ? `${points.slice(0, 33).join('')}…` : name
}
