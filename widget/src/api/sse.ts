// Server-sent events out of a byte stream, as https://html.spec.whatwg.org/multipage/server-sent-events.html reads
// them. EventSource itself cannot send a token or a body.

export interface ServerEvent {
  event: string
  data: string
}

/** Parses bytes that may be cut anywhere: inside a character, between CR and LF, inside a field. */
export class EventParser {
  private readonly decoder = new TextDecoder('utf-8')
  private line = ''
  private afterCR = false
  private event = ''
  private data: string[] = []

  /** The events that are complete with these bytes. One without its empty line at the end of a stream is dropped. */
  push(bytes: Uint8Array): ServerEvent[] {
    const done: ServerEvent[] = []
    for (const c of this.decoder.decode(bytes, { stream: true })) {
      if (c === '\n' && this.afterCR) {
        this.afterCR = false
        continue
      }
      this.afterCR = c === '\r'
      if (c !== '\n' && c !== '\r') {
        this.line += c
        continue
      }
      const event = this.endLine()
      if (event) done.push(event)
    }
    return done
  }

  private endLine(): ServerEvent | undefined {
    const line = this.line
    this.line = ''
    if (line === '') {
      const event = this.data.length > 0 ? { event: this.event || 'message', data: this.data.join('\n') } : undefined
      this.event = ''
      this.data = []
      return event
    }
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    let value = colon < 0 ? '' : line.slice(colon + 1)
    if (value.startsWith(' ')) value = value.slice(1)
    if (field === 'event') this.event = value
    if (field === 'data') this.data.push(value)
    return undefined // an empty field is a comment, such as a ping
  }
}

/** Reads a body to its end, event by event. Leaving the loop early cancels the body. */
export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerEvent> {
  const reader = body.getReader()
  const parser = new EventParser()
  let over = false
  try {
    for (;;) {
      const { done, value } = await reader.read()
      over = done
      if (done) return
      yield* parser.push(value)
    }
  } finally {
    if (!over) await reader.cancel().catch(() => undefined)
  }
}
