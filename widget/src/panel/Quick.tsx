import { useEffect, useId, useRef, useState } from 'react'
import type { QueryType } from '../api/types'
import type { Conversation } from '../conversation'
import { fill } from '../i18n'
import { useAssistant } from '../react/context'
import { useAccount, useConversation, useConversationState } from '../react/hooks'
import { Icon, StopIcon } from '../react/icons'
import { Upgrade } from '../react/Upgrade'
import { ExchangeView } from './ExchangeView'
import { useReadOut } from './readout'
import { Suggestions } from './Suggestions'

interface Props {
  topic: QueryType
  context: string
  suggestions?: readonly string[]
  /** A question to ask at once; there is no line to write another one then. */
  ask?: string
}

/** A line to ask in, and the last answer under it. It belongs to the page, not to the history. */
export function Quick(p: Props) {
  const conversation = useConversation(p.topic, 'quick', false)
  return conversation ? <OpenQuick {...p} conversation={conversation} /> : null
}

function OpenQuick({ topic, context, suggestions, ask, conversation }: Props & { conversation: Conversation }) {
  const { words, usage } = useAssistant()
  const account = useAccount()
  const { exchanges } = useConversationState(conversation)
  const [text, setText] = useState('')
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  const last = exchanges.at(-1)
  const status = useReadOut(last)
  const feature = account.features?.features[topic]
  const locked = feature?.available === false
  const busy = conversation.busy()
  const send = (question: string) => {
    if (locked) return
    void conversation.ask(question, topic).then(() => usage.refresh())
  }
  useEffect(() => {
    if (ask) send(ask)
  }, [ask, conversation])
  return (
    <>
      {!ask && (
        <form className="ilsai-quick-form" onSubmit={(e) => { e.preventDefault(); send(text) }}>
          <Icon name="spark" />
          <input ref={input} type="text" dir={text === '' ? undefined : 'auto'} maxLength={2000} value={text} disabled={locked} aria-describedby={locked ? `${id}-gate` : undefined} aria-label={fill(words.quickAsk, { topic: words.topics[topic] })}
            placeholder={fill(words.placeholder, { topic: words.topics[topic].toLowerCase() })} onChange={(e) => setText(e.currentTarget.value)} />
          {busy ? (
            <button type="button" className="ilsai-send" aria-label={words.stop} onClick={() => conversation.stop()}><StopIcon /></button>
          ) : (
            <button type="submit" className="ilsai-send" aria-label={words.send} aria-disabled={locked || text.trim() === ''}><Icon name="send" /></button>
          )}
        </form>
      )}
      {locked && (
        <p className="ilsai-gate" id={`${id}-gate`}>
          <Icon name="lock" />
          <span>{fill(words.gated, { feature: words.topics[topic], tier: words.tiers[feature.required_tier] })}</span>
          <Upgrade tier={feature.required_tier}>{fill(words.upgradeTo, { tier: words.tiers[feature.required_tier] })}</Upgrade>
        </p>
      )}
      {!locked && !ask && <Suggestions context={context} given={suggestions} onAsk={(q) => { setText(q); send(q) }} />}
      {last && <ExchangeView exchange={last} conversation={conversation} onAsk={(q) => { setText(q); send(q) }} onRetry={() => void conversation.retry(last.id)} />}
      <p className="ilsai-hidden" role="status" aria-live="polite" aria-atomic="true">{status}</p>
    </>
  )
}
