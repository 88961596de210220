import type { Tier } from '@ils/assistant'

export interface DemoUser {
  tenant_id: string
  shop: string
  user: string
  tier: Tier
  place: string
  platform: boolean
}

export interface Session {
  token: string
  tenant: { id: string; name: string; tier: Tier }
  user: { id: string; name: string }
  platform: boolean
}

export async function demoUsers(): Promise<DemoUser[]> {
  const reply = await fetch('/api/demo')
  if (!reply.ok) throw new Error('The demo is not running.')
  return ((await reply.json()) as { users: DemoUser[] }).users
}

/** A session that lives in this page's memory: the address names the shop, and a reload signs in again. */
export async function signIn(u: DemoUser): Promise<Session> {
  const reply = await fetch('/api/demo/session', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ tenant: u.tenant_id }) })
  if (!reply.ok) throw new Error('The demo did not let you in.')
  return { ...((await reply.json()) as Omit<Session, 'platform'>), platform: u.platform }
}

export const pages = ['sales', 'inventory', 'patients', 'search', 'plan'] as const
export type Page = (typeof pages)[number] | 'admin'

export interface Place {
  shop?: string
  page: Page
  locale: string
  theme: 'auto' | 'light' | 'dark'
}

/** #/optical-shop-2/sales?lang=ar&theme=dark */
export function placeOf(hash: string): Place {
  const [path, query] = hash.replace(/^#\/?/, '').split('?')
  const [shop, page] = path.split('/')
  const options = new URLSearchParams(query)
  const theme = options.get('theme')
  return {
    shop: shop || undefined,
    page: ([...pages, 'admin'] as string[]).includes(page) ? (page as Page) : 'sales',
    locale: options.get('lang') ?? 'en',
    theme: theme === 'dark' || theme === 'light' ? theme : 'auto',
  }
}

export function address(p: Place): string {
  const options = new URLSearchParams()
  if (p.locale !== 'en') options.set('lang', p.locale)
  if (p.theme !== 'auto') options.set('theme', p.theme)
  const query = options.toString()
  return `#/${p.shop ?? ''}${p.shop ? `/${p.page}` : ''}${query ? `?${query}` : ''}`
}
