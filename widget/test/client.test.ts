import { describe, expect, it } from 'vitest'
import { Client } from '../src/api/client'
import { idempotencyKey } from '../src/api/key'
import { Problem, retryable, retryAt } from '../src/api/problem'
import type { Progress } from '../src/api/types'

interface Sent {
  url: string
  init: RequestInit
}

/** A client whose server gives these replies in turn. */
function client(replies: (Response | Error)[], tokens: string[] = []) {
  const sent: Sent[] = []
  const c = new Client({
    baseUrl: 'https://ai.example/',
    getToken: ({ refresh }) => {
      tokens.push(refresh ? 'fresh' : 'kept')
      return refresh ? 'new-token' : 'old-token'
    },
    now: () => 1000,
    fetch: async (url, init) => {
      sent.push({ url: String(url), init: init ?? {} })
      const r = replies.shift()
      if (!r || r instanceof Error) throw r ?? new Error('no more replies')
      return r
    },
  })
  return { c, sent }
}

function problem(status: number, body: object, headers: Record<string, string> = {}) {
  return new Response(JSON.stringify(body), { status, headers })
}

function stream(...chunks: string[]) {
  const e = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start(c) {
      for (const x of chunks) c.enqueue(e.encode(x))
      c.close()
    },
  })
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
}

async function failure(p: Promise<unknown>): Promise<Problem> {
  try {
    await p
  } catch (err) {
    expect(err).toBeInstanceOf(Problem)
    return err as Problem
  }
  throw new Error('it did not fail')
}

const ask = { question: 'How much?', queryType: 'sales' as const, key: 'k1' }

describe('the client', () => {
  it('reports progress and gives the answer', async () => {
    const { c, sent } = client([stream('event: progress\ndata: {"stage":"reading"}\n\nevent: ans', 'wer\ndata: {"answer":"Much."}\n\n')])
    const seen: Progress[] = []
    expect((await c.ask({ ...ask, conversationId: 'c1', onProgress: (p) => seen.push(p) })).answer).toBe('Much.')
    expect(seen).toEqual([{ stage: 'reading' }])
    expect(sent[0].url).toBe('https://ai.example/api/ai/query')
    expect(sent[0].init.headers).toMatchObject({ Authorization: 'Bearer old-token', 'X-Idempotency-Key': 'k1', Accept: 'text/event-stream' })
    expect(JSON.parse(String(sent[0].init.body))).toEqual({ question: 'How much?', query_type: 'sales', conversation_id: 'c1' })
    expect(sent[0].init.credentials).toBe('omit')
  })

  it('takes a whole answer where a proxy undid the stream', async () => {
    const { c } = client([new Response('{"answer":"Much."}', { headers: { 'Content-Type': 'application/json' } })])
    expect((await c.ask(ask)).answer).toBe('Much.')
  })

  it('turns every failure into a problem', async () => {
    const table: [string, Response | Error, Partial<Problem>][] = [
      ['no connection', new TypeError('fetch failed'), { code: 'offline', status: 0 }],
      ['a stream without an end', stream('event: progress\ndata: {"stage":"reading"}\n\n'), { code: 'cut', status: 0 }],
      ['a failure in the stream', stream('event: error\ndata: {"code":"timeout","status":504,"detail":"Slow.","request_id":"r"}\n\n'),
        { code: 'timeout', status: 504, detail: 'Slow.', requestId: 'r' }],
      ['a limit', problem(429, { code: 'rate_limit', status: 429 }, { 'Retry-After': '7' }), { code: 'rate_limit', retryAt: 8000 }],
      ["a proxy's page", new Response('<html>', { status: 502 }), { code: 'malformed', status: 502 }],
      ['no JSON', new Response('hello'), { code: 'malformed' }],
    ]
    for (const [name, reply, want] of table) {
      const { c } = client([reply])
      expect(await failure(c.ask(ask)), name).toMatchObject(want)
    }
  })

  it('asks once for a fresh token', async () => {
    const tokens: string[] = []
    const { c, sent } = client([problem(401, { code: 'unauthenticated' }), Response.json({ used: 3 })], tokens)
    expect((await c.usage()).used).toBe(3)
    expect(tokens).toEqual(['kept', 'fresh'])
    expect(sent[1].init.headers).toMatchObject({ Authorization: 'Bearer new-token' })
    const refused = client([problem(401, {}), problem(401, {})])
    expect((await failure(refused.c.usage())).code).toBe('unauthenticated')
    expect(refused.sent).toHaveLength(2)
  })

  it('degrades to nothing where a server lacks suggestions, insights or history', async () => {
    const missing = () => problem(404, { code: 'not_found' })
    const { c } = client([missing(), missing(), missing(), missing()])
    expect(await c.suggestions('sales')).toEqual([])
    expect(await c.insights('ray-ban & co', 'sales')).toEqual([])
    expect(await c.conversations(5)).toEqual([])
    expect(await c.createConversation('x')).toBeUndefined()
  })

  it('reads suggestions and insights in the forms they come in', async () => {
    const { c, sent } = client([
      Response.json({ suggestions: ['a', { question: 'b' }] }), Response.json({ items: [{ text: 'i', question: 'q', query_type: 'sales' }, {}] }),
    ])
    expect(await c.suggestions('sales')).toEqual(['a', 'b'])
    expect(await c.insights('ray-ban & co', 'sales')).toEqual([{ text: 'i', question: 'q', query_type: 'sales' }])
    expect(sent[1].url).toBe('https://ai.example/api/ai/insights?q=ray-ban%20%26%20co&context=sales')
  })

  it('turns the pages of a conversation', async () => {
    const turn = (id: number) => ({ id, role: 'user', question: `q${id}`, request_id: 'r', created_at: '' })
    const { c, sent } = client([Response.json({ items: [turn(1)], next_after: 1 }), Response.json({ items: [turn(2)], next_after: null })])
    expect((await c.turns('a/b')).map((t) => t.id)).toEqual([1, 2])
    expect(sent.map((s) => s.url.split('?')[1])).toEqual(['limit=200&after=0', 'limit=200&after=1'])
    expect(sent[0].url).toContain('/conversations/a%2Fb?')
  })

  it('stays an abort when it is aborted', async () => {
    const control = new AbortController()
    control.abort()
    const { c, sent } = client([])
    await expect(c.ask({ ...ask, signal: control.signal })).rejects.toMatchObject({ name: 'AbortError' })
    expect(sent).toEqual([])
  })
})

