// Everything that can go wrong, as one error type that the components turn into words.

/** Codes of our own beside the server's: no connection, a cut stream, a reply that is no reply of ours, another shop's token. */
export type LocalCode = 'offline' | 'cut' | 'malformed' | 'other_tenant'

export class Problem extends Error {
  constructor(
    /** The server's error code, such as rate_limit, or a LocalCode. */
    readonly code: string,
    /** The server's sentence for people, in English; "" when there is none. */
    readonly detail: string,
    readonly status: number,
    /** When it makes sense to ask again, in milliseconds since the epoch; undefined: not said. */
    readonly retryAt?: number,
    readonly requestId?: string,
  ) {
    super(detail || code)
    this.name = 'Problem'
  }
}

/** Whether asking the same again may help. */
export function retryable(p: Problem): boolean {
  return p.status === 0 || p.status === 429 ? p.code !== 'quota_exceeded' && p.code !== 'other_tenant' : p.status >= 500 || p.status === 409
}

/** Reads Retry-After (seconds or a date), else the reset of the RateLimit header ("minute";r=0;t=17). */
export function retryAt(headers: Headers, now: number): number | undefined {
  const after = headers.get('Retry-After')
  if (after !== null && after.trim() !== '') {
    const seconds = Number(after)
    if (Number.isFinite(seconds)) return now + 1000 * Math.max(0, seconds)
    const date = Date.parse(after)
    if (!Number.isNaN(date)) return date
  }
  const limit = headers.get('RateLimit')
  const reset = limit !== null && /;\s*r=0\s*(;|$)/.test(limit) ? /;\s*t=(\d+)/.exec(limit) : null
  return reset ? now + 1000 * Number(reset[1]) : undefined
}

interface ProblemBody {
  code?: unknown
  detail?: unknown
  request_id?: unknown
  status?: unknown
}

/** A problem document, as a reply's body or as the last event of a stream. */
export function problemFrom(body: unknown, status: number, headers: Headers, now: number): Problem {
  const b: ProblemBody = typeof body === 'object' && body !== null ? body : {}
  const text = (v: unknown) => (typeof v === 'string' ? v : '')
  const code = text(b.code) || (status === 401 ? 'unauthenticated' : 'malformed')
  return new Problem(code, text(b.detail), typeof b.status === 'number' ? b.status : status, retryAt(headers, now), text(b.request_id) || undefined)
}
