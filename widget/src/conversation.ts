import { isAbort, type Client } from './api/client'
import { idempotencyKey } from './api/key'
import { Problem } from './api/problem'
import type { Answer, ConversationSummary, Progress, QueryType, Turn } from './api/types'

export interface Exchange {
  id: number
  question: string
  queryType: QueryType
  state: 'waiting' | 'answered' | 'failed' | 'stopped'
  progress?: Progress
  answer?: Answer
  problem?: Problem
  feedback?: 'up' | 'down'
  key: string
  /** From the history, not asked in this page. */
  past?: boolean
}

export interface ConversationState {
  conversationId?: string
  exchanges: readonly Exchange[]
  history?: readonly ConversationSummary[]
  loading: boolean
}

const maxTitle = 80

/**
 * What one user of one shop asks in one place: it holds the exchanges, keeps one question running at a time and knows
 * nothing of how they are shown. Nothing of it outlives close, and nothing is stored in the browser.
 */
export class Conversation {
  private current: ConversationState = { exchanges: [], loading: false }
  private readonly listeners = new Set<() => void>()
  private running: AbortController | undefined
  private readonly lifetime = new AbortController()
  private nextId = 1
  /** Counts what the user turned to: what was asked for before the last turn is not shown any more. */
  private turned = 0

  constructor(
    private readonly client: Client,
    private readonly userId: string,
    private readonly now: () => number = Date.now,
    /** Whether the server is to keep what is asked here; on-the-side questions are not history. */
    private kept = true,
  ) {}

  readonly state = (): ConversationState => this.current

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  /** Aborts what runs. Late replies change nothing any more. */
  close(): void {
    this.lifetime.abort()
    this.running?.abort()
    this.listeners.clear()
    this.current = { exchanges: [], loading: false }
  }

  /** Asks. While another question runs, nothing happens. */
  async ask(question: string, queryType: QueryType): Promise<void> {
    const text = question.trim()
    if (text === '' || this.busy()) return
    this.turned++
    const e: Exchange = { id: this.nextId++, question: text, queryType, state: 'waiting', key: idempotencyKey(this.userId, this.now()) }
    this.set({ exchanges: [...this.current.exchanges, e], loading: false })
    await this.run(e)
  }

  /**
   * Asks again what failed or was stopped. After a failure the key stays: if the first one was answered after all, this
   * gets that very answer and is not billed again.
   */
  async retry(id: number): Promise<void> {
    const e = this.current.exchanges.find((x) => x.id === id)
    if (!e || this.busy() || (e.state !== 'failed' && e.state !== 'stopped')) return
    const key = e.state === 'stopped' || e.problem?.code === 'idempotency_key_reused' ? idempotencyKey(this.userId, this.now()) : e.key
    await this.run({ ...e, key })
  }

  /** Ends the running question; the server drops it and bills nothing. */
  stop(): void {
    this.running?.abort()
  }

  busy(): boolean {
    return this.running !== undefined
  }

  /** Starts an empty conversation. */
  reset(): void {
    this.turned++
    this.running?.abort()
    this.set({ exchanges: [], conversationId: undefined, loading: false })
  }

  /** Continues where the user last left off, if the server keeps conversations. */
  async resume(): Promise<void> {
    const turn = this.turned
    const all = await this.guarded(() => this.client.conversations(1, this.lifetime.signal))
    if (all?.[0] && turn === this.turned) await this.open(all[0].id)
  }

  async loadHistory(): Promise<void> {
    const history = await this.guarded(() => this.client.conversations(50, this.lifetime.signal))
    if (history) this.set({ history })
  }

  /** Shows a conversation of the history and goes on in it. */
  async open(id: string): Promise<void> {
    const turn = ++this.turned
    this.running?.abort()
    this.set({ loading: true })
    const kept = await this.guarded(() => this.client.turns(id, this.lifetime.signal))
    if (turn !== this.turned) return
    if (kept) this.set({ conversationId: id, exchanges: this.past(kept) })
    this.set({ loading: false })
  }

  async remove(id: string): Promise<void> {
    await this.client.deleteConversation(id)
    this.set({ history: this.current.history?.filter((c) => c.id !== id) })
    if (this.current.conversationId === id) this.reset()
  }

  /** Rates an answer; the mark is taken back when the server did not take it. */
  async rate(id: number, thumbs: 'up' | 'down'): Promise<boolean> {
    const e = this.current.exchanges.find((x) => x.id === id)
    if (!e?.answer?.request_id) return false
    const before = e.feedback
    this.change(id, { feedback: thumbs })
    try {
      await this.client.feedback(e.answer.request_id, thumbs)
      return true
    } catch {
      this.change(id, { feedback: before })
      return false
    }
  }

  private async run(e: Exchange): Promise<void> {
    const control = new AbortController()
    this.running = control
    this.change(e.id, { state: 'waiting', progress: undefined, problem: undefined, key: e.key })
    try {
      const conversationId = await this.place(e.question, control.signal)
      const answer = await this.client.ask({
        question: e.question, queryType: e.queryType, conversationId, key: e.key, signal: control.signal,
        onProgress: (progress) => { if (!control.signal.aborted) this.change(e.id, { progress }) },
      })
      if (control.signal.aborted) throw control.signal.reason
      this.change(e.id, { state: 'answered', answer })
    } catch (err) {
      if (isAbort(err) || control.signal.aborted) this.change(e.id, { state: 'stopped' })
      else this.change(e.id, { state: 'failed', problem: err instanceof Problem ? err : new Problem('malformed', '', 0) })
    } finally {
      if (this.running === control) {
        this.running = undefined
        this.tell()
      }
    }
  }

  /** The conversation that the next question belongs to. History is a convenience: without it, questions are answered all the same. */
  private async place(title: string, signal: AbortSignal): Promise<string | undefined> {
    if (this.current.conversationId || !this.kept) return this.current.conversationId
    try {
      const id = await this.client.createConversation(Array.from(title).slice(0, maxTitle).join(''), signal)
      this.kept = id !== undefined
      if (!signal.aborted) this.set({ conversationId: id })
      return id
    } catch (err) {
      if (isAbort(err) || (err instanceof Problem && (err.status === 0 || err.status === 401))) throw err
      return undefined
    }
  }

  private past(turns: readonly Turn[]): Exchange[] {
    const out: Exchange[] = []
    for (const t of turns) {
      if (t.role === 'user') out.push({ id: this.nextId++, question: t.question ?? '', queryType: 'sales', state: 'stopped', key: '', past: true })
      const last = out.at(-1)
      if (t.role === 'assistant' && t.answer && last) Object.assign(last, { state: 'answered', answer: t.answer, queryType: t.answer.query_type })
    }
    return out
  }

  private async guarded<T>(load: () => Promise<T>): Promise<T | undefined> {
    try {
      return await load()
    } catch {
      return undefined // history that cannot be shown stops nobody from asking
    }
  }

  private change(id: number, what: Partial<Exchange>): void {
    this.set({ exchanges: this.current.exchanges.map((e) => (e.id === id ? { ...e, ...what } : e)) })
  }

  private set(what: Partial<ConversationState>): void {
    if (this.lifetime.signal.aborted) return
    this.current = { ...this.current, ...what }
    this.tell()
  }

  private tell(): void {
    for (const l of this.listeners) l()
  }
}
