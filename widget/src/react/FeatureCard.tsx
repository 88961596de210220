import type { ReactNode } from 'react'
import type { QueryType, Tier } from '../api/types'
import { fill } from '../i18n'
import { useAssistant } from './context'
import { useAccount } from './hooks'
import { Icon } from './icons'
import { Upgrade } from './Upgrade'

export interface FeatureCardProps {
  feature: QueryType
  /** The shop's tier; the server's word if absent. */
  tier?: Tier
  name?: string
  icon?: ReactNode
  children?: ReactNode
}

const order: readonly Tier[] = ['basic', 'professional', 'enterprise']
/** The lowest tier that has a feature, until the server has said. */
const lowest: Record<QueryType, Tier> = { ophthalmic: 'basic', sales: 'professional', inventory: 'professional', patients: 'enterprise' }

export type Availability = 'available' | 'next' | 'beyond'

/** next: one tier higher has it; beyond: it takes more than one step. */
export function availability(tier: Tier, required: Tier): Availability {
  const steps = order.indexOf(required) - order.indexOf(tier)
  return steps <= 0 ? 'available' : steps === 1 ? 'next' : 'beyond'
}

/** Whether a feature is part of the subscription, in words and not by colour alone. It decides nothing: the server does. */
export function FeatureCard({ feature, tier, name, icon, children }: FeatureCardProps) {
  const { root, words } = useAssistant()
  const account = useAccount()
  const said = account.features?.features[feature]
  const own = tier ?? account.features?.tier
  if (!own) return <div {...root} className="ilsai ilsai-feature ilsai-feature-empty" />
  const required = said?.required_tier ?? lowest[feature]
  const state = tier === undefined && said?.available ? 'available' : availability(own, required)
  const text = { available: words.available, next: fill(words.upgradeTo, { tier: words.tiers[required] }), beyond: words.notAvailable }[state]
  return (
    <section {...root} className="ilsai ilsai-feature" data-state={state} aria-label={name ?? words.topics[feature]}>
      <span className="ilsai-feature-icon">{icon ?? <Icon name={state === 'available' ? 'spark' : 'lock'} />}</span>
      <div className="ilsai-feature-body">
        <h3>{name ?? words.topics[feature]}</h3>
        {children && <div className="ilsai-feature-about">{children}</div>}
        {state !== 'available' && <p className="ilsai-feature-why">{fill(words.gated, { feature: name ?? words.topics[feature], tier: words.tiers[required] })}</p>}
        <div className="ilsai-feature-state">
          <span className="ilsai-badge" data-state={state}>{state === 'available' && <Icon name="check" />}{text}</span>
          {state !== 'available' && <Upgrade tier={required} className="ilsai-button ilsai-button-small">{words.upgrade}</Upgrade>}
        </div>
      </div>
    </section>
  )
}
