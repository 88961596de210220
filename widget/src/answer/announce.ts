/** Reads texts out through one polite live region: in order, whole, and never more than one a second. */
export class Announcer {
  private waiting: string[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private last = -Infinity

  constructor(
    private readonly show: (text: string) => void,
    private readonly every = 1500,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Says texts after all that is waiting. */
  say(...texts: string[]): void {
    this.waiting.push(...texts.filter((t) => t !== ''))
    this.next()
  }

  /** Says a text in place of those that wait: what they told is over. */
  interrupt(...texts: string[]): void {
    this.waiting = []
    this.say(...texts)
  }

  close(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    this.waiting = []
  }

  private next(): void {
    if (this.timer !== undefined || this.waiting.length === 0) return
    const wait = this.last + this.every - this.now()
    if (wait > 0) {
      this.timer = setTimeout(() => {
        this.timer = undefined
        this.next()
      }, wait)
      return
    }
    this.last = this.now()
    this.show(this.waiting.shift() as string)
    this.next()
  }
}
