import { useEffect, useState } from 'react'
import { useAssistant } from '../react/context'

/** Questions to choose from: those given, else the server's for a page. */
export function Suggestions({ context, given, onAsk }: { context: string; given?: readonly string[]; onAsk: (q: string) => void }) {
  const { client, words } = useAssistant()
  const [loaded, setLoaded] = useState<readonly string[]>([])
  useEffect(() => {
    if (given) return
    const control = new AbortController()
    setLoaded([])
    client.suggestions(context, control.signal).then((all) => { if (!control.signal.aborted) setLoaded(all) }, () => undefined)
    return () => control.abort()
  }, [client, context, given])
  const all = (given ?? loaded).slice(0, 6)
  if (all.length === 0) return null
  return (
    <ul className="ilsai-chips" aria-label={words.suggestions}>
      {all.map((q) => <li key={q}><button type="button" className="ilsai-chip" dir="auto" onClick={() => onAsk(q)}>{q}</button></li>)}
    </ul>
  )
}
