// Stands between a program and the simulator, hands everything on as it is, and keeps both sides of it.
// Happy path: `const recorder = await startRecorder(sim)`, then recorder.url, recorder.exchanges, recorder.stop().
// Failure: what the simulator cuts is cut for the program too, and not kept.
import http from 'node:http'
import { once } from 'node:events'

async function text(stream) {
  const parts = []
  for await (const part of stream) parts.push(part)
  return Buffer.concat(parts)
}

export async function startRecorder(sim) {
  const exchanges = []

  async function pass(request, response) {
    const body = await text(request)
    const onward = http.request(sim.url + request.url, { method: request.method, headers: request.headers, agent: false })
    onward.end(body)
    const [answer] = await once(onward, 'response')
    const answered = await text(answer)
    const url = new URL(request.url, 'http://simulator')
    exchanges.push({
      method: request.method,
      path: url.pathname,
      query: [...url.searchParams],
      requestHeaders: request.headers,
      requestBody: body.toString(),
      status: answer.statusCode,
      headers: answer.headers,
      body: answered.toString(),
    })
    response.writeHead(answer.statusCode, answer.rawHeaders)
    response.end(answered)
  }

  const server = http.createServer((request, response) => pass(request, response).catch(() => response.destroy()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    exchanges,
    async stop() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
