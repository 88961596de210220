import { topicOf } from './AIAssistant'
import { useAssistant } from './context'
import { useLazy } from './hooks'

export interface AIQuickQueryProps {
  /** The page it is on: sales, inventory, patients or ophthalmic. */
  context: string
  /** Questions to choose from; the server's for this context if absent. */
  suggestions?: readonly string[]
}

const load = () => import('../panel/Quick')

/** One question about the page it stands on, answered in place. */
export function AIQuickQuery({ context, suggestions }: AIQuickQueryProps) {
  const { root } = useAssistant()
  const { part } = useLazy(load, true)
  return <div {...root} className="ilsai ilsai-quick">{part && <part.Quick topic={topicOf(context) ?? 'ophthalmic'} context={context} suggestions={suggestions} />}</div>
}
