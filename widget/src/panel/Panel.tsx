import { useEffect, useRef, useState } from 'react'
import { queryTypes, type QueryType, type Tier } from '../api/types'
import { topicOf } from '../react/AIAssistant'
import { useAssistant } from '../react/context'
import { useAccount, useConversation } from '../react/hooks'
import { Icon } from '../react/icons'
import { UsageBar } from '../react/UsageIndicator'
import { otherTenant } from '../usage'
import { Composer } from './Composer'
import { Failure } from './Failure'
import { History } from './History'
import { Transcript } from './Transcript'
import type { Conversation } from '../conversation'

export interface User {
  tenantId: string
  userId: string
  userName?: string
  tier: Tier
}

interface Props {
  user: User
  context?: string
  onClose: () => void
}

/** The open assistant of one user of one shop. */
export function Panel({ user, context, onClose }: Props) {
  const conversation = useConversation(`${user.tenantId}\n${user.userId}`, user.userId, true)
  return conversation ? <OpenPanel user={user} context={context} onClose={onClose} conversation={conversation} /> : null
}

function OpenPanel({ user, context, onClose, conversation }: Props & { conversation: Conversation }) {
  const { words, usage: usageStore } = useAssistant()
  const account = useAccount()
  const foreign = otherTenant(account, user.tenantId)
  const [topic, setTopic] = useState<QueryType>(() => topicOf(context) ?? (user.tier === 'basic' ? 'ophthalmic' : 'sales'))
  const [historyShown, setHistoryShown] = useState(false)
  const input = useRef<HTMLTextAreaElement>(null)
  const features = account.features?.features

  useEffect(() => {
    void usageStore.refresh()
    void conversation.resume()
    input.current?.focus()
  }, [conversation, usageStore])
  useEffect(() => {
    const t = topicOf(context)
    if (t) setTopic(t) // the page has changed under the open assistant
  }, [context])

  const ask = (question: string, about = topic) => {
    void conversation.ask(question, about).then(() => usageStore.refresh())
    input.current?.focus()
  }
  const retry = (id: number) => void conversation.retry(id).then(() => usageStore.refresh())
  return (
    <section className="ilsai-panel" role="dialog" aria-label={words.assistant} onKeyDown={(e) => {
      if (e.key === 'Escape' && !e.defaultPrevented) onClose()
    }}>
      <div className="ilsai-head">
        <span className="ilsai-mark"><Icon name="spark" /></span>
        <h2>{words.assistant}</h2>
        <button type="button" className="ilsai-tool" aria-label={words.history} title={words.history} aria-pressed={historyShown} onClick={() => setHistoryShown(!historyShown)}>
          <Icon name="history" />
        </button>
        <button type="button" className="ilsai-tool" aria-label={words.newConversation} title={words.newConversation} onClick={() => {
          conversation.reset()
          setHistoryShown(false)
          input.current?.focus()
        }}>
          <Icon name="plus" />
        </button>
        <button type="button" className="ilsai-tool" aria-label={words.close} title={words.close} onClick={onClose}><Icon name="close" /></button>
      </div>
      {foreign ? (
        <div className="ilsai-body"><Failure problem={foreign} /></div>
      ) : historyShown ? (
        <History conversation={conversation} onOpen={() => setHistoryShown(false)} />
      ) : (
        <Transcript conversation={conversation} userName={user.userName} topic={topic} locked={features?.[topic]?.available === false} onAsk={ask} onRetry={retry} />
      )}
      {!foreign && (
        <Composer input={input} conversation={conversation} topic={topic} topics={queryTypes} features={features} onTopic={setTopic} onAsk={(q) => {
          setHistoryShown(false)
          ask(q)
        }} />
      )}
      <div className="ilsai-foot">{account.usage && !foreign && <UsageBar usage={account.usage} />}</div>
    </section>
  )
}
