import { harmless } from '../answer/segments'
import type { Progress } from '../api/types'
import { fill } from '../i18n'
import { useAssistant } from '../react/context'

/** What is being done about a question, and how many are before it. */
export function Waiting({ progress }: { progress?: Progress }) {
  const { words } = useAssistant()
  return (
    <div className="ilsai-waiting">
      <span className="ilsai-dots" aria-hidden="true"><i /><i /><i /></span>
      <div>
        <p>{stage(progress, words)}</p>
        {progress?.plan_words && <p className="ilsai-understood">{words.understood} <q>{harmless(progress.plan_words)}</q></p>}
      </div>
    </div>
  )
}

function stage(p: Progress | undefined, words: ReturnType<typeof useAssistant>['words']): string {
  switch (p?.stage) {
    case 'queued': {
      const place = p.position === 1 ? words.queuedOne : p.position ? fill(words.queued, { n: p.position }) : words.answering
      return p.eta_ms ? `${place} · ${fill(words.eta, { seconds: Math.max(1, Math.round(p.eta_ms / 1000)) })}` : place
    }
    case 'reading':
      return words.reading
    case 'writing':
      return words.writing
    default:
      return words.answering
  }
}
