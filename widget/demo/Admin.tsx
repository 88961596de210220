import { useEffect, useState } from 'react'
import type { Tier } from '@ils/assistant'
import { useAssistant } from '../src/react/context'

interface Tenant { id: string; name: string; tier: Tier; status: string; effective_limits: { queries_per_month: number; queries_per_minute: number } }
interface Metrics { queries_total: number; queries_successful: number; queries_failed: number; queries_cached: number; cache_hit_rate: number; avg_response_time_ms: number; tokens_used_total: number; errors: { type: string; count: number }[] }
interface Platform { total_queries: number; active_tenants: number; avg_queries_per_tenant: number; model_uptime: number; cache_hit_rate_global: number }
interface Load { tenant_id: string; waiting: number; running: number; weight: number; virtual_time: number; served: number; share: number; position: number; eta_ms: number }
interface Queue { waiting: number; running: number; window_seconds: number; served_total: number; tenants: Load[] }

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
    ['Queries', n(platform.total_queries)], ['Active shops', n(platform.active_tenants)], ['Model uptime', percent(platform.model_uptime, 2)],
    ['From cache', percent(platform.cache_hit_rate_global)], ...(queue ? [['Waiting now', n(queue.waiting)], ['Running now', n(queue.running)]] as [string, string][] : []),
  ] : []
  return (
    <>
      <div className="title"><h1>Platform</h1><p className="muted">The last 30 days, each shop’s current month, and the model at this moment. Renewed every two seconds.</p></div>
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
      {queue && <LiveQueue queue={queue} nameOf={(id) => tenants.find((t) => t.id === id)?.name ?? id} />}
      {queue && <Fairness queue={queue} nameOf={(id) => tenants.find((t) => t.id === id)?.name ?? id} />}
    </>
  )
}

interface Shown {
  queue: Queue
  nameOf: (id: string) => string
}

/** Who waits for the model now, the next first. */
function LiveQueue({ queue, nameOf }: Shown) {
  const busy = queue.tenants.filter((t) => t.waiting + t.running > 0)
  return (
    <section className="card wide" aria-label="Live queue">
      <h2>Live queue</h2>
      {busy.length === 0 ? <p className="muted">Nobody waits, and the model is free.</p> : (
        <div className="scroll" tabIndex={0} role="region" aria-label="Table of the queue">
          <table className="queue">
            <thead><tr><th scope="col">Shop</th><th scope="col">Waiting</th><th scope="col">Running</th><th scope="col">Before its next</th><th scope="col">Starts in about</th><th scope="col">Weight</th><th scope="col">Virtual time</th></tr></thead>
            <tbody>
              {busy.map((t) => (
                <tr key={t.tenant_id}>
                  <th scope="row">{nameOf(t.tenant_id)}</th><td>{n(t.waiting)}</td><td>{n(t.running)}</td>
                  <td>{t.waiting > 0 ? n(t.position) : '–'}</td><td>{t.waiting > 0 && t.eta_ms > 0 ? `${(t.eta_ms / 1000).toFixed(1)} s` : '–'}</td><td>{n(t.weight)}</td><td>{n(t.virtual_time)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}

/** Who got how much of the model lately. */
function Fairness({ queue, nameOf }: Shown) {
  const served = queue.tenants.filter((t) => t.served > 0).sort((a, b) => b.served - a.served)
  return (
    <section className="card wide" aria-label="Fairness">
      <h2>Fairness</h2>
      <p className="muted">
        {served.length === 0 ? 'Nobody was served' : `${n(queue.served_total)} tokens of work`} in the last {queue.window_seconds / 60} minutes{served.length > 0 && ', by shop'}.
        {' '}Of the shops that wait, the one with the least virtual time is next: what it received, divided by its weight.
      </p>
      <ul className="shares">
        {served.map((t) => (
          <li key={t.tenant_id}>
            <span>{nameOf(t.tenant_id)}</span>
            <span className="share"><span style={{ inlineSize: percent(t.share, 1) }} /></span>
            <span>{percent(t.share)} · {n(t.served)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
