import type { ReactNode } from 'react'

export const width = 340
export const height = 170
export const left = 44
export const right = 10
export const top = 10
export const bottom = 24

interface Label {
  at: number
  text: string
  edge: string
}

/** The axes of a chart that runs from left to right. */
export function Frame({ steps, axis, y, labels, children }: { steps: number[]; axis: (v: number) => string; y: (v: number) => number; labels: Label[]; children: ReactNode }) {
  return (
    <svg viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {steps.map((v) => (
        <g key={v}>
          <line x1={left} x2={width - right} y1={y(v)} y2={y(v)} className="ilsai-chart-grid" data-zero={v === 0} />
          <text x={left - 6} y={y(v) + 3.5} textAnchor="end" className="ilsai-chart-axis">{axis(v)}</text>
        </g>
      ))}
      {labels.map((l) => <text key={l.at} x={l.at} y={height - 7} textAnchor={l.edge as 'start' | 'middle' | 'end'} className="ilsai-chart-axis">{l.text}</text>)}
      {children}
    </svg>
  )
}

/** As many labels as there is room for, evenly spaced. */
export function labelled(categories: string[], most = 6): { i: number; text: string }[] {
  const every = Math.ceil(categories.length / most)
  return categories.flatMap((text, i) => (i % every === 0 ? [{ i, text: Array.from(text).length > 11 ? `${Array.from(text).slice(0, 10).join('')}…` : text }] : []))
}
