// Bluesky's own AppView (@atproto/bsky), as that project's own tests run it (@atproto/dev-env): it reads the PDS's
// stream of events into a PostgreSQL of its own, and answers the requests that the PDS hands on.
// Happy path: startAppView once the PDS's port is known; meet(pds) once it serves; look() waits until everything
// that the PDS has told is taken in. Failure: an error; look() gives up after half a minute.
import { createRequire } from 'node:module'
import { startGate } from './gate.mjs'
import { startPostgres } from './postgres.mjs'

const require = createRequire(import.meta.url)
const LOOK_MS = 30000

// It would scale pictures, of which there are none, with a library that comes as a binary from elsewhere.
function withoutPictures() {
  const file = require.resolve('sharp', { paths: [require.resolve('@atproto/bsky')] })
  const exports = () => {
    throw new Error('no pictures here')
  }
  require.cache[file] = { id: file, filename: file, loaded: true, exports }
}

export async function startAppView({ plcUrl, pdsPort }) {
  withoutPictures()
  const { RepoSubscription, TestBsky, mockNetworkUtilities } = require('@atproto/dev-env')
  // It would ask before the PDS serves, and again after seconds.
  const { start } = RepoSubscription.prototype
  RepoSubscription.prototype.start = () => {}
  const postgres = await startPostgres()
  const bsky = await TestBsky.create({
    plcUrl,
    pdsPort,
    repoProvider: `ws://127.0.0.1:${pdsPort}`,
    dbPostgresUrl: postgres.url,
    dbPostgresSchema: 'appview',
  })
  const { url, gate, server } = await startGate(`http://127.0.0.1:${bsky.port}`)
  let pds

  // On a busy machine its look at an account's document can take too long; then it writes that to its log, goes on, and
  // does not know the account. Here it is to know them all.
  async function know(did) {
    const end = Date.now() + LOOK_MS
    for (;;) {
      try {
        return await bsky.sub.indexingSvc.indexHandle(did, new Date().toISOString())
      } catch (error) {
        if (Date.now() > end) throw error
      }
    }
  }

  async function knowAll() {
    let cursor = ''
    do {
      const page = await fetch(`http://127.0.0.1:${pdsPort}/xrpc/com.atproto.sync.listRepos?limit=500&cursor=${cursor}`)
      const { repos, cursor: next } = await page.json()
      for (const { did, active } of repos)
        if (active) await know(did)
      cursor = next ?? ''
    } while (cursor)
    await bsky.sub.processAll()
  }

  async function look() {
    const end = Date.now() + LOOK_MS
    await pds.ctx.backgroundQueue.processAll()
    const last = await pds.ctx.sequencer.curr()
    for (;;) {
      // Asked first: what the last event began is waited for as well.
      const heard = (bsky.sub.runner.getCursor() ?? 0) >= (last ?? 0)
      await bsky.sub.processAll()
      if (heard) break
      if (Date.now() > end) throw new Error(`the AppView has not taken in event ${last} of the PDS in ${LOOK_MS / 1000} s`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await knowAll()
    return {}
  }

  return {
    url,
    did: bsky.serverDid,
    gate,
    refresh: look,
    // Past the PDS, as a moderator of the network.
    takedown: async (did) => {
      await look()
      const response = await fetch(`http://127.0.0.1:${bsky.port}/xrpc/com.atproto.admin.updateSubjectStatus`, {
        method: 'POST',
        headers: { ...bsky.adminAuthHeaders(), 'content-type': 'application/json' },
        body: JSON.stringify({ subject: { $type: 'com.atproto.admin.defs#repoRef', did }, takedown: { applied: true, ref: 'test' } }),
      })
      if (!response.ok) throw new Error(`takedown of ${did}: ${response.status} ${await response.text()}`)
      return {}
    },
    // Names are looked up at the PDS, not in the DNS; its own name leads to its port.
    meet(served) {
      pds = served
      mockNetworkUtilities({ ctx: pds.ctx, url: `http://127.0.0.1:${pdsPort}`, port: pdsPort }, bsky)
      start.call(bsky.sub)
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await bsky.close()
      await postgres.stop()
    },
  }
}
