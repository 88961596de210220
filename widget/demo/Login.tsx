import { address, type DemoUser, type Place } from './session'

/** Who to be. The demo asks for no password: its shops are invented. */
export function Login({ users, failure, place }: { users?: DemoUser[]; failure: string; place: Place }) {
  return (
    <main className="login">
      <img src={new URL('./icon.svg', import.meta.url).href} alt="" width="52" height="52" />
      <h1>Sign in to a demo shop</h1>
      <p className="muted">Three invented shops with 18 months of sales, stock and patients. Each sees its own records only.</p>
      {failure && <p role="alert">{failure}</p>}
      <ul>
        {users?.map((u) => (
          <li key={u.tenant_id}>
            <a href={address({ ...place, shop: u.tenant_id, page: u.platform ? 'admin' : 'sales' })}>
              <span className="initial" aria-hidden="true">{u.shop[0]}</span>
              <span><strong>{u.shop}</strong><span className="muted">{u.platform ? `${u.user} · administers all shops` : `${u.user} · ${u.place.split('/')[1].replace('_', ' ')} time`}</span></span>
              <span className="tier" data-tier={u.platform ? 'platform' : u.tier}>{u.platform ? 'platform' : u.tier}</span>
            </a>
          </li>
        ))}
      </ul>
    </main>
  )
}
