// Looks at the account's repository, and meddles with it, past the rate limits and past winnow.
import { listFollows, deleteFollow, login, xrpc } from './lib/client.mjs'
import { readJson } from './lib/files.mjs'

const USAGE = `usage: node repo.mjs READY-FILE COMMAND
  list                     every follow record, oldest first, one JSON object a line
  pairs                    the same as sorted lines "DID RKEY"
  seeded                   what was there at the start: "DID RKEY..." a line, in the order of the first record
  count                    how many there are
  relations                what the AppView says of the followees: "DID following|- followedBy|- blocking|- blockedBy|-"
  delete RKEY...           delete records; prints "deleted" or "gone" for each
  wait-count-below N SECS  return when there are fewer than N records; fails after SECS seconds
  wait-expired SECS        return when the access token issued last has expired; fails after SECS seconds
  limits | requests        what the server's limiters counted; which requests came in without the bypass key
  appview                  which calls the AppView was asked, a line each
  appview-hold CALL N      hold the answer to the N-th CALL from now on
  appview-wait SECS        return when that one waits for its answer; fails after SECS seconds
  appview-release          answer it
  refused                  how many requests the limiters refused, in all
  access-life SECS         let the access tokens that are issued from now on live so long
  reset                    start the counts of limits and requests again`

async function control(server, method, where) {
  const response = await fetch(new URL(where, server.control), { method })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error)
  return answer
}

// Asks again and again, with a short pause between, until the answer is true or the time is up.
async function until(seconds, question, complaint) {
  const end = Date.now() + Number(seconds) * 1000
  while (!(await question())) {
    if (!(Date.now() < end)) throw new Error(`${complaint} within ${seconds} s`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

const print = (value) => console.log(typeof value === 'string' ? value : JSON.stringify(value))

const commands = {
  async list(server) {
    for (const record of await listFollows(server)) print(record)
  },
  async pairs(server) {
    const records = await listFollows(server)
    for (const line of records.map(({ did, rkey }) => `${did} ${rkey}`).sort()) print(line)
  },
  seeded(server) {
    const rkeys = new Map()
    for (const { did, rkey } of readJson(server.seeded)) rkeys.set(did, [...(rkeys.get(did) ?? []), rkey])
    for (const [did, of] of rkeys) print(`${did} ${of.join(' ')}`)
  },
  async relations(server) {
    const token = await login(server)
    const { me, ...others } = readJson(server.people)
    const dids = Object.values(others).map(({ did }) => did)
    for (let at = 0; at < dids.length; at += 30) {
      const params = [['actor', me.did], ...dids.slice(at, at + 30).map((did) => ['others', did])]
      const { relationships } = await xrpc(server, 'app.bsky.graph.getRelationships', { token, params })
      for (const one of relationships) {
        print([one.did, ...['following', 'followedBy', 'blocking', 'blockedBy'].map((what) => (one[what] ? what : '-'))].join(' '))
      }
    }
  },
  async count(server) {
    print((await listFollows(server)).length)
  },
  async delete(server, ...rkeys) {
    const token = await login(server)
    for (const rkey of rkeys) print((await deleteFollow(server, token, rkey)) ? 'deleted' : 'gone')
  },
  async 'wait-count-below'(server, most, seconds) {
    let count
    const enough = async () => (count = (await listFollows(server)).length) < Number(most)
    await until(seconds, enough, `the repository did not shrink below ${most} records`)
    print(count)
  },
  async 'wait-expired'(server, seconds) {
    const expired = async () => (await control(server, 'GET', '/tokens')).last_expires_ms < Date.now()
    await until(seconds, expired, 'the access token did not expire')
  },
  async limits(server) {
    for (const book of await control(server, 'GET', '/limits')) print(book)
  },
  async requests(server) {
    for (const request of await control(server, 'GET', '/requests')) print(request)
  },
  async appview(server) {
    for (const call of (await control(server, 'GET', '/appview')).requests) print(call)
  },
  async 'appview-hold'(server, call, nth) {
    await control(server, 'POST', `/appview-hold?call=${call}&nth=${nth}`)
  },
  async 'appview-wait'(server, seconds) {
    const held = async () => (await control(server, 'GET', '/appview')).held !== null
    await until(seconds, held, 'the AppView was not asked')
  },
  async 'appview-release'(server) {
    await control(server, 'POST', '/appview-release')
  },
  async refused(server) {
    print((await control(server, 'GET', '/limits')).reduce((sum, book) => sum + book.rejected, 0))
  },
  async 'access-life'(server, seconds) {
    print(await control(server, 'POST', `/access-life?seconds=${seconds}`))
  },
  async reset(server) {
    print(await control(server, 'POST', '/reset'))
  },
}

const [readyFile, command, ...rest] = process.argv.slice(2)
try {
  if (!readyFile || !Object.hasOwn(commands, command ?? '')) throw new Error(USAGE)
  const server = readJson(readyFile)
  if (!server) throw new Error(`${readyFile} is not there: does the server run?`)
  await commands[command](server, ...rest)
} catch (error) {
  console.error(error.message)
  process.exitCode = error.message === USAGE ? 2 : 1
}
