import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react'
import { Client } from '../api/client'
import type { Tier } from '../api/types'
import { direction, messagesOf, type Messages } from '../i18n'
import { UsageStore } from '../usage'

export interface AssistantSettings {
  /** The server's origin, such as https://ai.example; the page's own if absent. */
  baseUrl?: string
  /** Gives the user's token whenever one is needed. It is kept nowhere. refresh: the last one was refused. */
  getToken: (o: { refresh: boolean }) => string | Promise<string>
  /** A BCP 47 language tag; the page's language if absent. */
  locale?: string
  /** light or dark; the system's if absent. */
  theme?: 'light' | 'dark' | 'auto'
  /** Where a subscription can be upgraded: an address, or what to do. Absent: no upgrade is offered. */
  upgradeUrl?: string
  onUpgrade?: (tier: Tier) => void
}

export interface Assistant {
  client: Client
  usage: UsageStore
  locale: string
  words: Messages
  /** Attributes of every root element. */
  root: { className: string; dir: 'ltr' | 'rtl'; lang: string; 'data-theme': string }
  upgradeUrl?: string
  onUpgrade?: (tier: Tier) => void
}

const Context = createContext<Assistant | undefined>(undefined)

/** Connects the components below it to a server. */
export function AssistantProvider({ children, ...settings }: AssistantSettings & { children?: ReactNode }) {
  const { baseUrl, getToken, theme = 'auto', upgradeUrl, onUpgrade } = settings
  const locale = settings.locale ?? (document.documentElement.lang || 'en')
  const [client] = useState(() => ({ token: getToken }))
  client.token = getToken // a new closure of the page makes no new connection
  const connection = useMemo(() => {
    const c = new Client({ baseUrl, getToken: (o) => client.token(o) })
    return { client: c, usage: new UsageStore(c) }
  }, [baseUrl, client])
  useEffect(() => () => connection.usage.close(), [connection])
  const value = useMemo<Assistant>(() => ({
    ...connection, locale, words: messagesOf(locale), upgradeUrl: safeUrl(upgradeUrl), onUpgrade,
    root: { className: 'ilsai', dir: direction(locale), lang: locale, 'data-theme': theme },
  }), [connection, locale, theme, upgradeUrl, onUpgrade])
  return <Context.Provider value={value}>{children}</Context.Provider>
}

export function useAssistant(): Assistant {
  const a = useContext(Context)
  if (!a) throw new Error('Put an <AssistantProvider getToken={…}> around the assistant’s components.')
  return a
}

/** An address that a link may go to: never one that runs something. */
export function safeUrl(url: string | undefined): string | undefined {
  if (!url) return undefined
  try {
    return ['http:', 'https:', 'mailto:'].includes(new URL(url, 'https://page.invalid/').protocol) ? url : undefined
  } catch {
    return undefined
  }
}
