// X through its own client, @xdevplatform/xdk.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ApiError, Client, OAuth2, generateCodeVerifier } from '@xdevplatform/xdk'
import { fetchTo, onSimulator } from './lib/elsewhere.mjs'
import { consent, startSimulator } from './lib/simulator.mjs'

const ME = '813286'
const BACK = 'http://127.0.0.1:9/back'
const SCOPE = ['tweet.read', 'users.read', 'follows.read', 'follows.write', 'list.read', 'offline.access']
const id = (n) => String(1000000000 + 7 * n)

const real = globalThis.fetch
let sim
before(async () => {
  sim = await startSimulator('--follows', '25')
  globalThis.fetch = fetchTo(sim, real)
})
after(async () => {
  globalThis.fetch = real
  await sim.stop()
})

const withToken = () => new Client({ accessToken: 'sim-token', baseUrl: sim.url })
const failure = (promise) => promise.then(() => assert.fail('it was not refused'), (error) => error)

test('logs in by OAuth 2 with PKCE, and refreshes', async () => {
  const oauth = new OAuth2({ clientId: 'sim-client', redirectUri: BACK, scope: SCOPE })
  // Unasked it makes one of 171 characters; RFC 7636 allows 128.
  const verifier = generateCodeVerifier(64)
  await oauth.setPkceParameters(verifier)
  const said = await consent(onSimulator(await oauth.getAuthorizationUrl('xyz'), sim))
  assert.equal(said.get('state'), 'xyz')
  const token = await oauth.exchangeCode(said.get('code'), verifier)
  const me = await new Client({ accessToken: token.access_token, baseUrl: sim.url }).users.getMe()
  assert.equal(me.data.id, ME)
  const next = await oauth.refreshToken()
  assert.notEqual(next.access_token, token.access_token)
  await assert.rejects(oauth.refreshToken(token.refresh_token), /status|400/)
})

test('follows the pages of the list to their end', async () => {
  const seen = []
  let paginationToken
  do {
    const page = await withToken().users.getFollowing(ME, {
      maxResults: 10, paginationToken, userFields: ['connection_status', 'public_metrics', 'created_at'],
    })
    assert.equal(page.meta.resultCount, page.data.length)
    seen.push(...page.data)
    paginationToken = page.meta.nextToken
  } while (paginationToken)
  assert.deepEqual(seen.map((user) => user.id), Array.from({ length: 25 }, (_, n) => id(n)))
  assert.ok(seen.every((user) => user.connectionStatus.includes('following')))
})

test('reads followers, users, lists and mentions with the names that X has now', async () => {
  const { users, lists } = withToken()
  assert.ok((await users.getFollowers(ME, { maxResults: 5 })).data.every((user) => user.id))
  assert.deepEqual((await users.getByIds([id(4)])).data.map((user) => user.username), ['user4'])
  const owned = await users.getOwnedLists(ME, { listFields: ['member_count'] })
  const members = await lists.getMembers(owned.data[0].id, { maxResults: 5 })
  assert.ok(members.data.length > 0)
  const mentions = await users.getMentions(ME, { maxResults: 5, postFields: ['created_at'], expansions: ['author_id'] })
  assert.ok(mentions.data.every((post) => /^[0-9]+$/.test(post.authorId)))
})

test('unfollows, and follows again', async () => {
  assert.equal((await withToken().users.unfollowUser(ME, id(0))).data.following, false)
  assert.ok(!(await sim.following('x')).includes(id(0)))
  assert.equal((await withToken().users.followUser(ME, { targetUserId: id(0) })).data.following, true)
  assert.ok((await sim.following('x')).includes(id(0)))
})

test('a field of the names before 2.167 is a 400', async () => {
  const error = await failure(withToken().request('GET', `/2/users/${ME}/mentions?tweet.fields=created_at`))
  assert.ok(error instanceof ApiError)
  assert.equal(error.status, 400)
  assert.match(error.data.errors[0].message, /tweet\.fields/)
})

test('a full window is an error with the status, the headers and the body', async () => {
  await sim.control('limit', { set: 'x/unfollow=1/15m' })
  await withToken().users.unfollowUser(ME, id(1))
  const error = await failure(withToken().users.unfollowUser(ME, id(2)))
  await sim.control('limit', { set: 'off' })
  assert.ok(error instanceof ApiError)
  assert.equal(error.status, 429)
  assert.equal(error.headers.get('x-rate-limit-remaining'), '0')
  assert.equal(error.data.status, 429)
  assert.match(error.headers.get('content-type'), /^application\/problem\+json/)
})

test('a path that is not there is a 404', async () => {
  const error = await failure(withToken().request('GET', '/2/users/1/nothing'))
  assert.equal(error.status, 404)
})
