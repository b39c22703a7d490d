// winnow's own requests, from login to logout on each platform, and the simulator's answers to them: both must be what
// the platform's own description has.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRecorder } from './lib/recorder.mjs'
import { startSimulator } from './lib/simulator.mjs'
import { Winnow } from './lib/winnow.mjs'
import { SPECS, problems } from './specs/all.mjs'

const ACCOUNTS = {
  x: '813286', mastodon: '108190000000000001', bluesky: 'did:plc:simaccount22222222222222', github: '813286',
}
const SETS = {
  x: 'following,followers,lists,interactions',
  mastodon: 'following,followers,profiles,lists,interactions',
  bluesky: 'following,followers,profiles,lists,interactions',
  github: 'following,followers',
}

// Follows the redirects to the end, as a browser does: the last one is winnow's own listener.
async function browse(link) {
  const answer = await fetch(link)
  await answer.text()
}

const logins = {
  x: (winnow) => winnow.login(['--client-id', 'sim-client'], browse),
  mastodon: (winnow) => winnow.login([], browse),
  bluesky: (winnow) => winnow.run(['login', 'obama', '--password-stdin'], { input: 'sim-password\n' }),
  github: (winnow) => winnow.run(['login', 'obama', '--token-stdin'], { input: 'sim-token\n' }),
}

// What winnow asked on a platform, and what it was answered.
async function campaign(platform, ...options) {
  const sim = await startSimulator('--follows', '1100', ...options)
  const recorder = await startRecorder(sim)
  const winnow = new Winnow()
  const paid = platform === 'x'
  try {
    const policy = winnow.file('policy.json', '{"keep":["in_list(\'friends\')"],"undecided":"schedule"}')
    await winnow.run(['new', 'obama', '--platform', platform, '--account', ACCOUNTS[platform], '--server', recorder.url])
    await logins[platform](winnow)
    await winnow.run(['fetch', 'obama', '--only', SETS[platform], ...(paid ? ['--max-cost', '50'] : [])])
    await winnow.run(['plan', 'obama', '--policy', policy])
    const run = ['run', 'obama', '--yes', '--pace', 'burst', '--max-actions', '12', '--precheck', 'always']
    // GitHub's window of 8 seconds would make this a test of minutes.
    await winnow.run([...run, ...(platform === 'github' ? ['--budget', 'writes/8s=off'] : [])], { code: 6 })
    // The precheck on X asks the same call, for money.
    await winnow.run(['verify', 'obama', ...(paid ? [] : ['--sample', '10'])])
    await winnow.run(['logout', 'obama'])
    return recorder.exchanges
  } finally {
    winnow.remove()
    await recorder.stop()
    await sim.stop()
  }
}

const called = (exchanges) => new Set(exchanges.map(({ method, path }) => `${method} ${path.replace(/[0-9]{4,}|user[0-9]+/g, '*')}`))

// Calls that each campaign must have made, so that none of them goes unlooked at.
const CALLS = {
  x: ['POST /2/oauth2/token', 'GET /2/users/me', 'GET /2/users/*/following', 'GET /2/users/*/followers', 'GET /2/users',
    'GET /2/users/*/owned_lists', 'GET /2/lists/1/members', 'GET /2/users/*/mentions', 'DELETE /2/users/*/following/*', 'POST /2/oauth2/revoke'],
  mastodon: ['POST /api/v1/apps', 'POST /oauth/token', 'GET /api/v1/accounts/verify_credentials', 'GET /api/v1/accounts/*/following',
    'GET /api/v1/accounts/relationships', 'GET /api/v1/lists', 'GET /api/v1/lists/1/accounts', 'GET /api/v1/notifications',
    'GET /api/v1/conversations', 'POST /api/v1/accounts/*/unfollow', 'POST /oauth/revoke'],
  bluesky: ['createSession', 'getSession', 'deleteSession'].map((name) => `server.${name}`)
    .concat(['listRecords', 'getRecord', 'applyWrites'].map((name) => `repo.${name}`))
    .map((name) => `${/createS|deleteS|apply/.test(name) ? 'POST' : 'GET'} /xrpc/com.atproto.${name}`)
    .concat(['graph.getFollows', 'graph.getRelationships', 'actor.getProfiles', 'notification.listNotifications'].map((name) => `GET /xrpc/app.bsky.${name}`)),
  github: ['GET /user', 'GET /user/following', 'GET /user/followers', 'GET /user/following/*', 'DELETE /user/following/*'],
}

for (const [platform, spec] of Object.entries(SPECS)) {
  test(`${platform}: every request of winnow's and every answer is as the platform describes it`, async () => {
    const exchanges = await campaign(platform)
    const made = called(exchanges)
    assert.deepEqual(CALLS[platform].filter((call) => !made.has(call)), [], `not called, of ${[...made].join(', ')}`)
    assert.deepEqual(problems(spec, exchanges), [])
  })
}
