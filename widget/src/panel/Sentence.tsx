import { useId, useMemo, useRef, useState } from 'react'
import { cellText, isFigure } from '../answer/cells'
import { harmless, segments } from '../answer/segments'
import type { Answer, Citation } from '../api/types'
import { fill } from '../i18n'
import { useAssistant } from '../react/context'

/** The answer's sentence. Each figure in it says which cell it is, when pointed at or focused. */
export function Sentence({ answer, onCell }: { answer: Answer; onCell: (c: Citation | undefined) => void }) {
  const parts = useMemo(() => segments(answer.answer, answer.citations), [answer])
  const [shown, setShown] = useState<number>()
  const card = useRef<HTMLParagraphElement>(null)
  const show = (i: number | undefined) => {
    setShown(i)
    onCell(i === undefined ? undefined : parts[i].citation)
  }
  return (
    <p className="ilsai-sentence" dir="auto" ref={card} onKeyDown={(e) => {
      if (e.key === 'Escape' && shown !== undefined) {
        e.preventDefault()
        show(undefined)
      }
    }}>
      {parts.map((s, i) => (s.citation
        ? <Figure key={i} text={s.text} citation={s.citation} answer={answer} shown={shown === i} within={card} onShow={(on) => show(on ? i : undefined)} />
        : <bdi key={i} className="ilsai-words">{s.text}</bdi>))}
    </p>
  )
}

/** A figure of more characters may be broken over lines. */
const longFigure = 24

interface FigureProps {
  text: string
  citation: Citation
  answer: Answer
  shown: boolean
  within: { current: HTMLElement | null }
  onShow: (on: boolean) => void
}

function Figure({ text, citation, answer, shown, within, onShow }: FigureProps) {
  const { words, locale } = useAssistant()
  const id = useId()
  const [shift, setShift] = useState(0)
  const column = answer.data?.columns.find((c) => c.id === citation.column)
  const name = harmless(column?.label ?? citation.column)
  const row = citation.row > 0 ? answer.data?.rows[citation.row - 1] : undefined
  const keys = answer.data?.columns.flatMap((c, i) => (isFigure(c) || !row || c.id === citation.column ? [] : [cellText(c, row[i], answer.data!, locale)])) ?? []
  const place = citation.row > 0 ? fill(words.source, { column: name, row: citation.row })
    : citation.ref.startsWith('total') ? fill(words.sourceTotal, { column: name }) : fill(words.sourceOutside, { column: name })
  /** Keeps the note inside the card, wherever in a line its figure stands. */
  const show = (el: HTMLElement) => {
    const box = within.current?.getBoundingClientRect()
    const at = el.getBoundingClientRect()
    const width = 224
    setShift(box ? Math.max(box.left - at.left, Math.min(0, box.right - at.left - width)) : 0)
    onShow(true)
  }
  return (
    <span className="ilsai-figure-place" onMouseLeave={() => onShow(false)}>
      {/* A <button> is a box of its own: a bracket before it could end a line. */}
      <span role="button" tabIndex={0} className="ilsai-figure" data-on={shown} data-kind={typeof citation.value === 'string' || text.length > longFigure ? 'name' : 'figure'} aria-describedby={shown ? id : undefined}
        onMouseEnter={(e) => show(e.currentTarget)} onFocus={(e) => show(e.currentTarget)} onBlur={() => onShow(false)} onClick={(e) => show(e.currentTarget)}
        onKeyDown={(e) => {
          if (e.key === 'Enter' || e.key === ' ') {
            e.preventDefault()
            show(e.currentTarget)
          }
        }}>
        <bdi>{text}</bdi>
      </span>
      {shown && (
        <span className="ilsai-tip" role="tooltip" id={id} style={{ left: `${shift}px` }}>
          <strong><bdi>{text}</bdi></strong>
          <span dir="auto">{place}</span>
          {keys.map((k) => <span key={k} dir="auto">{k}</span>)}
          {answer.period && <span dir="auto">{harmless(answer.period.label)}</span>}
        </span>
      )}
    </span>
  )
}
