import { Problem, problemFrom } from './problem'
import { readEvents } from './sse'
import type { Answer, ConversationSummary, Features, Insight, Progress, QueryType, Turn, Usage } from './types'

export interface ClientOptions {
  /** The server's origin, such as https://ai.example; "" is the page's own. */
  baseUrl?: string
  /** Gives the user's token whenever one is needed; it is never kept. refresh: the last one was refused. */
  getToken: (o: { refresh: boolean }) => string | Promise<string>
  fetch?: typeof fetch
  now?: () => number
}

export interface Ask {
  question: string
  queryType: QueryType
  conversationId?: string
  key: string
  signal?: AbortSignal
  onProgress?: (p: Progress) => void
}

/** Speaks the server's API. All methods reject with a Problem, or with an AbortError when their signal is aborted. */
export class Client {
  private readonly base: string
  private readonly now: () => number

  constructor(private readonly options: ClientOptions) {
    this.base = (options.baseUrl ?? '').replace(/\/+$/, '')
    this.now = options.now ?? Date.now
  }

  /** Asks, and reports progress while it waits. A stream that is cut before its answer is the Problem "cut". */
  async ask(a: Ask): Promise<Answer> {
    const body: Record<string, string> = { question: a.question, query_type: a.queryType }
    if (a.conversationId) body.conversation_id = a.conversationId
    const reply = await this.send('/api/ai/query', {
      method: 'POST',
      headers: { Accept: 'text/event-stream', 'Content-Type': 'application/json', 'X-Idempotency-Key': a.key },
      body: JSON.stringify(body),
      signal: a.signal,
    })
    if (!reply.body || !(reply.headers.get('Content-Type') ?? '').includes('text/event-stream')) return this.json<Answer>(reply)
    try {
      for await (const e of readEvents(reply.body)) {
        if (e.event === 'progress') a.onProgress?.(parse(e.data) as Progress)
        if (e.event === 'answer') return parse(e.data) as Answer
        if (e.event === 'error') throw problemFrom(parse(e.data), reply.status, reply.headers, this.now())
      }
    } catch (err) {
      throw passOn(err, 'cut')
    }
    throw new Problem('cut', '', 0)
  }

  usage(signal?: AbortSignal): Promise<Usage> {
    return this.get('/api/ai/usage', signal)
  }

  features(signal?: AbortSignal): Promise<Features> {
    return this.get('/api/ai/features', signal)
  }

  /** Questions that fit a page. A server without suggestions has none. */
  async suggestions(context: string, signal?: AbortSignal): Promise<string[]> {
    const all = await this.optional<unknown>(`/api/ai/suggestions?context=${encodeURIComponent(context)}`, signal)
    const items = Array.isArray(all) ? all : ((all as { suggestions?: unknown; items?: unknown } | undefined)?.suggestions ?? (all as { items?: unknown } | undefined)?.items)
    if (!Array.isArray(items)) return []
    return items.map((s: unknown) => (typeof s === 'string' ? s : ((s as { question?: string; text?: string }).question ?? (s as { text?: string }).text ?? ''))).filter((s) => s !== '')
  }

  /** What is worth knowing about a search. A server without insights has none. */
  async insights(query: string, context: string, signal?: AbortSignal): Promise<Insight[]> {
    const reply = await this.optional<unknown>(`/api/ai/insights?q=${encodeURIComponent(query)}&context=${encodeURIComponent(context)}`, signal)
    const items = Array.isArray(reply) ? reply : ((reply as { insights?: unknown; items?: unknown } | undefined)?.insights ?? (reply as { items?: unknown } | undefined)?.items)
    return Array.isArray(items) ? items.map(insight).filter((i) => i.text !== '') : []
  }

  async conversations(limit: number, signal?: AbortSignal): Promise<ConversationSummary[]> {
    return (await this.optional<{ items: ConversationSummary[] }>(`/api/ai/conversations?limit=${limit}`, signal))?.items ?? []
  }

