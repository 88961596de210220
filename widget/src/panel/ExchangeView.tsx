import { harmless } from '../answer/segments'
import type { Conversation, Exchange } from '../conversation'
import { useAssistant } from '../react/context'
import { AnswerCard } from './AnswerCard'
import { Failure } from './Failure'
import { Waiting } from './Waiting'

interface Props {
  exchange: Exchange
  conversation: Conversation
  onAsk: (question: string) => void
  onRetry: () => void
}

/** A question and what became of it. */
export function ExchangeView({ exchange: e, conversation, onAsk, onRetry }: Props) {
  const { words } = useAssistant()
  return (
    <article className="ilsai-exchange" data-state={e.state}>
      <div className="ilsai-asked">
        <span className="ilsai-hidden">{words.you}: </span>
        <span dir="auto">{harmless(e.question)}</span>
      </div>
      {e.state === 'waiting' && <Waiting progress={e.progress} />}
      {e.state === 'answered' && e.answer && (
        <AnswerCard answer={e.answer} feedback={e.feedback} onAsk={onAsk} onRate={(t) => conversation.rate(e.id, t)} />
      )}
      {e.state === 'failed' && e.problem && <Failure problem={e.problem} onRetry={onRetry} />}
      {e.state === 'stopped' && (
        <div className="ilsai-note">
          <p>{e.past ? words.unanswered : words.stopped}</p>
          {!e.past && <button type="button" className="ilsai-button ilsai-button-small" onClick={onRetry}>{words.retry}</button>}
        </div>
      )}
    </article>
  )
}
