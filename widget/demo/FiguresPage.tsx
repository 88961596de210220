import { AIQuickQuery, FeatureCard, type QueryType } from '@ils/assistant'
import { useEffect, useState } from 'react'
import { useAssistant } from '../src/react/context'
import { Figure, type FigureData } from './Figure'

const about: Record<'sales' | 'inventory' | 'patients', { title: string; text: string; suggestions: string[] }> = {
  sales: {
    title: 'Sales', text: 'What the shop sold, straight from its records.',
    suggestions: ['What were our top 3 products this month?', 'Show revenue trend for the last quarter', 'Which customer segment is growing fastest?'],
  },
  inventory: {
    title: 'Inventory', text: 'What is in stock, and what is running out.',
    suggestions: ['Which items are low in stock?', 'What should I reorder this week?', 'Show items with highest turnover'],
  },
  patients: {
    title: 'Patients', text: 'Anonymous figures of groups; nobody can be recognised.',
    suggestions: ['How many patients by age group?', 'Which prescriptions are most common?'],
  },
}

/** A page of figures with the contextual helper where the guide puts it. */
export function FiguresPage({ page }: { page: 'sales' | 'inventory' | 'patients' }) {
  const { client } = useAssistant()
  const [figures, setFigures] = useState<FigureData[]>()
  const [gated, setGated] = useState(false)
  const [failure, setFailure] = useState('')
  useEffect(() => {
    const control = new AbortController()
    client.get<{ items: FigureData[] }>(`/api/demo/figures?page=${page}`, control.signal).then((l) => setFigures(l.items), (err: { name?: string; code?: string; message: string }) => {
      if (err.name === 'AbortError') return
      if (err.code === 'feature_unavailable') setGated(true)
      else setFailure(err.message)
    })
    return () => control.abort()
  }, [client, page])
  const a = about[page]
  return (
    <>
      <div className="title"><h1>{a.title}</h1><p className="muted">{a.text}</p></div>
      {gated ? <FeatureCard feature={page as QueryType}>{a.text}</FeatureCard> : <AIQuickQuery context={page} suggestions={a.suggestions} />}
      {failure && <p className="note" role="alert">{failure}</p>}
      {figures?.length === 0 && <p className="note">There are no figures for this page yet.</p>}
      <div className="figures" aria-busy={!figures && !gated && !failure}>
        {!figures && !gated && !failure && [0, 1, 2, 3].map((n) => <div key={n} className="card skeleton" />)}
        {figures?.map((f) => <Figure key={f.title} figure={f} />)}
      </div>
    </>
  )
}
