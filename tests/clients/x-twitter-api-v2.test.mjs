// X through twitter-api-v2, the client most programs use.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { ApiResponseError, TwitterApi } from 'twitter-api-v2'
import { agentTo, onSimulator } from './lib/elsewhere.mjs'
import { consent, startSimulator } from './lib/simulator.mjs'

const ME = '813286'
const BACK = 'http://127.0.0.1:9/back'
const SCOPE = ['tweet.read', 'users.read', 'follows.read', 'follows.write', 'offline.access']
const id = (n) => String(1000000000 + 7 * n)

let sim
let settings
before(async () => {
  sim = await startSimulator('--follows', '25')
  settings = { httpAgent: agentTo(sim) }
})
after(() => sim.stop())

const withToken = () => new TwitterApi('sim-token', settings)

async function login(app) {
  const link = app.generateOAuth2AuthLink(BACK, { scope: SCOPE })
  const said = await consent(onSimulator(link.url, sim))
  assert.equal(said.get('state'), link.state)
  return app.loginWithOAuth2({ code: said.get('code'), codeVerifier: link.codeVerifier, redirectUri: BACK })
}

const failure = (promise) => promise.then(() => assert.fail('it was not refused'), (error) => error)

test('logs in by OAuth 2 with PKCE, refreshes, and revokes', async () => {
  const app = new TwitterApi({ clientId: 'sim-client' }, settings)
  const session = await login(app)
  assert.deepEqual([...session.scope].sort(), [...SCOPE].sort())
  assert.equal(session.expiresIn, 7200)
  assert.equal((await session.client.v2.me()).data.id, ME)

  const next = await app.refreshOAuth2Token(session.refreshToken)
  assert.notEqual(next.accessToken, session.accessToken)
  assert.equal((await next.client.v2.me()).data.username, 'sim')
  // A refresh token is good once.
  const again = await failure(app.refreshOAuth2Token(session.refreshToken))
  assert.ok(again instanceof ApiResponseError)
  assert.equal(again.code, 400)

  await app.revokeOAuth2Token(next.accessToken)
  const ended = await failure(next.client.v2.me())
  assert.equal(ended.code, 401)
})

test('logs in with an app that has a secret, and not with another secret', async () => {
  const own = await startSimulator('--client-secret', 's3cr3t')
  try {
    const login = async (clientSecret) => {
      const app = new TwitterApi({ clientId: 'sim-client', clientSecret }, { httpAgent: agentTo(own) })
      const link = app.generateOAuth2AuthLink(BACK, { scope: SCOPE })
      const said = await consent(onSimulator(link.url, own))
      return app.loginWithOAuth2({ code: said.get('code'), codeVerifier: link.codeVerifier, redirectUri: BACK })
    }
    assert.equal((await failure(login('another'))).code, 401)
    assert.equal((await (await login('s3cr3t')).client.v2.me()).data.id, ME)
  } finally {
    await own.stop()
  }
})

test('a wrong code is refused', async () => {
  const app = new TwitterApi({ clientId: 'sim-client' }, settings)
  const { codeVerifier } = app.generateOAuth2AuthLink(BACK, { scope: SCOPE })
  const error = await failure(app.loginWithOAuth2({ code: 'no', codeVerifier, redirectUri: BACK }))
  assert.equal(error.code, 400)
})

test('follows the pages of the list to their end', async () => {
  const fields = ['connection_status', 'created_at', 'public_metrics', 'protected', 'verified']
  const pages = await withToken().v2.following(ME, { asPaginator: true, max_results: 10, 'user.fields': fields })
  const seen = []
  for await (const user of pages) seen.push(user)
  assert.deepEqual(seen.map((user) => user.id), Array.from({ length: 25 }, (_, n) => id(n)))
  for (const user of seen) {
    assert.ok(user.connection_status.includes('following'))
    assert.ok(!Number.isNaN(Date.parse(user.created_at)))
    assert.equal(typeof user.public_metrics.followers_count, 'number')
  }
})

test('looks users up by id and by name, and is told who is missing', async () => {
  const users = await withToken().v2.users([id(3), '5'])
  assert.deepEqual(users.data.map((user) => user.username), ['user3'])
  assert.deepEqual(users.errors.map((error) => [error.value, error.title]), [['5', 'Not Found Error']])
  const named = await withToken().v2.usersByUsernames(['USER4'])
  assert.deepEqual(named.data.map((user) => user.id), [id(4)])
})

test('unfollows, and follows again', async () => {
  assert.deepEqual((await withToken().v2.unfollow(ME, id(0))).data, { following: false })
  assert.ok(!(await sim.following('x')).includes(id(0)))
  assert.deepEqual((await withToken().v2.follow(ME, id(0))).data, { following: true, pending_follow: false })
  assert.ok((await sim.following('x')).includes(id(0)))
})

test('a parameter that X does not know is a 400 that names it', async () => {
  const error = await failure(withToken().v2.get(`users/${ME}/following`, { max_result: '10' }))
  assert.ok(error instanceof ApiResponseError)
  assert.equal(error.code, 400)
  assert.match(error.data.errors[0].message, /max_result/)
  assert.match(error.data.type, /\/problems\/invalid-request$/)
})

test('a full window is an error that says when it opens again', async () => {
  await sim.control('limit', { set: 'x/unfollow=2/15m' })
  await withToken().v2.unfollow(ME, id(1))
  await withToken().v2.unfollow(ME, id(2))
  const error = await failure(withToken().v2.unfollow(ME, id(3)))
  await sim.control('limit', { set: 'off' })
  assert.ok(error instanceof ApiResponseError)
  assert.equal(error.code, 429)
  assert.ok(error.rateLimitError)
  assert.equal(error.rateLimit.limit, 2)
  assert.equal(error.rateLimit.remaining, 0)
  assert.ok(error.rateLimit.reset * 1000 > Date.now())
})

test('a token that is not known is a 401', async () => {
  const error = await failure(new TwitterApi('nobody', settings).v2.me())
  assert.ok(error.isAuthError || error.code === 401)
})
