import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Announcer } from '../src/answer/announce'

describe('the announcer', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  function listen() {
    const said: { at: number; text: string }[] = []
    return { said, a: new Announcer((text) => said.push({ at: Date.now(), text }), 1000, () => Date.now()) }
  }

  it('says everything once, in order, one a second', () => {
    const { said, a } = listen()
    a.say('one', 'two', '', 'three')
    vi.advanceTimersByTime(100)
    a.say('four')
    vi.advanceTimersByTime(10_000)
    expect(said.map((s) => s.text)).toEqual(['one', 'two', 'three', 'four'])
    for (let i = 1; i < said.length; i++) expect(said[i].at - said[i - 1].at).toBeGreaterThanOrEqual(1000)
  })

  it('drops what is over', () => {
    const { said, a } = listen()
    a.say('queued', 'reading', 'writing')
    a.interrupt('The answer.')
    vi.advanceTimersByTime(10_000)
    expect(said.map((s) => s.text)).toEqual(['queued', 'The answer.'])
  })

  it('is silent once closed', () => {
    const { said, a } = listen()
    a.say('one', 'two')
    a.close()
    vi.advanceTimersByTime(10_000)
    expect(said.map((s) => s.text)).toEqual(['one'])
    expect(vi.getTimerCount()).toBe(0)
  })
})
