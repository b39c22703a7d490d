// Bluesky through its own client, @atproto/api, which checks every answer against its lexicons: an answer that is not
// valid is an error of its own kind (XRPCInvalidResponseError), so each call that ends well says that it is.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { AtpAgent, AtUri } from '@atproto/api'
import { XRPCError } from '@atproto/xrpc'
import { CID } from 'multiformats/cid'
import { startSimulator } from './lib/simulator.mjs'

const FOLLOW = 'app.bsky.graph.follow'
const LOGIN = { identifier: 'sim.test', password: 'sim-password' }

let sim
before(async () => (sim = await startSimulator('--follows', '150', '--duplicates', '5', '--dead', '40', '--blocking', '50')))
after(() => sim.stop())

async function loggedIn() {
  const agent = new AtpAgent({ service: sim.url })
  await agent.login(LOGIN)
  return agent
}

async function records(agent, collection = FOLLOW) {
  const found = []
  let cursor
  do {
    const { data } = await agent.com.atproto.repo.listRecords({ repo: agent.did, collection, limit: 50, cursor })
    found.push(...data.records)
    cursor = data.records.length > 0 ? data.cursor : undefined
  } while (cursor)
  return found
}

const failure = (promise) => promise.then(() => assert.fail('it was not refused'), (error) => error)

test('logs in, resumes the session, refreshes it, and logs out', async () => {
  const agent = await loggedIn()
  assert.equal(agent.session.handle, 'sim.test')
  const resumed = new AtpAgent({ service: sim.url })
  await resumed.resumeSession(agent.session)
  assert.equal(resumed.did, agent.did)
  const before = agent.session.accessJwt
  await agent.sessionManager.refreshSession()
  assert.notEqual(agent.session.accessJwt, before)
  await agent.logout()
  assert.equal(agent.session, undefined)
})

test('a wrong password is an error by its name', async () => {
  const error = await failure(new AtpAgent({ service: sim.url }).login({ ...LOGIN, password: 'no' }))
  assert.ok(error instanceof XRPCError)
  assert.equal(error.status, 401)
  assert.equal(error.error, 'AuthenticationRequired')
})

test('an access token that ended is refreshed by the client itself', async () => {
  const agent = await loggedIn()
  await sim.control('fault', { kind: 'expired', next: true })
  const rkey = new AtUri((await records(agent))[0].uri).rkey
  await agent.com.atproto.repo.deleteRecord({ repo: agent.did, collection: FOLLOW, rkey })
  assert.equal((await agent.com.atproto.server.getSession()).data.did, agent.did)
})

test('lists every record to the end, each with a CID that is one', async () => {
  const agent = await loggedIn()
  const found = await records(agent)
  assert.equal(found.length, (await sim.get('/sim/following?platform=bluesky&records=1')).trim().split('\n').length)
  for (const { uri, cid, value } of found) {
    assert.equal(CID.parse(cid).version, 1)
    assert.equal(new AtUri(uri).collection, FOLLOW)
    assert.equal(value.$type, FOLLOW)
    assert.match(value.subject, /^did:plc:[a-z2-7]{24}$/)
  }
})

test('lists, list items and posts are records too', async () => {
  const agent = await loggedIn()
  for (const collection of ['app.bsky.graph.list', 'app.bsky.graph.listitem', 'app.bsky.feed.post']) {
    const found = await records(agent, collection)
    assert.ok(found.length > 0, collection)
    assert.ok(found.every(({ cid, value }) => CID.parse(cid) && value.$type === collection && value.createdAt), collection)
  }
})

test('unfollows, and follows again; what is gone is deleted without an error', async () => {
  const agent = await loggedIn()
  const { uri, value } = (await records(agent)).at(-1)
  await agent.deleteFollow(uri)
  await agent.deleteFollow(uri)
  assert.ok(!(await records(agent)).some((record) => record.uri === uri))
  const made = await agent.follow(value.subject)
  assert.equal(CID.parse(made.cid).version, 1)
  assert.equal((await records(agent)).filter((record) => record.uri === made.uri).length, 1)
  const { data } = await agent.com.atproto.repo.getRecord({ repo: agent.did, collection: FOLLOW, rkey: new AtUri(made.uri).rkey })
  assert.equal(data.value.subject, value.subject)
})

test('deletes in a batch, all or nothing', async () => {
  const agent = await loggedIn()
  const remove = (uri) => ({ $type: 'com.atproto.repo.applyWrites#delete', collection: FOLLOW, rkey: new AtUri(uri).rkey })
  const two = (await records(agent)).slice(0, 2).map((record) => remove(record.uri))
  const { data } = await agent.com.atproto.repo.applyWrites({ repo: agent.did, writes: two })
  assert.equal(CID.parse(data.commit.cid).version, 1)
  assert.equal(data.results.length, 2)
  const before = (await records(agent)).length
  const one = remove((await records(agent))[0].uri)
  const error = await failure(agent.com.atproto.repo.applyWrites({ repo: agent.did, writes: [one, two[0]] }))
  assert.equal(error.status, 500)
  assert.equal((await records(agent)).length, before)
})

test('reads what an AppView tells', async () => {
  const agent = await loggedIn()
  const subjects = [...new Set((await records(agent)).map((record) => record.value.subject))]
  const profiles = await agent.getProfiles({ actors: subjects.slice(0, 25) })
  assert.ok(profiles.data.profiles.length > 20)
  assert.ok(profiles.data.profiles.every((profile) => typeof profile.followersCount === 'number' && profile.viewer))
  const alone = await agent.getProfile({ actor: profiles.data.profiles[0].did })
  assert.equal(alone.data.handle, profiles.data.profiles[0].handle)
  const relations = await agent.app.bsky.graph.getRelationships({ actor: agent.did, others: subjects.slice(0, 30) })
  assert.equal(relations.data.relationships.length, 30)
  const follows = await agent.getFollows({ actor: agent.did, limit: 100 })
  assert.equal(follows.data.subject.did, agent.did)
  assert.ok(follows.data.follows.length > 50)
  const notifications = await agent.listNotifications({ limit: 50, reasons: ['reply', 'like'] })
  assert.ok(notifications.data.notifications.every((one) => CID.parse(one.cid) && one.record && one.author.handle))
})

test('who is not there is an error by its name', async () => {
  const agent = await loggedIn()
  const missing = await failure(agent.getProfile({ actor: 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa' }))
  assert.equal(missing.status, 400)
  assert.equal(missing.message, 'Profile not found')
  const unresolved = await failure(agent.resolveHandle({ handle: 'nobody.sim.test' }))
  assert.equal(unresolved.status, 400)
})

test('a full window is a 429 with its headers', async () => {
  const agent = await loggedIn()
  await sim.control('limit', { set: 'bluesky/points-hour=1/1h' })
  const rkeys = (await records(agent)).slice(0, 2).map((record) => new AtUri(record.uri).rkey)
  await agent.com.atproto.repo.deleteRecord({ repo: agent.did, collection: FOLLOW, rkey: rkeys[0] })
  const error = await failure(agent.com.atproto.repo.deleteRecord({ repo: agent.did, collection: FOLLOW, rkey: rkeys[1] }))
  await sim.control('limit', { set: 'off' })
  assert.ok(error instanceof XRPCError)
  assert.equal(error.status, 429)
  assert.equal(error.error, 'RateLimitExceeded')
  assert.equal(error.headers['ratelimit-remaining'], '0')
})
