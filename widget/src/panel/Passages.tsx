import { harmless } from '../answer/segments'
import type { Answer } from '../api/types'
import { fill } from '../i18n'
import { useAssistant } from '../react/context'

/** The passages that an answer from the knowledge corpus rests on; each opens in place. */
export function Passages({ answer }: { answer: Answer }) {
  const { words } = useAssistant()
  if (!answer.passages || answer.passages.length === 0) return null
  return (
    <section className="ilsai-passages" aria-label={words.passages}>
      {answer.passages.map((p, i) => (
        <details key={p.id}>
          <summary dir="auto">{fill(words.passage, { n: i + 1, title: harmless(p.title) })}</summary>
          <p dir="auto">{harmless(p.text)}</p>
          {p.source && <p className="ilsai-fine" dir="auto">{harmless(p.source)}</p>}
        </details>
      ))}
    </section>
  )
}
