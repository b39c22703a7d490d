// Records how the real PDS answers: one file for each class of answer in recorded/bluesky/, with status line, headers
// and body, for the adapter's unit tests. Starts its own servers. Tokens are shortened, nothing else is touched,
// except that Content-Length follows, and that a chunked body is written down in one piece.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { login, xrpc } from './lib/client.mjs'
import { readJson } from './lib/files.mjs'
import { fakeDid, followRecords } from './lib/random.mjs'

const here = path.dirname(fileURLToPath(import.meta.url))
const outDir = path.join(here, 'recorded/bluesky')
const FOLLOWS = 400
const COLLECTION = 'app.bsky.graph.follow'
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

async function startServer(stateDir, ...args) {
  const child = spawn(process.execPath, [path.join(here, 'pds.mjs'), stateDir, '--follows', String(FOLLOWS),
    '--twice', '0', '--max-seconds', '120', ...args], { stdio: 'inherit' })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  for (let i = 0; i < 600; i += 1) {
    const server = readJson(path.join(stateDir, 'ready.json'))
    if (server) return { ...server, stop: () => (child.kill('SIGTERM'), ended) }
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`)
    await pause(100)
  }
  child.kill('SIGTERM')
  throw new Error('the server did not get ready')
}

// As it comes: fetch() would lower the names of the headers and merge them.
function send(server, method, call, { params, body, token } = {}) {
  const url = new URL(`/xrpc/${call}?${new URLSearchParams(params ?? {})}`, server.url)
  const headers = { 'user-agent': 'winnow-e2e' }
  if (token) headers.authorization = `Bearer ${token}`
  const payload = typeof body === 'string' || body === undefined ? body : JSON.stringify(body)
  if (payload !== undefined) {
    headers['content-type'] = 'application/json'
    headers['content-length'] = Buffer.byteLength(payload)
  }
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => resolve({ response, text: Buffer.concat(chunks).toString('utf8') }))
    })
    request.on('error', reject)
    request.end(payload)
  })
}

const shortened = (text) => text.replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, (token) => {
  const { typ } = JSON.parse(Buffer.from(token.split('.')[0], 'base64url'))
  return `eyJ.${typ.replace(/[^a-z]/g, '-')}.shortened`
})

// apply-writes-500-missing-rkey.http: what was asked, the status, why.
function save(what, why, { response, text }) {
  const name = [what, response.statusCode, why].filter(Boolean).join('-')
  const body = shortened(text)
  const lines = [`HTTP/${response.httpVersion} ${response.statusCode} ${response.statusMessage}`]
  for (let i = 0; i < response.rawHeaders.length; i += 2) {
    const header = response.rawHeaders[i]
    const value = /^content-length$/i.test(header) ? Buffer.byteLength(body) : response.rawHeaders[i + 1]
    lines.push(`${header}: ${value}`)
  }
  writeFileSync(path.join(outDir, `${name}.http`), lines.join('\r\n') + '\r\n\r\n' + body)
  console.log(`${name}: ${body.slice(0, 110)}`)
  return text ? JSON.parse(text) : {}
}

const deletes = (server, rkeys) => ({
  repo: server.did,
  writes: rkeys.map((rkey) => ({ $type: 'com.atproto.repo.applyWrites#delete', collection: COLLECTION, rkey })),
})
const one = (server, rkey) => ({ repo: server.did, collection: COLLECTION, rkey })
const credentials = (server, password = server.app_password) => ({ identifier: server.handle, password })

// The classes that no limit disturbs.
async function recordAnswers(server) {
  const say = async (what, why, method, call, options) => save(what, why, await send(server, method, call, options))
  const rkeys = followRecords('1', FOLLOWS, 0).map((record) => record.rkey)
  const createSession = 'com.atproto.server.createSession'
  const refreshSession = 'com.atproto.server.refreshSession'
  const applyWrites = 'com.atproto.repo.applyWrites'
  const deleteRecord = 'com.atproto.repo.deleteRecord'
  const listRecords = 'com.atproto.repo.listRecords'

  const session = await say('create-session', '', 'POST', createSession, { body: credentials(server) })
  const token = session.accessJwt
  await say('create-session', 'wrong-password', 'POST', createSession, { body: credentials(server, 'wrong') })
  await say('create-session', 'unknown-account', 'POST', createSession, { body: { identifier: 'no.pds.test', password: 'x' } })
  await say('get-session', '', 'GET', 'com.atproto.server.getSession', { token })
  await say('refresh-session', 'access-token', 'POST', refreshSession, { token })
  await say('refresh-session', 'with-body', 'POST', refreshSession, { token: session.refreshJwt, body: {} })
  await say('refresh-session', '', 'POST', refreshSession, { token: session.refreshJwt })
  await say('refresh-session', 'again-in-grace', 'POST', refreshSession, { token: session.refreshJwt })

  const page = { repo: server.did, collection: COLLECTION, limit: 3, reverse: true }
  await say('list-records', '', 'GET', listRecords, { params: page })
  await say('list-records', 'last', 'GET', listRecords, { params: { ...page, cursor: rkeys.at(-3) } })
  await say('list-records', 'empty', 'GET', listRecords, { params: { ...page, cursor: rkeys.at(-1) } })
  await say('list-records', 'limit-101', 'GET', listRecords, { params: { ...page, limit: 101 } })
  await say('list-records', 'unknown-repo', 'GET', listRecords, { params: { ...page, repo: fakeDid('1', 'nobody') } })
  await say('list-records', 'bad-token', 'GET', listRecords, { params: page, token: 'not.a.token' })
  await say('get-follows', 'no-service', 'GET', 'app.bsky.graph.getFollows', { params: { actor: server.did }, token })
  const others = { actor: server.did, others: fakeDid('1', 0) }
  await say('get-relationships', 'no-service', 'GET', 'app.bsky.graph.getRelationships', { params: others, token })

  await say('apply-writes', '', 'POST', applyWrites, { token, body: deletes(server, rkeys.slice(0, 2)) })
  await say('apply-writes', 'missing-rkey', 'POST', applyWrites, { token, body: deletes(server, [rkeys[5], rkeys[0]]) })
  await say('apply-writes', 'same-rkey-twice', 'POST', applyWrites, { token, body: deletes(server, [rkeys[5], rkeys[5]]) })
  await say('apply-writes', 'too-many', 'POST', applyWrites, { token, body: deletes(server, rkeys.slice(10, 211)) })
  await say('apply-writes', 'nothing', 'POST', applyWrites, { token, body: deletes(server, []) })
  await say('apply-writes', 'bad-json', 'POST', applyWrites, { token, body: '{"repo":' })
  const swapCommit = 'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a'
  await say('apply-writes', 'invalid-swap', 'POST', applyWrites, { token, body: { ...deletes(server, [rkeys[5]]), swapCommit } })
  await say('apply-writes', 'no-token', 'POST', applyWrites, { body: deletes(server, [rkeys[5]]) })
  await say('apply-writes', 'bad-token', 'POST', applyWrites, { token: 'not.a.token', body: deletes(server, [rkeys[5]]) })
  await say('apply-writes', 'other-repo', 'POST', applyWrites, { token, body: { ...deletes(server, [rkeys[5]]), repo: fakeDid('1', 'nobody') } })

  await say('delete-record', '', 'POST', deleteRecord, { token, body: one(server, rkeys[2]) })
  await say('delete-record', 'already-gone', 'POST', deleteRecord, { token, body: one(server, rkeys[2]) })
  await say('delete-record', 'bad-token', 'POST', deleteRecord, { token: 'not.a.token', body: one(server, rkeys[3]) })
  const record = { $type: COLLECTION, subject: fakeDid('1', 0), createdAt: '2024-01-01T00:00:00.000Z' }
  await say('create-record', '', 'POST', 'com.atproto.repo.createRecord', { token, body: { repo: server.did, collection: COLLECTION, record } })
  await say('unknown-method', '', 'POST', 'com.atproto.repo.noSuchMethod', { token, body: {} })

  await fetch(new URL('/access-life?seconds=1', server.control), { method: 'POST' })
  const short = await xrpc(server, createSession, { body: credentials(server) })
  await pause(2100)
  await say('apply-writes', 'expired-token', 'POST', applyWrites, { token: short.accessJwt, body: deletes(server, [rkeys[5]]) })
  await say('delete-record', 'expired-token', 'POST', deleteRecord, { token: short.accessJwt, body: one(server, rkeys[5]) })
  await fetch(new URL('/access-life?seconds=7200', server.control), { method: 'POST' })

  // Deactivated by its owner, then taken down by the administrator, with tokens from before.
  const full = await login(server)
  await xrpc(server, 'com.atproto.server.deactivateAccount', { token: full, body: {} })
  await say('apply-writes', 'deactivated', 'POST', applyWrites, { token, body: deletes(server, [rkeys[5]]) })
  await say('list-records', 'deactivated', 'GET', listRecords, { params: page })
  await say('create-session', 'deactivated', 'POST', createSession, { body: credentials(server) })
  await fetch(new URL('/xrpc/com.atproto.server.activateAccount', server.url), { method: 'POST', headers: { authorization: `Bearer ${full}` } })
  await fetch(new URL('/xrpc/com.atproto.admin.updateSubjectStatus', server.url), {
    method: 'POST',
    headers: {
      authorization: 'Basic ' + Buffer.from(`admin:${server.admin_password}`).toString('base64'),
      'content-type': 'application/json',
    },
    body: JSON.stringify({ subject: { $type: 'com.atproto.admin.defs#repoRef', did: server.did }, takedown: { applied: true, ref: '1' } }),
  })
  await say('apply-writes', 'taken-down', 'POST', applyWrites, { token, body: deletes(server, [rkeys[5]]) })
  await say('delete-record', 'taken-down', 'POST', deleteRecord, { token, body: one(server, rkeys[5]) })
  await say('list-records', 'taken-down', 'GET', listRecords, { params: page })
  await say('create-session', 'taken-down', 'POST', createSession, { body: credentials(server) })
  await say('refresh-session', 'taken-down', 'POST', refreshSession, { token: session.refreshJwt })
}

// The answers of a limit that is full: of points, of logins, and of requests from one address.
async function recordRefusals(server) {
  const say = async (what, why, method, call, options) => save(what, why, await send(server, method, call, options))
  const rkeys = followRecords('1', FOLLOWS, 0).map((record) => record.rkey)
  const { accessJwt: token, refreshJwt } = await xrpc(server, 'com.atproto.server.createSession', { body: credentials(server) })
  const applyWrites = 'com.atproto.repo.applyWrites'

  await say('apply-writes', 'budget-half', 'POST', applyWrites, { token, body: deletes(server, rkeys.slice(0, 50)) })
  await say('apply-writes', 'batch', 'POST', applyWrites, { token, body: deletes(server, rkeys.slice(50, 150)) })
  await say('delete-record', '', 'POST', 'com.atproto.repo.deleteRecord', { token, body: one(server, rkeys[50]) })
  for (let i = 0; i < 3; i += 1) await send(server, 'POST', 'com.atproto.server.createSession', { body: credentials(server) })
  await say('create-session', '', 'POST', 'com.atproto.server.createSession', { body: credentials(server) })
  const params = { repo: server.did, collection: COLLECTION, limit: 1 }
  for (let i = 0; i < 30; i += 1) await send(server, 'GET', 'com.atproto.repo.listRecords', { params })
  await say('list-records', 'address', 'GET', 'com.atproto.repo.listRecords', { params })
  await say('refresh-session', 'address', 'POST', 'com.atproto.server.refreshSession', { token: refreshJwt })
}

// What the PDS makes of the AppView's refusals.
async function recordHandedOn(server) {
  const say = async (what, why, method, call, options) => save(what, why, await send(server, method, call, options))
  const token = await login(server)
  const make = async (name) => {
    const body = { handle: `${name}.pds.test`, password: 'handed-on', email: `${name}@example.test` }
    return xrpc(server, 'com.atproto.server.createAccount', { body })
  }
  const [gone, away] = [await make('gone'), await make('away')]
  const subject = { $type: 'com.atproto.admin.defs#repoRef', did: gone.did }
  const body = { subject, takedown: { applied: true, ref: '1' } }
  await xrpc(server, 'com.atproto.admin.updateSubjectStatus', { admin: server.admin_password, body })
  await xrpc(server, 'com.atproto.server.deactivateAccount', { token: away.accessJwt, body: {} })

  await fetch(new URL('/appview-look', server.control), { method: 'POST' })
  const getProfile = 'app.bsky.actor.getProfile'
  await say('get-profile', 'taken-down', 'GET', getProfile, { params: { actor: gone.did }, token })
  await say('get-profile', 'deactivated', 'GET', getProfile, { params: { actor: away.did }, token })
  await say('get-profile', 'not-found', 'GET', getProfile, { params: { actor: fakeDid('1', 0) }, token })
  await say('get-profile', 'no-token', 'GET', getProfile, { params: { actor: gone.did } })
}

const stateDir = mkdtempSync(path.join(os.tmpdir(), 'winnow-record-'))
let server
try {
  rmSync(outDir, { recursive: true, force: true })
  mkdirSync(outDir, { recursive: true })
  server = await startServer(path.join(stateDir, 'answers'))
  await recordAnswers(server)
  await server.stop()
  server = await startServer(path.join(stateDir, 'refusals'), '--limit', 'repo-write-hour=100/60',
    '--limit', 'com.atproto.server.createSession-1=3/60', '--limit', 'global-ip=30/60')
  await recordRefusals(server)
  await server.stop()
  server = await startServer(path.join(stateDir, 'handed-on'), '--appview')
  await recordHandedOn(server)
} finally {
  await server?.stop()
  rmSync(stateDir, { recursive: true, force: true })
}
