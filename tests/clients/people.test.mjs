// What the simulator tells of people with known answers, held against the platforms' own descriptions.
// Happy path: every call is answered 200, with rows, as the platform describes them. The people are made by tests/people.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { startRecorder } from './lib/recorder.mjs'
import { startSimulator } from './lib/simulator.mjs'
import { SPECS, problems } from './specs/all.mjs'

const GENERATE = new URL('../people/generate', import.meta.url).pathname
const ME = '108190000000000001'

let folder, sim, people
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'people-'))
  execFileSync(GENERATE, ['600', folder, '--now', 'today'])
  people = readFileSync(join(folder, 'people.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line))
  sim = await startSimulator('--people', join(folder, 'people.jsonl'), '--limit', 'x/read=900/15m')
})
after(async () => {
  await sim.stop()
  rmSync(folder, { recursive: true })
})

const of = (platform, is) => people.filter(is).map((one) => one.ids[platform])
const repository = (collection) => `/xrpc/com.atproto.repo.listRecords?repo=sim.test&limit=100&collection=${collection}`

// The paths by platform; people are there only when they are asked for.
const ASKED = {
  x: () => [
    '/2/users/813286/following?max_results=1000&user.fields=created_at,description,protected,verified,public_metrics,connection_status,profile_image_url&expansions=most_recent_post_id',
    `/2/users?ids=${[of('x', (one) => one.suspended)[0], of('x', (one) => one.deleted)[0], of('x', (one) => one.verified)[0]]}`,
    '/2/users/813286/owned_lists', '/2/lists/1/members', '/2/users/813286/mentions?max_results=100&post.fields=created_at&expansions=author_id',
    '/2/users/813286/followers?max_results=1000',
  ],
  mastodon: () => [
    `/api/v1/accounts/${ME}/following?limit=80`, `/api/v1/accounts/${ME}/statuses?limit=40`, '/api/v1/favourites?limit=40', '/api/v1/bookmarks',
    '/api/v1/conversations', '/api/v1/notifications?limit=80', '/api/v1/lists', '/api/v1/lists/1/accounts', '/api/v1/endorsements',
    `/api/v1/accounts/${ME}/endorsements`, `/api/v1/accounts/${of('mastodon', (one) => one.moved)[0]}`,
    `/api/v1/accounts/${of('mastodon', (one) => one.suspended)[0]}`, `/api/v1/accounts/${of('mastodon', (one) => one.verified)[0]}`,
    `/api/v1/accounts/relationships?with_suspended=true&${of('mastodon', (one) => one.note || one.suspended).slice(0, 40).map((id) => `id[]=${id}`).join('&')}`,
  ],
  bluesky: () => [
    ...['graph.follow', 'feed.post', 'feed.like', 'feed.repost', 'graph.list', 'graph.listitem'].map((name) => repository(`app.bsky.${name}`)),
    '/xrpc/app.bsky.graph.getFollows?actor=sim.test&limit=100', '/xrpc/app.bsky.notification.listNotifications?limit=100',
    `/xrpc/app.bsky.actor.getProfiles?${of('bluesky', (one) => one.verified || one.mutual).slice(0, 25).map((did) => `actors=${did}`).join('&')}`,
    `/xrpc/app.bsky.feed.getAuthorFeed?limit=1&actor=${of('bluesky', (one) => one.kind === 'abandoned')[0]}`,
  ],
  github: () => [
    '/user/following?per_page=100', '/user/followers?per_page=100', '/user/starred?per_page=100', '/user/orgs', '/orgs/bridge-works/members',
    '/users/sim/events?per_page=100', `/user/${of('github', (one) => one.kind === 'mentor')[0]}`,
  ],
}

async function headers(platform) {
  if (platform !== 'bluesky') return { authorization: 'Bearer sim-token' }
  const body = JSON.stringify({ identifier: 'sim.test', password: 'sim-password' })
  const answer = await fetch(`${sim.url}/xrpc/com.atproto.server.createSession`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return { authorization: `Bearer ${(await answer.json()).accessJwt}` }
}

const rows = (body) => (Array.isArray(body) ? body : body.data ?? body.records ?? body.profiles ?? body.follows ?? body.notifications ?? body.feed ?? [body])

for (const [platform, spec] of Object.entries(SPECS)) {
  test(`${platform}: people are told of as the platform describes it`, async () => {
    const recorder = await startRecorder(sim)
    try {
      for (const path of ASKED[platform]()) {
        const answer = await fetch(recorder.url + path, { headers: await headers(platform) })
        const body = await answer.json()
        assert.equal(answer.status, 200, path)
        assert.ok(rows(body).length > 0, `${path}: no rows`)
      }
      assert.deepEqual(problems(spec, recorder.exchanges), [])
    } finally {
      await recorder.stop()
    }
  })
}
