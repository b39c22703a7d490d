// Runs the winnow binary for a test: a state directory of its own, and an end by force when it takes too long.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const PROGRAM = process.env.WINNOW
const MOST_MS = 60000

export class Winnow {
  constructor() {
    if (!PROGRAM) throw new Error('WINNOW must name the program, for example build/dev/winnow')
    this.folder = mkdtempSync(path.join(tmpdir(), 'winnow-clients-'))
  }

  // Starts it; `input` goes to its standard input, `seen` gets its standard error as it comes.
  async run(args, { input = '', seen, code = 0 } = {}) {
    const env = { ...process.env, WINNOW_STATE: path.join(this.folder, 'state'), TZ: 'UTC' }
    const child = spawn(PROGRAM, args, { env, cwd: this.folder, timeout: MOST_MS, killSignal: 'SIGKILL' })
    let out = ''
    let err = ''
    child.stdout.on('data', (text) => (out += text))
    child.stderr.on('data', (text) => {
      err += text
      seen?.(err)
    })
    child.stdin.on('error', () => {})
    child.stdin.end(input)
    const [status] = await once(child, 'close')
    if (status !== code) throw new Error(`winnow ${args.join(' ')}: exit ${status}, not ${code}\n${err}`)
    return { out, err }
  }

  // A login in the browser, played by `browser`, which gets the address that winnow shows.
  async login(args, browser) {
    let visit
    const seen = (err) => {
      const [link] = /http\S*authorize\?\S*/.exec(err) ?? []
      if (link && !visit) visit = browser(link)
    }
    await this.run(['login', 'obama', '--no-browser', ...args], { seen })
    await visit
  }

  file(name, text) {
    const file = path.join(this.folder, name)
    writeFileSync(file, text)
    return file
  }

  remove() {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
