import { useEffect, useRef, useState } from 'react'
import type { QueryType, Tier } from '../api/types'
import { useAssistant } from './context'
import { useLazy } from './hooks'
import { Icon } from './icons'

export interface AIAssistantProps {
  tenantId: string
  userId: string
  userName?: string
  subscriptionTier: Tier
  /** The page it is on: sales, inventory, patients or ophthalmic decide what is asked about at first. */
  context?: string
  defaultOpen?: boolean
}

const loadPanel = () => import('../panel/Panel')

/** The floating assistant. Closed, it is one button: its panel is loaded when it is first opened. */
export function AIAssistant(p: AIAssistantProps) {
  const { root, words } = useAssistant()
  const [open, setOpen] = useState(p.defaultOpen ?? false)
  const launcher = useRef<HTMLButtonElement>(null)
  const wasOpen = useRef(false)
  const { part, failed, again } = useLazy(loadPanel, open)
  useEffect(() => {
    if (wasOpen.current && !open) launcher.current?.focus()
    wasOpen.current = open
  }, [open])
  const user = { tenantId: p.tenantId, userId: p.userId, userName: p.userName, tier: p.subscriptionTier }
  return (
    <div {...root} className="ilsai ilsai-floating">
      {open && part && (
        // Another shop or user gets a panel of their own: nothing is carried over.
        <part.Panel key={`${p.tenantId}\n${p.userId}`} user={user} context={p.context} onClose={() => setOpen(false)} />
      )}
      {open && !part && (
        <div className="ilsai-panel ilsai-panel-loading" role="status">
          {failed ? <button type="button" className="ilsai-button" onClick={again}>{words.problems.offline}</button> : words.loading}
        </div>
      )}
      <button ref={launcher} type="button" className="ilsai-launcher" hidden={open && !!part} aria-expanded={open} aria-label={words.open} onClick={() => setOpen(true)}
        onPointerEnter={() => void loadPanel().catch(() => undefined)}>
        <Icon name="spark" />
        <span className="ilsai-launcher-text">{words.assistant}</span>
      </button>
    </div>
  )
}

/** The query type a page is about. */
export function topicOf(context: string | undefined): QueryType | undefined {
  return context === 'sales' || context === 'inventory' || context === 'patients' || context === 'ophthalmic' ? context : undefined
}
