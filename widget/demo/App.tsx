import { AIAssistant, AssistantProvider, UsageIndicator } from '@ils/assistant'
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react'
import { Admin } from './Admin'
import { FiguresPage } from './FiguresPage'
import { Login } from './Login'
import { Plan } from './Plan'
import { Search } from './Search'
import { address, demoUsers, pages, placeOf, signIn, type DemoUser, type Page, type Place, type Session } from './session'

const titles: Record<Page, string> = { sales: 'Sales', inventory: 'Inventory', patients: 'Patients', search: 'Search', plan: 'Plan', admin: 'Platform' }

function usePlace(): Place {
  const hash = useSyncExternalStore((changed) => {
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }, () => location.hash)
  return useMemo(() => placeOf(hash), [hash])
}

export function App() {
  const place = usePlace()
  const [users, setUsers] = useState<DemoUser[]>()
  const [session, setSession] = useState<Session>()
  const [failure, setFailure] = useState('')
  useEffect(() => {
    demoUsers().then(setUsers, (e: Error) => setFailure(e.message))
  }, [])
  const user = users?.find((u) => u.tenant_id === place.shop)
  useEffect(() => {
    setSession(undefined)
    if (!user) return
    let gone = false
    signIn(user).then((s) => { if (!gone) setSession(s) }, (e: Error) => setFailure(e.message))
    return () => { gone = true }
  }, [user])
  useEffect(() => {
    document.documentElement.dataset.theme = place.theme
  }, [place.theme])
  if (!place.shop || (users && !user)) return <Login users={users} failure={failure} place={place} />
  if (!session || !user || session.tenant.id !== user.tenant_id) return <main className="center" aria-busy="true">{failure || 'Signing in …'}</main>
  return <Dashboard key={session.tenant.id} session={session} user={user} place={place} />
}

function Dashboard({ session, user, place }: { session: Session; user: DemoUser; place: Place }) {
  const token = useRef(session.token)
  const [tier, setTier] = useState('')
  const getToken = async ({ refresh }: { refresh: boolean }) => {
    if (refresh) token.current = (await signIn(user)).token
    return token.current
  }
  const page = place.page === 'admin' && !session.platform ? 'sales' : place.page
  const shown: readonly Page[] = session.platform ? ['admin', 'search'] : pages
  const current = shown.includes(page) ? page : shown[0]
  const context = current === 'sales' || current === 'inventory' || current === 'patients' ? current : 'ophthalmic'
  return (
    <AssistantProvider getToken={getToken} locale={place.locale} theme={place.theme} onUpgrade={setTier}>
      <div className="dashboard">
        <header className="top">
          <a className="brand" href={address({ ...place, shop: undefined })}><img src={new URL('./icon.svg', import.meta.url).href} alt="" width="28" height="28" />ILS</a>
          <nav aria-label="Pages">
            {shown.map((p) => <a key={p} href={address({ ...place, page: p })} aria-current={p === current ? 'page' : undefined}>{titles[p]}</a>)}
          </nav>
          <div className="who"><strong>{session.tenant.name}</strong><span>{session.user.name} · {session.tenant.tier}</span></div>
          <a className="quiet" href={address({ ...place, shop: undefined })}>Sign out</a>
        </header>
        <div className="dashboard-layout">
          <main className="main-content">
            {tier && <p className="note" role="status">In a real dashboard, this is where {session.tenant.name} would upgrade to {tier}. <button type="button" onClick={() => setTier('')}>Close</button></p>}
            {(current === 'sales' || current === 'inventory' || current === 'patients') && <FiguresPage key={current} page={current} />}
            {current === 'search' && <Search platform={session.platform} />}
            {current === 'plan' && <Plan />}
            {current === 'admin' && <Admin />}
          </main>
          <aside className="sidebar" aria-label="Subscription">
            <section className="card"><h2>Subscription</h2><p className="muted">{session.tenant.tier}</p><UsageIndicator /></section>
            <section className="card">
              <h2>View</h2>
              <div className="choices" role="group" aria-label="Language">
                {[['en', 'English'], ['es', 'Español'], ['ar', 'العربية']].map(([code, name]) => <a key={code} lang={code} href={address({ ...place, locale: code })} aria-current={place.locale === code}>{name}</a>)}
              </div>
              <div className="choices" role="group" aria-label="Colours">
                {(['auto', 'light', 'dark'] as const).map((t) => <a key={t} href={address({ ...place, theme: t })} aria-current={place.theme === t}>{t}</a>)}
              </div>
            </section>
          </aside>
        </div>
        <AIAssistant
          tenantId={session.tenant.id}
          userId={session.user.id}
          userName={session.user.name}
          subscriptionTier={session.tenant.tier}
          context={context}
        />
      </div>
    </AssistantProvider>
  )
}
