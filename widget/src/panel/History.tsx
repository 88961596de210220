import { useEffect } from 'react'
import { harmless } from '../answer/segments'
import type { Conversation } from '../conversation'
import { dateLocale, fill } from '../i18n'
import { useAssistant } from '../react/context'
import { useConversationState } from '../react/hooks'
import { Icon } from '../react/icons'

/** The user's conversations, the last used first. */
export function History({ conversation, onOpen }: { conversation: Conversation; onOpen: () => void }) {
  const { words, locale } = useAssistant()
  const { history, conversationId } = useConversationState(conversation)
  useEffect(() => void conversation.loadHistory(), [conversation])
  const when = new Intl.DateTimeFormat(dateLocale(locale), { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
  return (
    <div className="ilsai-body ilsai-history">
      <h3>{words.history}</h3>
      {!history && <p className="ilsai-note">{words.loading}</p>}
      {history?.length === 0 && <p className="ilsai-note">{words.noHistory}</p>}
      <ul>
        {history?.map((c) => {
          const title = harmless(c.title) || words.untitled
          return (
            <li key={c.id}>
              <button type="button" className="ilsai-entry" aria-current={c.id === conversationId} onClick={() => void conversation.open(c.id).then(onOpen)}>
                <span dir="auto">{title}</span>
                <time dateTime={c.updated_at}>{when.format(new Date(c.updated_at))}</time>
              </button>
              <button type="button" className="ilsai-tool" aria-label={fill(words.remove, { title })} onClick={() => void conversation.remove(c.id).catch(() => conversation.loadHistory())}><Icon name="trash" /></button>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
