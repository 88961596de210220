import { useId, useState, type RefObject } from 'react'
import type { Features, QueryType } from '../api/types'
import type { Conversation } from '../conversation'
import { fill } from '../i18n'
import { useAssistant } from '../react/context'
import { useConversationState } from '../react/hooks'
import { Icon, StopIcon } from '../react/icons'
import { Upgrade } from '../react/Upgrade'

const maxQuestion = 2000

interface Props {
  input: RefObject<HTMLTextAreaElement | null>
  conversation: Conversation
  topic: QueryType
  topics: readonly QueryType[]
  features?: Features['features']
  onTopic: (t: QueryType) => void
  onAsk: (question: string) => void
}

/** Where a question is written, and what it is about. */
export function Composer({ input, conversation, topic, topics, features, onTopic, onAsk }: Props) {
  const { words } = useAssistant()
  useConversationState(conversation)
  const [text, setText] = useState('')
  const id = useId()
  const busy = conversation.busy()
  const feature = features?.[topic]
  const locked = feature?.available === false
  const send = () => {
    if (busy || locked || text.trim() === '') return
    onAsk(text)
    setText('')
  }
  return (
    <form className="ilsai-composer" onSubmit={(e) => { e.preventDefault(); send() }}>
      <fieldset className="ilsai-topics">
        <legend className="ilsai-hidden">{words.about}</legend>
        {topics.map((t) => (
          <label key={t} className="ilsai-topic" data-on={t === topic}>
            <input type="radio" name={`${id}-topic`} value={t} checked={t === topic} onChange={() => onTopic(t)} />
            {features?.[t]?.available === false && <Icon name="lock" />}
            <span>{words.topics[t]}</span>
          </label>
        ))}
      </fieldset>
      {locked && (
        <p className="ilsai-gate" id={`${id}-gate`}>
          <span>{fill(words.gated, { feature: words.topics[topic], tier: words.tiers[feature.required_tier] })}</span>
          <Upgrade tier={feature.required_tier}>{fill(words.upgradeTo, { tier: words.tiers[feature.required_tier] })}</Upgrade>
        </p>
      )}
      <div className="ilsai-write">
        <textarea ref={input} rows={1} dir={text === '' ? undefined : 'auto'} aria-label={words.question} aria-describedby={locked ? `${id}-gate` : undefined} maxLength={maxQuestion}
          placeholder={fill(words.placeholder, { topic: words.topics[topic].toLowerCase() })} value={text} onChange={(e) => setText(e.currentTarget.value)}
          onKeyDown={(e) => {
            if (e.key === 'Enter' && !e.shiftKey && !e.nativeEvent.isComposing) {
              e.preventDefault()
              send()
            }
          }} />
        {busy ? (
          <button type="button" className="ilsai-send" aria-label={words.stop} title={words.stop} onClick={() => { conversation.stop(); input.current?.focus() }}><StopIcon /></button>
        ) : (
          <button type="submit" className="ilsai-send" aria-label={words.send} title={words.send} aria-disabled={locked || text.trim() === ''}><Icon name="send" /></button>
        )}
      </div>
    </form>
  )
}
