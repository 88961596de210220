import { useEffect, useState } from 'react'
import { harmless } from '../answer/segments'
import type { Insight } from '../api/types'
import { topicOf } from './AIAssistant'
import { useAssistant } from './context'
import { useLazy } from './hooks'
import { Icon } from './icons'

export interface AIInsightsProps {
  query: string
  context: string
}

const load = () => import('../panel/Quick')
const pause = 350 // ms without a key press before a search counts as one

/** What the assistant has to say about a search. Without anything to say it takes no room. */
export function AIInsights({ query, context }: AIInsightsProps) {
  const { client, root, words } = useAssistant()
  const [found, setFound] = useState<{ query: string; insights: Insight[] }>()
  const [asked, setAsked] = useState<Insight>()
  const text = query.trim()
  useEffect(() => {
    setAsked(undefined)
    if (text.length < 2) return
    const control = new AbortController()
    const timer = setTimeout(() => {
      client.insights(text, context, control.signal).then(
        (insights) => { if (!control.signal.aborted) setFound({ query: text, insights }) },
        () => undefined, // a search works without them
      )
    }, pause)
    return () => {
      clearTimeout(timer)
      control.abort()
    }
  }, [client, text, context])
  const { part } = useLazy(load, asked !== undefined)
  const shown = found?.query === text ? found.insights : []
  if (shown.length === 0) return <div {...root} className="ilsai ilsai-insights-empty" />
  return (
    <section {...root} className="ilsai ilsai-insights" aria-label={words.insights}>
      <h3><Icon name="spark" />{words.insights}</h3>
      <ul>
        {shown.map((i) => (
          <li key={i.text}>
            {i.text !== i.question && <p dir="auto">{harmless(i.text)}</p>}
            {i.question && <button type="button" className="ilsai-chip" dir="auto" onClick={() => setAsked(i)}>{harmless(i.question)}</button>}
          </li>
        ))}
      </ul>
      {asked?.question && part && <part.Quick key={asked.question} topic={asked.query_type ?? topicOf(context) ?? 'ophthalmic'} context={context} suggestions={[]} ask={asked.question} />}
    </section>
  )
}
