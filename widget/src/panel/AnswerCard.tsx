import { useMemo, useState } from 'react'
import { chartModel } from '../answer/chart'
import { csv } from '../answer/csv'
import { harmless } from '../answer/segments'
import type { Answer, Citation } from '../api/types'
import { useAssistant } from '../react/context'
import { useLazy } from '../react/hooks'
import { Icon } from '../react/icons'
import { DataTable } from './DataTable'
import { Facts } from './Facts'
import { Passages } from './Passages'
import { Sentence } from './Sentence'

interface Props {
  answer: Answer
  feedback?: 'up' | 'down'
  onAsk: (question: string) => void
  onRate: (thumbs: 'up' | 'down') => Promise<boolean>
}

const loadChart = () => import('./Chart')

/** An answer that people can check: the sentence, where its figures are from, and all that it rests on. */
export function AnswerCard({ answer: a, feedback, onAsk, onRate }: Props) {
  const { words, locale } = useAssistant()
  const [cell, setCell] = useState<Citation>()
  const [note, setNote] = useState('')
  const model = useMemo(() => chartModel(a, locale), [a, locale])
  const chart = useLazy(loadChart, model !== undefined)
  const nearest = a.suggestions ?? []
  const rate = (thumbs: 'up' | 'down') => void onRate(thumbs).then((ok) => setNote(ok ? words.thanks : words.feedbackFailed))
  const copy = () => {
    const done = (ok: boolean) => setNote(ok ? words.copied : words.copyFailed)
    if (!navigator.clipboard) return done(false)
    navigator.clipboard.writeText(harmless(a.answer)).then(() => done(true), () => done(false))
  }
  return (
    <div className="ilsai-answer">
      <Sentence answer={a} onCell={setCell} />
      {model && chart.part && <chart.part.Chart model={model} currency={a.data?.currency} highlighted={cell?.row} />}
      {model && !chart.part && <div className="ilsai-chart-space">{chart.failed && words.chartFailed}</div>}
      {a.data && a.data.rows.length > 0 && <DataTable data={a.data} cell={cell} />}
      {a.notice && !a.data?.suppressed && <p className="ilsai-fine" dir="auto">{harmless(a.notice)}</p>}
      <Passages answer={a} />
      {nearest.length > 0 && (
        <ul className="ilsai-chips" aria-label={words.suggestions}>
          {nearest.map((q) => <li key={q}><button type="button" className="ilsai-chip" dir="auto" onClick={() => onAsk(q)}>{harmless(q)}</button></li>)}
        </ul>
      )}
      <Facts answer={a} />
      <div className="ilsai-actions">
        <button type="button" className="ilsai-tool" aria-label={words.copy} title={words.copy} onClick={copy}><Icon name="copy" /></button>
        {a.data && a.data.rows.length > 0 && (
          <button type="button" className="ilsai-tool" aria-label={words.download} title={words.download} onClick={() => save(csv(a.data!), `${a.query_type}.csv`)}><Icon name="download" /></button>
        )}
        {a.request_id && (
          <>
            <span className="ilsai-actions-gap" />
            <button type="button" className="ilsai-tool" aria-label={words.helpful} title={words.helpful} aria-pressed={feedback === 'up'} onClick={() => rate('up')}><Icon name="up" /></button>
            <button type="button" className="ilsai-tool" aria-label={words.unhelpful} title={words.unhelpful} aria-pressed={feedback === 'down'} onClick={() => rate('down')}><Icon name="down" /></button>
          </>
        )}
        <span className="ilsai-actions-note" role="status">{note}</span>
      </div>
    </div>
  )
}

function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob(['\ufeff', text], { type: 'text/csv;charset=utf-8' })) // the mark tells spreadsheets the encoding
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 1000)
}
