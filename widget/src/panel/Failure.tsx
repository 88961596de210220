import { retryable, type Problem } from '../api/problem'
import { fill, problemText } from '../i18n'
import { useAssistant } from '../react/context'
import { useAccount, useCountdown } from '../react/hooks'
import { Icon } from '../react/icons'
import { Upgrade } from '../react/Upgrade'

/** Why there is no answer, and what to do about it. */
export function Failure({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const { words } = useAssistant()
  const account = useAccount()
  const seconds = useCountdown(problem.retryAt)
  const again = onRetry && retryable(problem)
  const upgrade = problem.code === 'quota_exceeded' || problem.code === 'feature_unavailable'
  const next = account.usage?.upgrade ?? 'enterprise'
  return (
    <div className="ilsai-failure" role="alert">
      <Icon name="alert" />
      <div>
        <p>{problemText(problem, words)}</p>
        {again && (
          <button type="button" className="ilsai-button ilsai-button-small" aria-disabled={seconds > 0} onClick={() => { if (seconds === 0) onRetry() }}>
            <Icon name="retry" />
            {/* The alert around it must not speak every second. */}
            <span aria-live="off">{seconds > 0 ? fill(words.retryIn, { seconds }) : words.retry}</span>
          </button>
        )}
        {upgrade && account.usage?.tier !== 'enterprise' && <Upgrade tier={next} className="ilsai-button ilsai-button-small">{words.upgrade}</Upgrade>}
      </div>
    </div>
  )
}
