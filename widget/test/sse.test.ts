import { describe, expect, it } from 'vitest'
import { EventParser, readEvents, type ServerEvent } from '../src/api/sse'

const text =
  ': ping\r\n\r\nevent: progress\r\ndata: {"stage":"queued"}\r\n\r\n' +
  'event: answer\ndata: {"answer":"Lumière 👓 €1"}\n\n' +
  'data:one\rdata: two\r\rid: 7\nretry: 10\nevent: nothing\n\n' +
  'event: cut\ndata: never complete'
const want: ServerEvent[] = [
  { event: 'progress', data: '{"stage":"queued"}' },
  { event: 'answer', data: '{"answer":"Lumière 👓 €1"}' },
  { event: 'message', data: 'one\ntwo' },
]

describe('server-sent events', () => {
  const bytes = new TextEncoder().encode(text)

  it('are the same wherever the bytes are cut in two', () => {
    for (let cut = 0; cut <= bytes.length; cut++) {
      const p = new EventParser()
      expect([...p.push(bytes.slice(0, cut)), ...p.push(bytes.slice(cut))], `cut at ${cut}`).toEqual(want)
    }
  })

  it('are the same byte by byte', () => {
    const p = new EventParser()
    expect(Array.from(bytes).flatMap((b) => p.push(Uint8Array.of(b)))).toEqual(want)
  })

  it('skip a byte order mark', () => {
    expect(new EventParser().push(new TextEncoder().encode('\ufeffdata: x\n\n'))).toEqual([{ event: 'message', data: 'x' }])
  })

  it('cancel the body when the reader has seen enough', async () => {
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull: (c) => c.enqueue(new TextEncoder().encode('data: x\n\n')),
      cancel: () => void (cancelled = true),
    })
    for await (const e of readEvents(body)) {
      expect(e.data).toBe('x')
      break
    }
    expect(cancelled).toBe(true)
  })
})