  /** The id of a new conversation; undefined when the server keeps none. */
  async createConversation(title: string, signal?: AbortSignal): Promise<string | undefined> {
    try {
      const c = await this.post<ConversationSummary>('/api/ai/conversations', { title }, signal)
      return c.id
    } catch (err) {
      if (err instanceof Problem && err.status === 404) return undefined
      throw err
    }
  }

  /** All turns of a conversation, the oldest first. */
  async turns(id: string, signal?: AbortSignal): Promise<Turn[]> {
    const all: Turn[] = []
    for (let after: number | undefined = 0; after !== undefined; ) {
      const page: { items: Turn[]; next_after?: number | null } = await this.get(`/api/ai/conversations/${encodeURIComponent(id)}?limit=200&after=${after}`, signal)
      all.push(...page.items)
      after = page.next_after && page.next_after > after ? page.next_after : undefined
    }
    return all
  }

  async deleteConversation(id: string): Promise<void> {
    await this.send(`/api/ai/conversations/${encodeURIComponent(id)}`, { method: 'DELETE' })
  }

  async feedback(requestId: string, thumbs: 'up' | 'down', comment = ''): Promise<void> {
    await this.send('/api/ai/feedback', this.jsonBody({ request_id: requestId, thumbs, ...(comment ? { comment } : {}) }))
  }

  /** Any route of the API, for pages around the widget. */
  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return this.send(path, { signal }).then((r) => this.json<T>(r))
  }

  private post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
    return this.send(path, { ...this.jsonBody(body), signal }).then((r) => this.json<T>(r))
  }

  private jsonBody(body: unknown): RequestInit {
    return { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
  }

  private async optional<T>(path: string, signal?: AbortSignal): Promise<T | undefined> {
    try {
      return await this.get<T>(path, signal)
    } catch (err) {
      if (err instanceof Problem && err.status === 404) return undefined
      throw err
    }
  }

  /** Sends with a token, once more with a fresh one if it is refused. Rejects for every status beyond 299. */
  private async send(path: string, init: RequestInit): Promise<Response> {
    for (let refresh = false; ; refresh = true) {
      let token = ''
      try {
        token = await this.options.getToken({ refresh })
      } catch {
        throw new Problem('unauthenticated', '', 401)
      }
      init.signal?.throwIfAborted()
      let reply: Response
      try {
        reply = await (this.options.fetch ?? fetch)(this.base + path, {
          ...init,
          headers: { ...(init.headers as Record<string, string> | undefined), Authorization: `Bearer ${token}` },
          credentials: 'omit',
          cache: 'no-store',
          referrerPolicy: 'no-referrer',
        })
      } catch (err) {
        throw passOn(err, 'offline')
      }
      if (reply.ok) return reply
      if (reply.status === 401 && !refresh) continue
      throw problemFrom(parse(await reply.text().catch(() => '')), reply.status, reply.headers, this.now())
    }
  }

  private async json<T>(reply: Response): Promise<T> {
    let body: unknown
    try {
      body = parse(await reply.text())
    } catch (err) {
      throw passOn(err, 'cut')
    }
    if (typeof body !== 'object' || body === null) throw new Problem('malformed', '', 0)
    return body as T
  }
}

/** undefined for what is no JSON: a proxy's error page, say. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a fetch or a body threw, as a Problem; an abort stays one. */
function passOn(err: unknown, code: 'offline' | 'cut'): unknown {
  if (err instanceof Problem || isAbort(err)) return err
  return new Problem(code, '', 0)
}

export function isAbort(err: unknown): boolean {
  return err instanceof Error && err.name === 'AbortError'
}

function insight(i: unknown): Insight {
  if (typeof i === 'string') return { text: i }
  const o = (typeof i === 'object' && i !== null ? i : {}) as { text?: string; answer?: string; question?: string; query_type?: QueryType }
  return { text: o.text ?? o.answer ?? o.question ?? '', question: o.question, query_type: o.query_type }
}
