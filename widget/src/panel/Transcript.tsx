import { useEffect, useRef } from 'react'
import type { QueryType } from '../api/types'
import type { Conversation } from '../conversation'
import { fill } from '../i18n'
import { useAssistant } from '../react/context'
import { useConversationState } from '../react/hooks'
import { ExchangeView } from './ExchangeView'
import { useReadOut } from './readout'
import { Suggestions } from './Suggestions'

interface Props {
  conversation: Conversation
  userName?: string
  topic: QueryType
  locked: boolean
  onAsk: (question: string, about?: QueryType) => void
  onRetry: (id: number) => void
}

/**
 * What was asked and answered. It is a log that is not live: it changes while an answer is made. One status line beside
 * it reads the answer out once it is whole.
 */
export function Transcript({ conversation, userName, topic, locked, onAsk, onRetry }: Props) {
  const { words } = useAssistant()
  const { exchanges, loading } = useConversationState(conversation)
  const last = exchanges.at(-1)
  const status = useReadOut(last)
  const log = useRef<HTMLDivElement>(null)
  const seen = useRef(0)
  useEffect(() => {
    const el = log.current
    if (!el || !last) return
    // A new question comes into view whole; an answer keeps its question's place, so that it is read from its start.
    const entry = el.querySelector<HTMLElement>('.ilsai-exchange:last-of-type')
    if (entry && (seen.current !== last.id || el.scrollHeight - entry.offsetTop <= el.clientHeight)) el.scrollTop = entry.offsetTop - 12
    else if (entry && last.state !== 'waiting') el.scrollTop = Math.min(el.scrollHeight, entry.offsetTop - 12)
    seen.current = last.id
  }, [last, last?.state])
  return (
    <>
      <div ref={log} className="ilsai-body" role="log" aria-live="off" aria-busy={last?.state === 'waiting'} aria-label={words.conversation} tabIndex={0}>
        {loading && <p className="ilsai-note">{words.loading}</p>}
        {!loading && exchanges.length === 0 && (
          <div className="ilsai-welcome">
            <h3 dir="auto">{userName ? fill(words.greeting, { name: userName }) : words.greetingNoName}</h3>
            <p>{words.introduction}</p>
            {!locked && <Suggestions context={topic} onAsk={(q) => onAsk(q)} />}
          </div>
        )}
        {exchanges.map((e) => <ExchangeView key={e.id} exchange={e} conversation={conversation} onAsk={(q) => onAsk(q, e.queryType)} onRetry={() => onRetry(e.id)} />)}
      </div>
      <p className="ilsai-hidden" role="status" aria-live="polite" aria-atomic="true">{status}</p>
    </>
  )
}
