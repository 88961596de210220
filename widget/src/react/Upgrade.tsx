import type { ReactNode } from 'react'
import type { Tier } from '../api/types'
import { useAssistant } from './context'

/** The way to a higher tier, where the page offers one. */
export function Upgrade({ tier, className = 'ilsai-link', children }: { tier: Tier; className?: string; children: ReactNode }) {
  const { upgradeUrl, onUpgrade } = useAssistant()
  if (onUpgrade) return <button type="button" className={className} onClick={() => onUpgrade(tier)}>{children}</button>
  if (upgradeUrl) return <a className={className} href={upgradeUrl} target="_blank" rel="noopener noreferrer">{children}</a>
  return null
}
