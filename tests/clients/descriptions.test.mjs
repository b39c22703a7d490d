// The simulator's refusals, held against the platforms' descriptions; and whether these notice what is wrong.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRecorder } from './lib/recorder.mjs'
import { startSimulator } from './lib/simulator.mjs'
import { SPECS, problems } from './specs/all.mjs'

const JSON_TYPE = { 'content-type': 'application/json' }

// ---- refusals ----------------------------------------------------------------------------------------------------

const AUTH = { authorization: 'Bearer sim-token' }
const json = (method, body, headers = {}) => ({ method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) })
const FOLLOW = 'app.bsky.graph.follow'

// Requests that are right and are refused: the status, the path, the request, and a limit to set before.
const REFUSED = {
  x: [
    [401, '/2/users/me', { headers: { authorization: 'Bearer nobody' } }],
    [403, '/2/users/5/following', { headers: AUTH }],
    [429, '/2/users/813286/following/1000000007', { method: 'DELETE', headers: AUTH }, 'x/unfollow=0/15m'],
  ],
  mastodon: [
    [401, '/api/v1/accounts/verify_credentials', { headers: { authorization: 'Bearer nobody' } }],
    [404, '/api/v1/accounts/5/unfollow', { method: 'POST', headers: AUTH }],
    [401, '/oauth/token', json('POST', { grant_type: 'authorization_code', client_id: 'no', client_secret: 'no', redirect_uri: 'no', code: 'no' })],
    [429, '/api/v1/accounts/1000000007/unfollow', { method: 'POST', headers: AUTH }, 'mastodon/all=0/5m'],
  ],
  bluesky: [
    [401, '/xrpc/com.atproto.server.createSession', json('POST', { identifier: 'sim.test', password: 'no' })],
    [401, '/xrpc/com.atproto.server.getSession', {}],
    [400, '/xrpc/com.atproto.server.refreshSession', { method: 'POST', headers: { authorization: 'Bearer nobody' } }],
    [400, `/xrpc/com.atproto.repo.getRecord?repo=sim.test&collection=${FOLLOW}&rkey=3k`, {}],
    [400, '/xrpc/com.atproto.repo.listRecords?repo=nobody.test&collection=app.bsky.graph.follow', {}],
    [400, '/xrpc/app.bsky.actor.getProfile?actor=nobody.test', { session: true }],
    [429, '/xrpc/com.atproto.repo.deleteRecord', { ...json('POST', { repo: 'sim.test', collection: FOLLOW, rkey: '3k' }), session: true }, 'bluesky/points-hour=0/1h'],
  ],
  github: [
    [401, '/user', { headers: { authorization: 'Bearer nobody' } }],
    [404, '/user/following/nobody', { headers: AUTH }],
    [403, '/user/following/user1', { method: 'DELETE', headers: AUTH }, 'github/core=0/1h'],
  ],
}

async function session(sim) {
  const body = JSON.stringify({ identifier: 'sim.test', password: 'sim-password' })
  const answer = await fetch(`${sim.url}/xrpc/com.atproto.server.createSession`, { method: 'POST', headers: JSON_TYPE, body })
  return { authorization: `Bearer ${(await answer.json()).accessJwt}` }
}

for (const [platform, spec] of Object.entries(SPECS)) {
  test(`${platform}: refusals are as the platform describes them`, async () => {
    const sim = await startSimulator('--follows', '10')
    const recorder = await startRecorder(sim)
    try {
      for (const [status, target, { session: wanted, ...init }, limit] of REFUSED[platform]) {
        const headers = { ...init.headers, ...(wanted ? await session(sim) : {}) }
        if (limit) await sim.control('limit', { set: limit })
        const answer = await fetch(recorder.url + target, { ...init, headers })
        await answer.text()
        assert.equal(answer.status, status, target)
      }
      assert.deepEqual(problems(spec, recorder.exchanges), [])
    } finally {
      await recorder.stop()
      await sim.stop()
    }
  })
}

// ---- the descriptions notice --------------------------------------------------------------------------------------

function exchange(target, { method = 'GET', requestBody = '', status = 200, body = '', headers = JSON_TYPE } = {}) {
  const url = new URL(target, 'http://simulator')
  return { method, path: url.pathname, query: [...url.searchParams], requestHeaders: JSON_TYPE, requestBody, status, headers, body }
}

// Each of these is wrong in one thing, which the words are about.
const WRONG = [
  ['x', exchange('/2/users/1/mentions?tweet.fields=created_at'), /tweet\.fields is not known/],
  ['x', exchange('/2/users/1/following?user.fields=tweet_count'), /user\.fields\/0/],
  ['x', exchange('/2/users/1/following?max_results=1001'), /max_results/],
  ['x', exchange('/2/users/1/following', { body: '{"data":[{"id":1,"name":"a","username":"a"}],"meta":{"result_count":1}}' }), /data\/0\/id/],
  ['x', exchange('/2/users/1/follows'), /not in the document/],
  ['mastodon', exchange('/api/v1/accounts/relationships?ids=1'), /ids is not known/],
  ['mastodon', exchange('/api/v1/accounts/1/following?limit=81'), /limit/],
  ['mastodon', exchange('/api/v1/lists', { body: '[{"id":1}]' }), /\/0\/id/],
  ['mastodon', exchange('/api/v1/accounts/1/unfollow', { method: 'DELETE' }), /not in the document/],
  ['github', exchange('/user/following?page_size=100'), /page_size is not known/],
  ['github', exchange('/user/following?per_page=many'), /per_page/],
  ['github', exchange('/user/following', { body: '[{"login":"a"}]' }), /required property 'id'/],
  ['github', exchange('/user/following/a', { method: 'DELETE', status: 200 }), /answered 200/],
  ['bluesky', exchange('/xrpc/app.bsky.graph.getFollows?actor=a.test&limit=101'), /limit/],
  ['bluesky', exchange('/xrpc/app.bsky.graph.getFollows?actor=a.test&size=1'), /size is not known/],
  ['bluesky', exchange('/xrpc/com.atproto.repo.deleteRecord', { method: 'POST', requestBody: '{"repo":"a.test"}' }), /collection/],
  ['bluesky', exchange('/xrpc/com.atproto.repo.listRecords?repo=a.test&collection=app.bsky.graph.follow', {
    body: '{"records":[{"uri":"at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.graph.follow/3k","cid":"bafynone","value":{}}]}',
  }), /cid/],
  ['bluesky', exchange('/xrpc/com.atproto.server.getSession', { status: 400, body: '{"error":"Surprise"}' }), /does not have/],
]

for (const [platform, wrong, about] of WRONG) {
  test(`${platform}: the description notices ${wrong.method} ${wrong.path} ${about.source}`, () => {
    const found = SPECS[platform].problems(wrong)
    assert.ok(found.some((problem) => about.test(problem)), found.join('\n'))
  })
}
