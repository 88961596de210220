import { Fragment, type ReactNode } from 'react'
import { harmless } from '../answer/segments'
import type { Answer, Period } from '../api/types'
import { dateLocale } from '../i18n'
import { useAssistant } from '../react/context'

/** What the question was taken to mean, and of when the figures are. */
export function Facts({ answer: a }: { answer: Answer }) {
  const { words, locale } = useAssistant()
  const period = (p: Period) => harmless(p.label) + (p.partial ? ` · ${words.soFar}` : '')
  const filters = (a.filters ?? []).map((f) => f.values.map(harmless).join(', ')).join(' · ')
  const facts: [string, ReactNode][] = []
  if (a.plan_words) facts.push([words.understood, harmless(a.plan_words)])
  if (a.period) facts.push([words.period, <>{period(a.period)}{a.period.default && <em> {words.periodAssumed}</em>}</>])
  if (a.comparison_period) facts.push([words.compared, period(a.comparison_period)])
  if (filters) facts.push([words.filters, filters])
  if (a.as_of && a.plan_words) facts.push([words.asOf, <time dateTime={a.as_of}>{asOf(a.as_of, locale)}</time>])
  if (facts.length === 0 && !a.from_cache) return null
  return (
    <dl className="ilsai-facts">
      {facts.map(([name, value]) => <Fragment key={name}><dt>{name}</dt><dd><bdi>{value}</bdi></dd></Fragment>)}
      {a.from_cache && <dd className="ilsai-facts-wide">{words.cached}</dd>}
    </dl>
  )
}

/** The shop's own clock, whatever the reader's: the time is shown as it was written. */
function asOf(time: string, locale: string): string {
  const own = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})/.exec(time)
  if (!own) return ''
  return new Intl.DateTimeFormat(dateLocale(locale), { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(`${own[1]}:00Z`))
}
