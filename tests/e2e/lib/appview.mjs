// A tiny AppView for the real PDS to hand requests on to: who follows whom, who is shown to whom, who wrote to whom.
// It knows nothing by itself: accounts, their standing and their records are read from the PDS, and again at each
// request where the PDS says that they changed.
// It follows the real one (packages/bsky of bluesky-social/atproto) in whom it leaves out, and why:
//   getFollows        nobody who is taken down, deactivated or unknown, and nobody with a block in either direction
//   getProfiles       nobody who is taken down, deactivated or unknown; a block hides both directions of following
//   getProfile        the same of one, and says why there is none
//   getRelationships  leaves out nobody: it tells what the records say
//   listNotifications nobody with a block
// The PDS signs each request for the account; the signature is checked against the directory of DIDs.
import { createRequire } from 'node:module'
import http from 'node:http'
import { xrpc } from './client.mjs'
import { listenOnLoopback } from './control.mjs'

const require = createRequire(import.meta.url)

export const APPVIEW_DID = 'did:web:appview.test'
const COLLECTIONS = {
  follows: 'app.bsky.graph.follow',
  blocks: 'app.bsky.graph.block',
  posts: 'app.bsky.feed.post',
  likes: 'app.bsky.feed.like',
}
const MOST = { actors: 25, others: 30 }

class Refusal extends Error {
  constructor(status, name, message) {
    super(message)
    Object.assign(this, { status, name })
  }
}

// ---- what the repositories hold ---------------------------------------------------------------------------------

// Every page of a list of the PDS.
async function pages(server, nsid, params, key) {
  const found = []
  for (let cursor; ; ) {
    const page = await xrpc(server, nsid, { params: { ...params, limit: 100, ...(cursor && { cursor }) } })
    found.push(...page[key])
    cursor = page.cursor
    if (!cursor || page[key].length === 0) return found
  }
}

async function standing(server, did) {
  const asked = { params: { did }, admin: server.admin_password }
  const status = await xrpc(server, 'com.atproto.admin.getSubjectStatus', asked)
  if (status.takedown?.applied) return 'taken down'
  return status.deactivated?.applied ? 'deactivated' : 'active'
}

// A repository that is taken down or deactivated is not listed any more; like the real AppView, this one keeps what
// it read before.
async function readAccount(server, { did, rev, active }, before) {
  if (before?.rev === rev && before.active === active) return before
  const account = { did, rev, active, standing: await standing(server, did), handle: before?.handle }
  if (account.standing !== 'active' && before) return { ...before, ...account }
  for (const [name, collection] of Object.entries(COLLECTIONS)) {
    const params = { repo: did, collection }
    const listed = account.standing === 'active'
    account[name] = listed ? await pages(server, 'com.atproto.repo.listRecords', params, 'records') : []
  }
  const asked = { params: { did }, admin: server.admin_password }
  account.handle ??= (await xrpc(server, 'com.atproto.admin.getAccountInfo', asked)).handle
  return account
}

class Index {
  accounts = new Map()

  async refresh(server) {
    const repos = await pages(server, 'com.atproto.sync.listRepos', {}, 'repos')
    const read = await Promise.all(repos.map((repo) => readAccount(server, repo, this.accounts.get(repo.did))))
    this.accounts = new Map(read.map((account) => [account.did, account]))
  }

  // The record of that kind by which one names the other.
  uri(kind, from, to) {
    return this.accounts.get(from)?.[kind].find((record) => record.value.subject === to)?.uri
  }

  blocked(a, b) {
    return Boolean(this.uri('blocks', a, b) ?? this.uri('blocks', b, a))
  }

  profile(did, viewer) {
    const account = this.accounts.get(did)
    const hidden = this.blocked(did, viewer)
    return {
      did,
      handle: account.handle,
      followersCount: [...this.accounts.keys()].filter((other) => this.uri('follows', other, did)).length,
      followsCount: new Set(account.follows.map((record) => record.value.subject)).size,
      postsCount: account.posts.length,
      viewer: {
        muted: false,
        blockedBy: Boolean(this.uri('blocks', did, viewer)),
        blocking: this.uri('blocks', viewer, did),
        following: hidden ? undefined : this.uri('follows', viewer, did),
        followedBy: hidden ? undefined : this.uri('follows', did, viewer),
      },
    }
  }
}

// ---- the calls --------------------------------------------------------------------------------------------------

function several(url, key) {
  const values = url.searchParams.getAll(key)
  if (values.length < 1 || values.length > MOST[key]) {
    throw new Refusal(400, 'InvalidRequest', `Error: ${key} must not have ${values.length} elements`)
  }
  return values
}

const served = (index, did) => index.accounts.get(did)?.standing === 'active'

