// Gives the PDS's hard-coded rate limits other numbers, and keeps the books of what they granted and refused.
// Must run before the PDS is loaded: it replaces the limiter class that the PDS will construct.
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

// "repo-write-hour=600/3" -> ['repo-write-hour', { points: 600, seconds: 3 }]
export function parseLimit(text) {
  const match = /^([\w.-]+)=(\d+)\/(\d+)s?$/.exec(text)
  if (!match || match[2] === '0' || match[3] === '0') {
    throw new Error(`--limit ${text}: write NAME=POINTS/SECONDS, for example repo-write-hour=600/3`)
  }
  return [match[1], { points: Number(match[2]), seconds: Number(match[3]) }]
}

// One ledger holds a book for each limiter: its numbers, the totals, and every window it opened.
export class Ledger {
  books = new Map()

  open(name, points, seconds) {
    const book = { name, points, seconds, calls: 0, consumed: 0, rejected: 0, max_in_window: 0, windows: [] }
    this.books.set(name, book)
    return book
  }

  clear() {
    for (const book of this.books.values()) {
      Object.assign(book, { calls: 0, consumed: 0, rejected: 0, max_in_window: 0, windows: [] })
    }
  }

  toJSON() {
    return [...this.books.values()].filter((book) => book.calls > 0)
  }
}

// A call that is refused still counts in its window: the limiter adds first and compares then.
function enter(book, key, points, result, refused) {
  let window = book.windows.findLast((w) => w.key === key)
  if (!window || result.isFirstInDuration) {
    window = { key, opened_ms: Date.now(), calls: 0, consumed: 0, rejected: 0 }
    book.windows.push(window)
  }
  book.calls += 1
  window.calls += 1
  window.consumed = result.consumedPoints
  if (refused) {
    book.rejected += 1
    window.rejected += 1
    return
  }
  book.consumed += points
  book.max_in_window = Math.max(book.max_in_window, result.consumedPoints)
}

export function wrapLimiters(overrides, ledger) {
  // The copy that the PDS's server library loads, wherever npm has put it.
  const fromServer = createRequire(require.resolve('@atproto/xrpc-server'))
  const flexible = fromServer('rate-limiter-flexible')
  const Original = flexible.RateLimiterMemory

  flexible.RateLimiterMemory = class extends Original {
    constructor(options) {
      const name = options.keyPrefix.replace(/^rl-/, '')
      const other = overrides.get(name)
      super(other ? { ...options, points: other.points, duration: other.seconds } : options)
      this.book = ledger.open(name, this.points, this.duration)
    }

    async consume(key, points = 1, options = {}) {
      try {
        const result = await super.consume(key, points, options)
        enter(this.book, key, points, result, false)
        return result
      } catch (result) {
        if (result instanceof Error) throw result
        enter(this.book, key, points, result, true)
        throw result
      }
    }
  }
}
