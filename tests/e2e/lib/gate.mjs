// What stands before an AppView: it notes the calls, and lets a test stop the n-th request for a call from now on, and
// kill whoever waits for its answer.
import http from 'node:http'
import { once } from 'node:events'
import { listenOnLoopback } from './control.mjs'

export class Gate {
  requests = []
  held = undefined
  #wanted = undefined

  hold(call, nth) {
    if (!call || !(nth >= 1)) throw new Error('give the call, and which of them')
    this.#wanted = { call, nth }
    this.held = undefined
    return {}
  }

  release() {
    this.held?.go()
    this.held = this.#wanted = undefined
    return {}
  }

  async pass(call) {
    this.requests.push(call)
    if (this.#wanted?.call !== call || --this.#wanted.nth > 0) return
    this.#wanted = undefined
    await new Promise((go) => (this.held = { call, go }))
  }

  toJSON() {
    return { requests: this.requests, held: this.held?.call ?? null }
  }
}

// The same before a server that is not ours: hands everything on to it, past the gate.
export async function startGate(target) {
  const gate = new Gate()
  const server = http.createServer(async (request, response) => {
    try {
      await gate.pass(new URL(request.url, target).pathname.replace('/xrpc/', ''))
      const onward = http.request(new URL(request.url, target), { method: request.method, headers: request.headers, agent: false })
      request.pipe(onward)
      const [answer] = await once(onward, 'response')
      response.writeHead(answer.statusCode, answer.headers)
      answer.pipe(response)
    } catch {
      response.destroy()
    }
  })
  const port = await listenOnLoopback(server, 0)
  return { url: `http://127.0.0.1:${port}`, gate, server }
}
