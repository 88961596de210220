import { useEffect, useState, useSyncExternalStore } from 'react'
import { Conversation, type ConversationState } from '../conversation'
import type { Account } from '../usage'
import { useAssistant } from './context'

/** A conversation that lives as long as the component, and ends with the shop or the user. */
export function useConversation(scope: string, userId: string, kept: boolean): Conversation | undefined {
  const { client } = useAssistant()
  const [conversation, setConversation] = useState<{ scope: string; c: Conversation }>()
  useEffect(() => {
    const c = new Conversation(client, userId, Date.now, kept)
    setConversation({ scope, c })
    return () => c.close()
  }, [client, scope, userId, kept])
  return conversation?.scope === scope ? conversation.c : undefined
}

export function useConversationState(c: Conversation): ConversationState {
  return useSyncExternalStore(c.subscribe, c.state, c.state)
}

export function useAccount(): Account {
  const { usage } = useAssistant()
  return useSyncExternalStore(usage.subscribe, usage.state, usage.state)
}

/** Loads a part of the widget when it is first wanted. */
export function useLazy<T>(load: () => Promise<T>, wanted: boolean): { part?: T; failed: boolean; again: () => void } {
  const [part, setPart] = useState<{ value: T }>()
  const [failed, setFailed] = useState(false)
  const [round, setRound] = useState(0)
  useEffect(() => {
    if (!wanted || part) return
    let gone = false
    setFailed(false)
    load().then((value) => { if (!gone) setPart({ value }) }, () => { if (!gone) setFailed(true) })
    return () => { gone = true }
  }, [wanted, part, load, round])
  return { part: part?.value, failed, again: () => setRound(round + 1) }
}

/** Whole seconds until a moment, 0 once it is over or when there is none. */
export function useCountdown(until: number | undefined): number {
  const left = () => (until === undefined ? 0 : Math.max(0, Math.ceil((until - Date.now()) / 1000)))
  const [seconds, setSeconds] = useState(left)
  useEffect(() => {
    setSeconds(left())
    if (until === undefined) return
    const timer = setInterval(() => {
      setSeconds(left())
      if (left() === 0) clearInterval(timer)
    }, 250)
    return () => clearInterval(timer)
  }, [until])
  return seconds
}
