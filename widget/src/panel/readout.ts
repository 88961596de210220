import { useEffect, useState } from 'react'
import { Announcer } from '../answer/announce'
import { sentences } from '../answer/segments'
import type { Exchange } from '../conversation'
import { useAssistant } from '../react/context'

/** The text of a polite live region that follows the last exchange: that it is being answered, then the answer. */
export function useReadOut(last: Exchange | undefined): string {
  const { words } = useAssistant()
  const [text, setText] = useState('')
  const [announcer, setAnnouncer] = useState<Announcer>()
  useEffect(() => {
    const a = new Announcer(setText)
    setAnnouncer(a)
    return () => a.close()
  }, [])
  const state = last?.past ? undefined : last?.state
  const answer = last?.answer?.answer
  useEffect(() => {
    if (!announcer) return
    if (state === 'waiting') announcer.interrupt(words.answering)
    if (state === 'answered' && answer) announcer.interrupt(...sentences(answer))
    if (state === 'stopped') announcer.interrupt(words.stopped) // a failure is an alert of its own
  }, [announcer, last?.id, state, answer, words])
  return text
}
