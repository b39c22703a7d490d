// A second, tiny HTTP endpoint beside the PDS: what its limiters granted and refused, which requests came in,
// and a switch for the life of access tokens. On a loopback port of its own, for the tests alone.
import http from 'node:http'

const MOST_REQUESTS = 20000

// Notes each request that reaches the PDS without the bypass key; those with it are the tests' own.
export function recordRequests(server, bypassKey) {
  const requests = []
  server.on('request', (request, response) => {
    if (request.headers['x-ratelimit-bypass'] === bypassKey) return
    const entry = { at_ms: Date.now(), method: request.method, call: request.url.split('?')[0].replace('/xrpc/', '') }
    response.on('close', () => {
      entry.status = response.writableFinished ? response.statusCode : 0
      entry.ms = Date.now() - entry.at_ms
    })
    requests.push(entry)
    if (requests.length > MOST_REQUESTS) requests.shift()
  })
  return requests
}

export async function startControl({ ledger, tokens, requests, appview }) {
  const gate = appview?.gate
  const routes = {
    'GET /limits': () => ledger,
    'GET /requests': () => requests,
    'GET /tokens': () => tokens,
    // It hears of everything by itself, a moment later; this waits for that moment.
    'POST /appview-look': () => appview?.refresh(),
    'POST /appview-takedown': (url) => appview.takedown(url.searchParams.get('did')),
    'GET /appview': () => gate ?? null,
    'POST /appview-hold': (url) => gate.hold(url.searchParams.get('call'), Number(url.searchParams.get('nth') ?? 1)),
    'POST /appview-release': () => gate.release(),
    'POST /reset': () => {
      ledger.clear()
      requests.length = 0
      return {}
    },
    'POST /access-life': (url) => {
      const seconds = Number(url.searchParams.get('seconds'))
      if (!Number.isInteger(seconds) || seconds < 1) throw new Error('seconds must be a whole number of at least 1')
      tokens.seconds = seconds
      return tokens
    },
  }
  const server = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1')
    const route = routes[`${request.method} ${url.pathname}`]
    try {
      const answer = route ? ((await route(url)) ?? {}) : { error: `no ${request.method} ${url.pathname}` }
      response.writeHead(route ? 200 : 404, { 'content-type': 'application/json' })
      response.end(JSON.stringify(answer) + '\n')
    } catch (error) {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: error.message }) + '\n')
    }
  })
  await listenOnLoopback(server, 0)
  return server
}

export function listenOnLoopback(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve(server.address().port)
    })
  })
}
