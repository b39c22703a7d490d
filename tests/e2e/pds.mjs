// A real Bluesky PDS for the end-to-end tests, with a mock PLC directory, in one process, on free loopback ports.
// It makes one account, fills it with follow records, writes a ready file, and serves until SIGTERM. Started again
// on the same state directory it goes on with what is there.
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startAppView } from './lib/appview.mjs'
import { createFollows, login, xrpc } from './lib/client.mjs'
import { recordRequests, startControl } from './lib/control.mjs'
import { readJson, writeJson } from './lib/files.mjs'
import { Ledger, parseLimit, wrapLimiters } from './lib/limits.mjs'
import { staysOnLoopback } from './lib/loopback.mjs'
import { prepare, startPds } from './lib/pds.mjs'
import { startPlc } from './lib/plc.mjs'
import { digest, followRecords } from './lib/random.mjs'
import { wrapAccessTokens } from './lib/tokens.mjs'

const USAGE = `usage: node pds.mjs STATE-DIR [options]
  --ready FILE                 where to say that it serves, and how (default STATE-DIR/ready.json)
  --port N                     the port of the PDS (default: a free one)
  --follows N                  follow records of distinct accounts to make (default 3000)
  --twice N                    how many of those accounts a second record names (default 60)
  --seed TEXT                  the same seed gives the same records (default 1)
  --limit NAME=POINTS/SECONDS  another size for a limit, repeatable: repo-write-hour, repo-write-day, global-ip,
                               com.atproto.server.createSession-0, ...
  --access-life SECONDS        how long access tokens live (default 7200)
  --appview                    hand on to Bluesky's AppView, which reads this server's events (needs PostgreSQL)
  --max-seconds N              end by itself after that time (default 1800)`
const BATCH = 200
const END_MS = 6000
const ACCESS_LIFE_S = 7200

function readOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ready: { type: 'string' },
      port: { type: 'string', default: '0' },
      follows: { type: 'string', default: '3000' },
      twice: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      limit: { type: 'string', multiple: true, default: [] },
      'access-life': { type: 'string', default: '7200' },
      'max-seconds': { type: 'string', default: '1800' },
      appview: { type: 'boolean', default: false },
    },
  })
  if (positionals.length !== 1) throw new Error(USAGE)
  const count = (name, least) => {
    const value = Number(values[name])
    if (!Number.isInteger(value) || value < least) throw new Error(`--${name} ${values[name]}: a whole number, please`)
    return value
  }
  const stateDir = path.resolve(positionals[0])
  return {
    stateDir,
    ready: path.resolve(values.ready ?? path.join(stateDir, 'ready.json')),
    port: count('port', 0),
    follows: count('follows', 0),
    twice: count('twice', 0),
    seed: values.seed,
    limits: new Map(values.limit.map(parseLimit)),
    appview: values.appview,
    accessLife: count('access-life', 1),
    maxSeconds: count('max-seconds', 1),
  }
}

// Secrets of a server that only this machine can reach; they follow from the seed like everything else.
function makeSecrets(seed) {
  const hex = (name) => digest(name, seed).toString('hex')
  return {
    bypass_key: hex('bypass').slice(0, 32),
    jwt_secret: hex('jwt').slice(0, 32),
    admin_password: hex('admin').slice(0, 32),
    rotation_key: hex('rotation'),
  }
}

// The account's own password, and an app password: what a user would hand to a program.
async function makeAccount(options, server) {
  const password = digest('password', options.seed).toString('base64url').slice(0, 24)
  const handle = 'thinned.pds.test'
  const { did, accessJwt } = await xrpc(server, 'com.atproto.server.createAccount', {
    body: { handle, password, email: 'thinned@example.test' },
  })
  const app = await xrpc(server, 'com.atproto.server.createAppPassword', { token: accessJwt, body: { name: 'winnow' } })
  const account = { did, handle, password, app_password: app.password }

  const started = Date.now()
  const records = followRecords(options.seed, options.follows, options.twice)
  for (let i = 0; i < records.length; i += BATCH) {
    await createFollows({ ...server, did }, accessJwt, records.slice(i, i + BATCH))
  }
  writeJson(path.join(options.stateDir, 'seeded.json'), records.map(({ did, rkey }) => ({ did, rkey })))
  return { ...account, records: records.length, seeding_ms: Date.now() - started }
}

async function main() {
  const options = readOptions()
  mkdirSync(options.stateDir, { recursive: true, mode: 0o700 })
  rmSync(options.ready, { force: true })
  staysOnLoopback()
  prepare(options.stateDir)
  const secrets = makeSecrets(options.seed)
  const ledger = new Ledger()
  wrapLimiters(options.limits, ledger)
  const tokens = wrapAccessTokens(ACCESS_LIFE_S)

  const plc = await startPlc(options.stateDir)
  const reach = { bypass_key: secrets.bypass_key, admin_password: secrets.admin_password }
  let appview
  const others = async (pdsPort) => {
    if (options.appview) appview = await startAppView({ plcUrl: plc.url, pdsPort })
    return { plcUrl: plc.url, appView: appview }
  }
  const { url, server, pds } = await startPds(options.stateDir, options.port, others, secrets)
  reach.url = url
  appview?.meet(pds)
  const requests = recordRequests(server, secrets.bypass_key)
  const control = await startControl({ ledger, tokens, requests, appview })

  const accountFile = path.join(options.stateDir, 'account.json')
  let account = readJson(accountFile)
  if (account) {
    await login({ ...reach, ...account })
  } else {
    account = await makeAccount(options, reach)
    writeJson(accountFile, account)
  }

  // Only now, so that the account's own making does not run into it.
  tokens.seconds = options.accessLife

  let ending = false
  const end = async () => {
    if (ending) return
    ending = true
    rmSync(options.ready, { force: true })
    // An AppView that still takes in what it was told can wait for itself.
    setTimeout(() => process.exit(1), END_MS).unref()
    await appview?.close()
    await pds.destroy()
    for (const other of [plc.server, control]) {
      other.close()
      other.closeAllConnections()
    }
    clearTimeout(limit)
  }
  const limit = setTimeout(end, options.maxSeconds * 1000)
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void end())

  writeJson(options.ready, {
    pid: process.pid,
    ...reach,
    ...account,
    control: `http://127.0.0.1:${control.address().port}`,
    plc: plc.url,
    seeded: path.join(options.stateDir, 'seeded.json'),
    people: path.join(options.stateDir, 'people.json'),
    rss_mb: Math.round(process.memoryUsage.rss() / 1e6),
  })
}

main().catch((error) => {
  console.error(error.message === USAGE ? USAGE : error)
  // Not at once: the PDS's logger throws when the process ends before its file is open.
  setTimeout(() => process.exit(1), 200)
})
