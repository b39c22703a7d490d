// GitHub through its own client, @octokit/rest.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Octokit } from '@octokit/rest'
import { RequestError } from '@octokit/request-error'
import { startSimulator } from './lib/simulator.mjs'

let sim
before(async () => (sim = await startSimulator('--follows', '70', '--limit', 'github/write=off')))
after(() => sim.stop())

const silent = Object.fromEntries(['debug', 'info', 'warn', 'error'].map((level) => [level, () => {}]))
const client = (auth = 'sim-token') => new Octokit({ auth, baseUrl: sim.url, log: silent })
const failure = (promise) => promise.then(() => assert.fail('it was not refused'), (error) => error)

test('knows whose token it is', async () => {
  const { data, headers } = await client().users.getAuthenticated()
  assert.equal(data.login, 'sim')
  assert.equal(data.id, 813286)
  assert.equal(headers['x-ratelimit-resource'], 'core')
  const error = await failure(client('nobody').users.getAuthenticated())
  assert.ok(error instanceof RequestError)
  assert.equal(error.status, 401)
  assert.match(error.message, /^Bad credentials/)
})

test('follows the pages of both lists to their end', async () => {
  const followed = await client().paginate(client().users.listFollowedByAuthenticatedUser, { per_page: 30 })
  assert.deepEqual(followed.map((user) => user.login), Array.from({ length: 70 }, (_, n) => `user${n}`))
  assert.ok(followed.every((user) => Number.isInteger(user.id) && user.type === 'User'))
  const followers = await client().paginate(client().users.listFollowersForAuthenticatedUser, { per_page: 3 })
  assert.equal(new Set(followers.map((user) => user.id)).size, followers.length)
})

test('unfollows, and follows again', async () => {
  const { users } = client()
  assert.equal((await users.checkPersonIsFollowedByAuthenticated({ username: 'user3' })).status, 204)
  assert.equal((await users.unfollow({ username: 'user3' })).status, 204)
  assert.equal((await failure(users.checkPersonIsFollowedByAuthenticated({ username: 'user3' }))).status, 404)
  assert.equal((await users.follow({ username: 'user3' })).status, 204)
  assert.equal((await users.checkPersonIsFollowedByAuthenticated({ username: 'user3' })).status, 204)
})

test('finds one by name and by id; nobody is a 404', async () => {
  const { data } = await client().users.getByUsername({ username: 'user9' })
  const same = await client().request('GET /user/{account_id}', { account_id: data.id })
  assert.equal(same.data.login, 'user9')
  const error = await failure(client().users.getByUsername({ username: 'nobody' }))
  assert.ok(error instanceof RequestError)
  assert.equal(error.status, 404)
  assert.ok(error.response.data.documentation_url)
})

test('too many writes are refused with the time to wait, a full hour with its reset', async () => {
  await sim.control('limit', { set: 'github/write=1/1m' })
  await client().users.unfollow({ username: 'user1' })
  const secondary = await failure(client().users.unfollow({ username: 'user2' }))
  await sim.control('limit', { set: 'off' })
  assert.ok(secondary instanceof RequestError)
  assert.ok([403, 429].includes(secondary.status))
  assert.match(secondary.message, /secondary rate limit/)
  assert.ok(Number(secondary.response.headers['retry-after']) > 0)

  await sim.control('limit', { set: 'github/core=1/1h' })
  await client().users.getAuthenticated()
  const primary = await failure(client().users.getAuthenticated())
  await sim.control('limit', { set: 'off' })
  assert.equal(primary.status, 403)
  assert.equal(primary.response.headers['x-ratelimit-remaining'], '0')
})
