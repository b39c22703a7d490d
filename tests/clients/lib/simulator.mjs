// Starts the platform simulator for a test file, and ends it: one process each, on a free loopback port.
// Happy path: `const sim = await startSimulator(...options)`, then sim.url, and `await sim.stop()`, which fails when
// the simulator does not end well. Failure: its own words on stderr are in the error.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { once } from 'node:events'

const PROGRAM = process.env.PLATFORM_SIM
const READY = /^listening on (http:\/\/127\.0\.0\.1:(\d+))$/

export async function startSimulator(...options) {
  if (!PROGRAM) throw new Error('PLATFORM_SIM must name the simulator, for example build/dev/tests/platform-sim/platform-sim')
  const child = spawn(PROGRAM, options, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'exit')
  let said = ''
  child.stderr.on('data', (text) => (said += text))
  const line = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line').then(([text]) => text),
    ended.then(() => ''),
  ])
  const ready = READY.exec(line)
  if (!ready) throw new Error(`the simulator did not start: ${line}${said}`)
  const [, url, port] = ready

  return {
    url,
    port: Number(port),
    get: async (path) => (await fetch(url + path)).text(),
    audit: async () => (await fetch(`${url}/sim/audit`)).json(),
    following: async (platform) => (await (await fetch(`${url}/sim/following?platform=${platform}`)).text()).split('\n').filter(Boolean),
    control: async (what, body) => {
      const answer = await fetch(`${url}/sim/${what}`, { method: 'POST', body: JSON.stringify(body) })
      if (!answer.ok) throw new Error(`/sim/${what}: ${answer.status} ${await answer.text()}`)
    },
    async stop() {
      child.kill('SIGTERM')
      const [code] = await ended
      if (code !== 0) throw new Error(`the simulator ended with ${code}: ${said}`)
    },
  }
}

// The browser of somebody who consents: follows the link, and gives back what the redirect says.
export async function consent(link) {
  const answer = await fetch(link, { redirect: 'manual' })
  if (answer.status !== 302) throw new Error(`${link}: ${answer.status} ${await answer.text()}`)
  return new URL(answer.headers.get('location')).searchParams
}
