import { isAbort, type Client } from './api/client'
import { Problem } from './api/problem'
import type { Features, Usage } from './api/types'

export interface Account {
  usage?: Usage
  features?: Features
  problem?: Problem
}

/** What the subscription has and how much of it is used, as the server last said. Shared by the components of a page. */
export class UsageStore {
  private current: Account = {}
  private readonly listeners = new Set<() => void>()
  private loading: AbortController | undefined

  constructor(private readonly client: Client) {}

  readonly state = (): Account => this.current

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    if (!this.loading && !this.current.usage) void this.refresh()
    return () => this.listeners.delete(listener)
  }

  /** Asks the server. A reply that a later refresh has overtaken is dropped. */
  async refresh(): Promise<void> {
    this.loading?.abort()
    const control = new AbortController()
    this.loading = control
    try {
      const [usage, features] = await Promise.all([this.client.usage(control.signal), this.client.features(control.signal)])
      if (!control.signal.aborted) this.set({ usage, features })
    } catch (err) {
      if (!isAbort(err) && !control.signal.aborted) this.set({ ...this.current, problem: err instanceof Problem ? err : new Problem('malformed', '', 0) })
    }
  }

  close(): void {
    this.loading?.abort()
    this.loading = undefined
    this.current = {}
  }

  private set(a: Account): void {
    this.current = a
    for (const l of this.listeners) l()
  }
}

/** The reason why a token is not for this shop; undefined while nothing speaks against it. */
export function otherTenant(a: Account, tenantId: string): Problem | undefined {
  return a.usage && a.usage.tenant_id !== tenantId ? new Problem('other_tenant', '', 0) : undefined
}
