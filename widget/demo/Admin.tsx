import { useEffect, useState } from 'react'
import type { Tier } from '@ils/assistant'
import { useAssistant } from '../src/react/context'

interface Tenant { id: string; name: string; tier: Tier; status: string; effective_limits: { queries_per_month: number; queries_per_minute: number } }
interface Metrics { queries_total: number; queries_successful: number; queries_failed: number; queries_cached: number; cache_hit_rate: number; avg_response_time_ms: number; tokens_used_total: number; errors: { type: string; count: number }[] }
interface Platform { total_queries: number; active_tenants: number; avg_queries_per_tenant: number; model_uptime: number; cache_hit_rate_global: number }
interface Queue { waiting: number; running: number; tenants: { tenant_id: string; waiting: number; running: number; weight: number; served: number }[] }

const every = 2000
const percent = (v: number, digits = 0) => `${(100 * v).toFixed(digits)}%`
const n = (v: number) => v.toLocaleString('en')

/** The platform's own page: every shop's use, and how the model is shared at this moment. */
export function Admin() {
  const { client } = useAssistant()
  const [platform, setPlatform] = useState<Platform>()
  const [tenants, setTenants] = useState<(Tenant & { metrics?: Metrics })[]>([])
  const [queue, setQueue] = useState<Queue>()
  const [failure, setFailure] = useState('')
  useEffect(() => {
    const control = new AbortController()
    let timer: ReturnType<typeof setTimeout> | undefined
    const load = async () => {
      try {
        const [p, list, q] = await Promise.all([
          client.get<Platform>('/api/admin/metrics/platform', control.signal),
          client.get<{ items: Tenant[] }>('/api/admin/tenants?limit=50', control.signal),
          client.get<Queue>('/api/admin/queue', control.signal).catch(() => undefined),
        ])
        const shops = await Promise.all(list.items.map(async (t) => ({ ...t, metrics: (await client.get<{ metrics: Metrics }>(`/api/admin/metrics/tenants/${t.id}`, control.signal)).metrics })))
        setPlatform(p)
        setTenants(shops)
        setQueue(q)
        setFailure('')
      } catch (err) {
        if (control.signal.aborted) return
        setFailure((err as Error).message)
      }
      if (!control.signal.aborted) timer = setTimeout(() => void load(), every)
    }
    void load()
    return () => {
      control.abort()
      clearTimeout(timer)
    }
  }, [client])
  const tiles: [string, string][] = platform ? [
    ['Queries, 30 days', n(platform.total_queries)], ['Active shops', n(platform.active_tenants)], ['Model uptime', percent(platform.model_uptime, 2)],
    ['From cache', percent(platform.cache_hit_rate_global)], ...(queue ? [['Waiting now', n(queue.waiting)], ['Running now', n(queue.running)]] as [string, string][] : []),
  ] : []
  const tokens = tenants.reduce((sum, t) => sum + (t.metrics?.tokens_used_total ?? 0), 0)
  return (
    <>
      <div className="title"><h1>Platform</h1><p className="muted">All shops, this month. Renewed every two seconds.</p></div>
      {failure && <p className="note" role="alert">{failure}</p>}
      <dl className="tiles">{tiles.map(([name, value]) => <div key={name} className="card"><dt>{name}</dt><dd>{value}</dd></div>)}</dl>
      <section className="card wide" aria-label="Shops">
        <h2>Shops</h2>
        <div className="scroll" tabIndex={0} role="region" aria-label="Table of shops">
          <table>
            <thead><tr><th scope="col">Shop</th><th scope="col">Tier</th><th scope="col">Status</th><th scope="col">Queries</th><th scope="col">Limit</th><th scope="col">Failed</th><th scope="col">Cached</th><th scope="col">Mean time</th><th scope="col">Tokens</th></tr></thead>
            <tbody>
              {tenants.map((t) => (
                <tr key={t.id}>
                  <th scope="row">{t.name}<span className="muted">{t.id}</span></th><td><span className="tier" data-tier={t.tier}>{t.tier}</span></td><td>{t.status}</td>
                  <td>{n(t.metrics?.queries_total ?? 0)}</td><td>{t.effective_limits.queries_per_month === -1 ? '∞' : n(t.effective_limits.queries_per_month)}</td>
                  <td title={t.metrics?.errors.map((e) => `${e.type}: ${e.count}`).join(', ')}>{n(t.metrics?.queries_failed ?? 0)}</td>
                  <td>{percent(t.metrics?.cache_hit_rate ?? 0)}</td><td>{t.metrics?.avg_response_time_ms ?? 0} ms</td><td>{n(t.metrics?.tokens_used_total ?? 0)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </section>
      <section className="card wide">
        <h2>Fairness</h2>
        <p className="muted">Each shop’s share of this month’s tokens{queue && queue.tenants.length > 0 ? ', and what it has waiting and running' : ''}.</p>
        <ul className="shares">
          {tenants.filter((t) => t.metrics).map((t) => {
            const share = tokens > 0 ? (t.metrics?.tokens_used_total ?? 0) / tokens : 0
            const now = queue?.tenants.find((q) => q.tenant_id === t.id)
            return (
              <li key={t.id}>
                <span>{t.name}</span>
                <span className="share"><span style={{ inlineSize: percent(share, 1) }} /></span>
                <span>{percent(share)}{now && ` · ${now.waiting} waiting · ${now.running} running`}</span>
              </li>
            )
          })}
        </ul>
      </section>
    </>
  )
}