const calls = {
  'app.bsky.actor.getProfiles': (index, viewer, url) => ({
    profiles: several(url, 'actors').filter((did) => served(index, did)).map((did) => index.profile(did, viewer)),
  }),

  'app.bsky.actor.getProfile'(index, viewer, url) {
    const did = url.searchParams.get('actor')
    const account = index.accounts.get(did)
    if (!account) throw new Refusal(400, 'InvalidRequest', 'Profile not found')
    if (account.standing === 'taken down') throw new Refusal(400, 'AccountTakedown', 'Account has been suspended')
    if (account.standing === 'deactivated') throw new Refusal(400, 'AccountDeactivated', 'Account is deactivated')
    return index.profile(did, viewer)
  },

  'app.bsky.graph.getRelationships'(index, viewer, url) {
    const actor = url.searchParams.get('actor')
    const relationships = several(url, 'others').map((did) => ({
      $type: 'app.bsky.graph.defs#relationship',
      did,
      following: index.uri('follows', actor, did),
      followedBy: index.uri('follows', did, actor),
      blocking: index.uri('blocks', actor, did),
      blockedBy: index.uri('blocks', did, actor),
    }))
    return { actor, relationships }
  },

  // A page is cut before the hidden are left out of it, so it can be short or empty and not the last.
  'app.bsky.graph.getFollows'(index, viewer, url) {
    const actor = url.searchParams.get('actor')
    if (!served(index, actor)) throw new Refusal(400, 'InvalidRequest', `Actor not found: ${actor}`)
    const from = Number(url.searchParams.get('cursor') ?? 0)
    const to = from + Math.min(Number(url.searchParams.get('limit') ?? 50), 20)
    const all = [...new Set(index.accounts.get(actor).follows.map((record) => record.value.subject))]
    const shown = all.slice(from, to).filter((did) => served(index, did) && !index.blocked(did, viewer))
    const follows = shown.map((did) => index.profile(did, viewer))
    return { subject: index.profile(actor, viewer), follows, cursor: to < all.length ? String(to) : undefined }
  },

  'app.bsky.notification.listNotifications'(index, viewer, url) {
    const reasons = url.searchParams.getAll('reasons')
    const mine = (uri) => uri?.startsWith(`at://${viewer}/`)
    const notifications = []
    for (const { did, standing, posts, likes } of index.accounts.values()) {
      if (did === viewer || standing !== 'active' || index.blocked(did, viewer)) continue
      const replies = posts.filter((record) => mine(record.value.reply?.parent.uri))
      const liked = likes.filter((record) => mine(record.value.subject.uri))
      for (const [reason, records] of Object.entries({ reply: replies, like: liked })) {
        if (!reasons.includes(reason)) continue
        for (const { uri, cid, value } of records) {
          const indexedAt = value.createdAt
          notifications.push({ uri, cid, author: { did }, reason, record: value, isRead: true, indexedAt })
        }
      }
    }
    return { notifications }
  },
}

// ---- the server -------------------------------------------------------------------------------------------------

async function signingKey(plcUrl, did) {
  const response = await fetch(`${plcUrl}/${did}/data`)
  return (await response.json()).verificationMethods.atproto
}

async function whoAsks(request, call, plcUrl) {
  const { verifyJwt } = require('@atproto/xrpc-server')
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]
  if (!token) throw new Refusal(401, 'AuthMissing', 'Authentication Required')
  const { iss } = await verifyJwt(token, APPVIEW_DID, call, (did) => signingKey(plcUrl, did)).catch((error) => {
    throw new Refusal(401, 'BadJwt', error.message)
  })
  return iss
}

// `hold` lets a test stop the n-th request for a call from now on, and kill whoever waits for its answer.
export class Gate {
  requests = []
  held = undefined
  #wanted = undefined

  hold(call, nth) {
    if (!Object.hasOwn(calls, call) || !(nth >= 1)) throw new Error('give the call, and which of them')
    this.#wanted = { call, nth }
    this.held = undefined
    return {}
  }

  release() {
    this.held?.go()
    this.held = this.#wanted = undefined
    return {}
  }

  async pass(call) {
    this.requests.push(call)
    if (this.#wanted?.call !== call || --this.#wanted.nth > 0) return
    this.#wanted = undefined
    await new Promise((go) => (this.held = { call, go }))
  }

  toJSON() {
    return { requests: this.requests, held: this.held?.call ?? null }
  }
}

// `server` is filled in once the PDS serves, which wants to know this one's address before.
export async function startAppView({ plcUrl, server }) {
  const index = new Index()
  const gate = new Gate()
  const app = http.createServer(async (request, response) => {
    const url = new URL(request.url, 'http://127.0.0.1')
    const call = url.pathname.replace('/xrpc/', '')
    let status = 200
    let answer
    try {
      if (!Object.hasOwn(calls, call)) throw new Refusal(501, 'MethodNotImplemented', 'Method Not Implemented')
      const viewer = await whoAsks(request, call, plcUrl)
      await gate.pass(call)
      await index.refresh(server)
      answer = calls[call](index, viewer, url)
    } catch (error) {
      if (!(error instanceof Refusal)) console.error(error)
      status = error.status ?? 500
      answer = { error: error.status ? error.name : 'InternalServerError', message: error.message }
    }
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(answer))
  })
  const port = await listenOnLoopback(app, 0)
  return { url: `http://127.0.0.1:${port}`, app, gate, refresh: () => index.refresh(server) }
}