describe('when to ask again', () => {
  it.each([
    [{ 'Retry-After': '3' }, 4000],
    [{ 'Retry-After': '0' }, 1000],
    [{ 'Retry-After': 'Thu, 01 Jan 1970 00:01:00 GMT' }, 60000],
    [{ 'Retry-After': 'soon' }, undefined],
    [{ RateLimit: '"minute";r=0;t=17' }, 18000],
    [{ RateLimit: '"minute";r=12;t=17' }, undefined],
    [{}, undefined],
  ])('%j', (headers, want) => {
    expect(retryAt(new Headers(headers as Record<string, string>), 1000)).toBe(want)
  })

  it('helps after some failures only', () => {
    const all: [string, number, boolean][] = [
      ['offline', 0, true], ['cut', 0, true], ['rate_limit', 429, true], ['overloaded', 503, true], ['conflict', 409, true],
      ['quota_exceeded', 429, false], ['privacy', 403, false], ['feature_unavailable', 403, false], ['other_tenant', 0, false], ['invalid_query', 400, false],
    ]
    for (const [code, status, want] of all) expect(retryable(new Problem(code, '', status)), code).toBe(want)
  })
})

describe('idempotency keys', () => {
  it('differ, are short, and hold no part of an address', () => {
    const keys = new Set(Array.from({ length: 100 }, () => idempotencyKey('ann@shop.example "x"', 5)))
    expect(keys.size).toBe(100)
    for (const k of keys) expect(k).toMatch(/^annshopexamplex-5-[0-9a-f-]{36}$/)
    expect(idempotencyKey('', 5)).toMatch(/^user-5-/)
  })
})
