import { describe, expect, it } from 'vitest'
import { Client } from '../src/api/client'
import { Conversation } from '../src/conversation'

interface Server {
  keys: string[]
  requests: string[]
  bodies: Record<string, unknown>[]
  query: (init: RequestInit) => Promise<Response> | Response
}

function start(routes: Record<string, () => Response> = {}) {
  const server: Server = { keys: [], requests: [], bodies: [], query: () => Response.json({ answer: 'Much.', query_type: 'sales', request_id: 'r1' }) }
  const client = new Client({
    getToken: () => 't',
    fetch: async (url, init = {}) => {
      const at = `${init.method ?? 'GET'} ${String(url).split('?')[0]}`
      server.requests.push(at)
      if (routes[at]) return routes[at]()
      if (at === 'POST /api/ai/conversations') return Response.json({ id: 'c1' }, { status: 201 })
      if (at === 'POST /api/ai/query') {
        server.keys.push((init.headers as Record<string, string>)['X-Idempotency-Key'])
        server.bodies.push(JSON.parse(String(init.body)) as Record<string, unknown>)
        return server.query(init)
      }
      return new Response('{"code":"not_found"}', { status: 404 })
    },
  })
  return { server, c: new Conversation(client, 'u1', () => 5) }
}

const failing = (status: number, code: string) => () => new Response(JSON.stringify({ code, status }), { status })

/** A reply that comes only when its request is aborted. */
function hanging(init: RequestInit): Promise<Response> {
  return new Promise((_, reject) => init.signal?.addEventListener('abort', () => reject(new DOMException('stopped', 'AbortError'))))
}

describe('a conversation', () => {
  it('answers in a conversation of the server', async () => {
    const { server, c } = start()
    await c.ask('  How much? ', 'sales')
    await c.ask('And before?', 'sales')
    expect(c.state().exchanges.map((e) => [e.question, e.state])).toEqual([['How much?', 'answered'], ['And before?', 'answered']])
    expect(server.bodies.map((b) => b.conversation_id)).toEqual(['c1', 'c1'])
    expect(server.requests.filter((r) => r === 'POST /api/ai/conversations')).toHaveLength(1)
    expect(new Set(server.keys).size).toBe(2)
  })

  it('runs one question at a time', async () => {
    const { server, c } = start()
    const first = c.ask('one', 'sales')
    await c.ask('two', 'sales')
    await first
    expect(server.keys).toHaveLength(1)
    expect(c.state().exchanges).toHaveLength(1)
  })

  it('asks again under the same key after a failure, so that it is billed once', async () => {
    const { server, c } = start()
    server.query = failing(503, 'overloaded')
    await c.ask('q', 'sales')
    expect(c.state().exchanges[0]).toMatchObject({ state: 'failed', problem: { code: 'overloaded' } })
    server.query = () => Response.json({ answer: 'Much.', query_type: 'sales' })
    await c.retry(c.state().exchanges[0].id)
    expect(c.state().exchanges[0].state).toBe('answered')
    expect(server.keys[0]).toBe(server.keys[1])
  })

  it('stops, and asks under a new key after that', async () => {
    const { server, c } = start()
    server.query = hanging
    const asked = c.ask('q', 'sales')
    while (server.keys.length === 0) await Promise.resolve()
    c.stop()
    await asked
    expect(c.state().exchanges[0].state).toBe('stopped')
    expect(c.busy()).toBe(false)
    server.query = () => Response.json({ answer: 'Much.', query_type: 'sales' })
    await c.retry(c.state().exchanges[0].id)
    expect(server.keys[0]).not.toBe(server.keys[1])
  })

  it('answers where the server keeps no conversations', async () => {
    const { server, c } = start({ 'POST /api/ai/conversations': failing(404, 'not_found') })
    await c.ask('one', 'sales')
    await c.ask('two', 'sales')
    expect(server.bodies).toEqual([{ question: 'one', query_type: 'sales' }, { question: 'two', query_type: 'sales' }])
    expect(server.requests.filter((r) => r === 'POST /api/ai/conversations')).toHaveLength(1)
  })

  it('goes on where the user left off', async () => {
    const { server, c } = start({
      'GET /api/ai/conversations': () => Response.json({ items: [{ id: 'c9', title: 't' }] }),
      'GET /api/ai/conversations/c9': () => Response.json({ items: [
        { id: 1, role: 'user', question: 'q' }, { id: 2, role: 'assistant', answer: { answer: 'a', query_type: 'inventory', request_id: 'r' } },
      ], next_after: null }),
    })
    await c.resume()
    expect(c.state().exchanges).toMatchObject([{ question: 'q', state: 'answered', queryType: 'inventory', answer: { answer: 'a' } }])
    await c.ask('more', 'sales')
    expect(server.bodies[0].conversation_id).toBe('c9')
  })

  it('takes a mark back that was not saved', async () => {
    const saved = start({ 'POST /api/ai/feedback': () => new Response(null, { status: 204 }) }).c
    await saved.ask('q', 'sales')
    expect(await saved.rate(1, 'up')).toBe(true)
    expect(saved.state().exchanges[0].feedback).toBe('up')
    const lost = start().c
    await lost.ask('q', 'sales')
    expect(await lost.rate(1, 'down')).toBe(false)
    expect(lost.state().exchanges[0].feedback).toBeUndefined()
  })

  it('shows nothing that arrives after its end', async () => {
    const { server, c } = start()
    let reply: (r: Response) => void = () => undefined
    server.query = () => new Promise<Response>((resolve) => (reply = resolve))
    const asked = c.ask("another shop's question", 'sales')
    while (server.keys.length === 0) await Promise.resolve()
    c.close()
    reply(Response.json({ answer: 'secret', query_type: 'sales' }))
    await asked
    expect(c.state().exchanges).toEqual([])
  })

  it('shows what the user turned to last, however late the history comes', async () => {
    let arrive = () => {}
    const late = new Promise<void>((resolve) => { arrive = resolve })
    const client = new Client({
      getToken: () => 't',
      fetch: async (url) => {
        if (String(url).includes('conversations?')) return Response.json({ items: [{ id: 'old', title: 'Before' }] })
        await late
        return Response.json({ items: [{ role: 'user', question: 'What was before?' }] })
      },
    })
    const c = new Conversation(client, 'u1')
    const resumed = c.resume()
    await Promise.resolve()
    c.reset()
    arrive()
    await resumed
    expect(c.state()).toMatchObject({ exchanges: [], loading: false, conversationId: undefined })
    await c.resume()
    expect(c.state().exchanges.map((e) => e.question)).toEqual(['What was before?'])
  })
})
