import { harmless } from '../answer/segments'
import type { Answer, Passage } from '../api/types'
import { fill } from '../i18n'
import { useAssistant } from '../react/context'
import { Icon } from '../react/icons'

/** What an answer about optics rests on: each passage opens to what it says and where that is from. */
export function Passages({ answer }: { answer: Answer }) {
  const { words } = useAssistant()
  const passages = answer.passages ?? []
  const products = answer.recommended?.products ?? []
  if (passages.length === 0 && products.length === 0 && !answer.refer) return null
  return (
    <>
      {answer.refer && <p className="ilsai-refer" data-soon={answer.refer}><Icon name="alert" />{words.refer[answer.refer]}</p>}
      {products.length > 0 && (
        <section className="ilsai-fine">
          <p>{words.recommended}</p>
          <ul className="ilsai-products">{products.map((p) => <li key={p.name} dir="auto"><strong>{harmless(p.name)}</strong> · {harmless(p.kind)}</li>)}</ul>
        </section>
      )}
      {passages.length > 0 && (
        <section className="ilsai-passages" aria-label={words.passages}>
          {passages.map((p, i) => (
            <details key={p.id}>
              <summary dir="auto">{fill(words.passage, { n: i + 1, title: harmless(p.title) })}</summary>
              {stretches(answer.answer, p).map((s) => <blockquote key={s} dir="auto">{s}</blockquote>)}
              {p.sources?.map((s) => <p key={s} className="ilsai-fine" dir="auto">{harmless(s)}</p>)}
            </details>
          ))}
        </section>
      )}
    </>
  )
}

/** The sentences of an answer that are from a passage. */
function stretches(answer: string, p: Passage): string[] {
  const points = Array.from(answer)
  return (p.sentences ?? []).map((s) => harmless(points.slice(s.start, s.end).join('')).trim()).filter((s) => s !== '')
}
