import type { Tier, Usage } from '../api/types'
import { dateLocale, figureLocale, fill } from '../i18n'
import { useAssistant } from './context'
import { useAccount } from './hooks'
import { Upgrade } from './Upgrade'

export interface UsageIndicatorProps {
  /** Figures of the page's own; the server's if absent. */
  used?: number
  limit?: number
  tier?: Tier
}

/** What is used of the month's queries: a bar, the figures, and a warning before they run out. */
export function UsageIndicator(p: UsageIndicatorProps) {
  const { root } = useAssistant()
  const given = p.used !== undefined && p.limit !== undefined
  const account = useAccount()
  const usage = given ? ownUsage(p.used as number, p.limit as number, p.tier) : account.usage
  return (
    <div {...root} className="ilsai ilsai-usage-root">
      {usage && <UsageBar usage={usage} />}
    </div>
  )
}

const warningAt = 80

/** The same figures as the server would give for a page's own. */
export function ownUsage(used: number, limit: number, tier: Tier = 'basic'): Usage {
  const percentage = limit === -1 ? 0 : limit > 0 ? Math.round((1000 * used) / limit) / 10 : 100
  return {
    tenant_id: '', tier, used, limit, remaining: limit === -1 ? -1 : Math.max(0, limit - used), percentage,
    warning_at: warningAt, warning: limit !== -1 && percentage > warningAt, resets_at: '',
    upgrade: tier === 'enterprise' ? undefined : tier === 'basic' ? 'professional' : 'enterprise',
  }
}

export function UsageBar({ usage }: { usage: Usage }) {
  const { words, locale } = useAssistant()
  const unlimited = usage.limit === -1
  const n = (v: number) => new Intl.NumberFormat(figureLocale, { maximumFractionDigits: 1 }).format(v)
  const text = fill(words.usageText, { used: n(usage.used), limit: unlimited ? words.unlimited : n(usage.limit) })
  const level = usage.remaining === 0 ? 'full' : usage.warning ? 'warning' : 'good'
  const resets = usage.resets_at ? new Intl.DateTimeFormat(dateLocale(locale), { day: 'numeric', month: 'long', timeZone: zoneOf(usage.resets_at) }).format(new Date(usage.resets_at)) : ''
  return (
    <div className="ilsai-usage" data-level={level}>
      {!unlimited && (
        <div className="ilsai-bar" role="progressbar" aria-label={words.usage} aria-valuemin={0} aria-valuemax={usage.limit} aria-valuenow={Math.min(usage.used, usage.limit)} aria-valuetext={text}>
          <span style={{ inlineSize: `${Math.min(100, usage.percentage)}%` }} />
        </div>
      )}
      <p className="ilsai-usage-text">{text}</p>
      {usage.warning && usage.tier !== 'enterprise' && (
        <p className="ilsai-usage-warning">
          <span>{fill(words.usageWarning, { percentage: n(usage.percentage) })}{resets && ` ${fill(words.usageResets, { date: resets })}`}</span>
          <Upgrade tier="enterprise">{words.upgradeUnlimited}</Upgrade>
        </p>
      )}
    </div>
  )
}

/** The offset that a time was written with: the month ends at midnight in the shop, wherever the reader is. */
function zoneOf(time: string): string | undefined {
  const offset = /([+-]\d{2}:\d{2})$/.exec(time)?.[1]
  if (time.endsWith('Z')) return 'UTC'
  try {
    if (offset) new Intl.DateTimeFormat('en', { timeZone: offset })
    return offset
  } catch {
    return undefined // an older browser has named zones only
  }
}
