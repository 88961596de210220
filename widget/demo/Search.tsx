import { AIInsights } from '@ils/assistant'
import { useState } from 'react'

const records = [
  ['Products', 'Ray-Ban RX5228 Square'], ['Products', 'Essilor Varilux Comfort Progressive'], ['Products', 'Hoya MiYOSMART Children'], ['Products', 'Transitions Gen 8 Photochromic'],
  ['Products', 'Oakley Holbrook RX'], ['Products', 'Acuvue Oasys 1-Day'], ['Help', 'How returns are booked'], ['Help', 'Closing the month'], ['Help', 'Reordering stock'], ['Help', 'Revenue reports'],
] as const

/** The global search, with what the assistant adds to it. */
export function Search({ platform }: { platform: boolean }) {
  const [term, setTerm] = useState('')
  const text = term.trim().toLowerCase()
  const hits = text ? records.filter(([, name]) => name.toLowerCase().includes(text)) : []
  return (
    <>
      <div className="title"><h1>Search</h1><p className="muted">Records and pages, with AI insights beside them.</p></div>
      <input className="search" type="search" aria-label="Search" placeholder="Try “revenue” or “ray-ban”" value={term} onChange={(e) => setTerm(e.currentTarget.value)} />
      <div className="results">
        <section className="card" aria-label="Results">
          <h2>Results</h2>
          {text === '' ? <p className="muted">Type to search.</p> : hits.length === 0 ? <p className="muted">No record has this name.</p> : (
            <ul className="hits">{hits.map(([kind, name]) => <li key={name}><span className="muted">{kind}</span> {name}</li>)}</ul>
          )}
        </section>
        <AIInsights query={term} context={platform ? 'ophthalmic' : 'sales'} />
      </div>
    </>
  )
}
