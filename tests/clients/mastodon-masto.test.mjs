// Mastodon through masto.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { MastoHttpError, createOAuthAPIClient, createRestAPIClient } from 'masto'
import { consent, startSimulator } from './lib/simulator.mjs'

const ME = '108190000000000001'
const BACK = 'http://127.0.0.1:9/back'
const SCOPES = 'read write:follows'
const id = (n) => String(1000000000 + 7 * n)

let sim
before(async () => (sim = await startSimulator('--follows', '100')))
after(() => sim.stop())

const client = (accessToken = 'sim-token') => createRestAPIClient({ url: sim.url, accessToken })
const failure = (promise) => promise.then(() => assert.fail('it was not refused'), (error) => error)

test('registers an app, logs in with it, and revokes', async () => {
  const app = await createRestAPIClient({ url: sim.url }).v1.apps.create({
    clientName: 'winnow', redirectUris: BACK, scopes: SCOPES, website: 'https://winnow.example',
  })
  assert.equal(app.name, 'winnow')
  assert.ok(app.id && app.clientId && app.clientSecret)

  const query = new URLSearchParams({ response_type: 'code', client_id: app.clientId, redirect_uri: BACK, scope: SCOPES })
  const said = await consent(`${sim.url}/oauth/authorize?${query}`)
  const token = await createOAuthAPIClient({ url: sim.url }).token.create({
    grantType: 'authorization_code', clientId: app.clientId, clientSecret: app.clientSecret,
    redirectUri: BACK, code: said.get('code'), scope: SCOPES,
  })
  assert.equal(token.tokenType, 'Bearer')
  assert.equal(typeof token.createdAt, 'number')
  assert.equal((await client(token.accessToken).v1.accounts.verifyCredentials()).id, ME)

  await createOAuthAPIClient({ url: sim.url }).revoke.create({
    clientId: app.clientId, clientSecret: app.clientSecret, token: token.accessToken,
  })
  assert.equal((await failure(client(token.accessToken).v1.accounts.verifyCredentials())).statusCode, 401)
})

test('an app is registered by a form as well, and not without a name', async () => {
  const asked = { redirect_uris: BACK, scopes: SCOPES }
  const register = (body) => fetch(`${sim.url}/api/v1/apps`, { method: 'POST', body: new URLSearchParams(body) })
  const app = await (await register({ ...asked, client_name: 'winnow' })).json()
  assert.ok(app.client_id)
  assert.equal((await register(asked)).status, 422)
})

test('follows the pages of the list to their end, newest first', async () => {
  const seen = []
  for await (const page of client().v1.accounts.$select(ME).following.list({ limit: 30 })) seen.push(...page)
  assert.deepEqual(seen.map((account) => account.id), Array.from({ length: 100 }, (_, n) => id(99 - n)))
  for (const account of seen) {
    assert.ok(account.acct && account.url && !Number.isNaN(Date.parse(account.createdAt)))
    assert.ok(Array.isArray(account.fields) && Array.isArray(account.emojis))
    assert.equal(typeof account.avatar, 'string')
  }
})

test('reads relationships, lists, notifications and conversations', async () => {
  const rows = await client().v1.accounts.relationships.fetch({ id: [id(0), id(1)] })
  assert.deepEqual(rows.map((row) => [row.id, row.following]), [[id(0), true], [id(1), true]])
  const lists = await client().v1.lists.list()
  assert.ok(lists.length > 0)
  const members = await client().v1.lists.$select(lists[0].id).accounts.list()
  assert.ok(members.every((account) => account.acct))
  const notifications = await client().v1.notifications.list({ limit: 10 })
  assert.ok(notifications.every((one) => one.account.id && one.type && one.createdAt))
  const conversations = await client().v1.conversations.list()
  assert.ok(conversations.every((one) => one.accounts.length > 0 && one.lastStatus.createdAt))
  assert.equal((await client().v1.accounts.lookup({ acct: 'user5' })).id, id(5))
})

test('unfollows, and follows again', async () => {
  const gone = await client().v1.accounts.$select(id(0)).unfollow()
  assert.equal(gone.following, false)
  assert.ok(!(await sim.following('mastodon')).includes(id(0)))
  const back = await client().v1.accounts.$select(id(0)).follow({ reblogs: true, notify: false })
  assert.equal(back.following, true)
  assert.ok((await sim.following('mastodon')).includes(id(0)))
})

test('nobody is a 404, a full window a 429', async () => {
  const missing = await failure(client().v1.accounts.$select('5').unfollow())
  assert.ok(missing instanceof MastoHttpError)
  assert.equal(missing.statusCode, 404)
  assert.equal(missing.message, 'Record not found')

  await sim.control('limit', { set: 'mastodon/all=1/5m' })
  await client().v1.accounts.verifyCredentials()
  const full = await failure(client().v1.accounts.$select(id(1)).unfollow())
  await sim.control('limit', { set: 'off' })
  assert.ok(full instanceof MastoHttpError)
  assert.equal(full.statusCode, 429)
  assert.equal(full.message, 'Too many requests')
})
