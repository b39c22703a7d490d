// Makes people on the PDS and lets them act, past winnow: one command a line on standard input.
import { createInterface } from 'node:readline'
import { readJson, writeJson } from './lib/files.mjs'
import { xrpc } from './lib/client.mjs'
import { digest } from './lib/random.mjs'

const USAGE = `usage: node people.mjs READY-FILE, and on standard input, a line each ("me" is the account to thin):
  make NAME...          new accounts
  follow WHO WHOM...    records of following; once more for a second record
  block WHO WHOM        a record of a block
  mute WHO WHOM         what only the AppView knows
  answer WHO WHOM       a post of WHO that replies to one of WHOM, and a like of it
  deactivate WHO        by its owner
  takedown WHO          by the server's moderators
  hide WHO              by the moderators of the network, on the AppView alone
  delete WHO            by the server's administrators
  dids                  prints "NAME DID" of all`

class People {
  constructor(server) {
    this.server = server
    this.file = server.people
    this.known = readJson(this.file) ?? { me: { did: server.did, handle: server.handle, password: server.password } }
    this.tokens = new Map()
  }

  who(name) {
    const person = this.known[name]
    if (!person) throw new Error(`nobody is called ${name}`)
    return person
  }

  async make(...names) {
    await Promise.all(names.map(async (name) => {
      const password = digest('person', name).toString('base64url').slice(0, 24)
      const account = { handle: `${name}.pds.test`, password }
      const body = { ...account, email: `${name}@example.test` }
      const made = await xrpc(this.server, 'com.atproto.server.createAccount', { body })
      this.known[name] = { did: made.did, ...account }
      this.tokens.set(name, made.accessJwt)
    }))
    writeJson(this.file, this.known)
  }

  async token(name) {
    if (!this.tokens.has(name)) {
      const { handle, password } = this.who(name)
      const body = { identifier: handle, password }
      const session = await xrpc(this.server, 'com.atproto.server.createSession', { body })
      this.tokens.set(name, session.accessJwt)
    }
    return this.tokens.get(name)
  }

  // By applyWrites: createRecord would take the first of two records of following away.
  async record(name, collection, fields) {
    const value = { $type: collection, createdAt: new Date().toISOString(), ...fields }
    const writes = [{ $type: 'com.atproto.repo.applyWrites#create', collection, value }]
    const body = { repo: this.who(name).did, writes }
    return (await xrpc(this.server, 'com.atproto.repo.applyWrites', { token: await this.token(name), body })).results[0]
  }

  async follow(name, ...others) {
    for (const other of others) await this.record(name, 'app.bsky.graph.follow', { subject: this.who(other).did })
  }

  block(name, other) {
    return this.record(name, 'app.bsky.graph.block', { subject: this.who(other).did })
  }

  async mute(name, other) {
    await this.look()
    const body = { actor: this.who(other).did }
    await xrpc(this.server, 'app.bsky.graph.muteActor', { token: await this.token(name), body })
  }

  async answer(name, other) {
    const { uri, cid } = await this.record(other, 'app.bsky.feed.post', { text: 'hello' })
    await this.record(name, 'app.bsky.feed.post', { text: 'yes', reply: { root: { uri, cid }, parent: { uri, cid } } })
    await this.record(name, 'app.bsky.feed.like', { subject: { uri, cid } })
  }

  async deactivate(name) {
    await xrpc(this.server, 'com.atproto.server.deactivateAccount', { token: await this.token(name), body: {} })
  }

  takedown(name) {
    const subject = { $type: 'com.atproto.admin.defs#repoRef', did: this.who(name).did }
    const body = { subject, takedown: { applied: true, ref: 'test' } }
    return xrpc(this.server, 'com.atproto.admin.updateSubjectStatus', { admin: this.server.admin_password, body })
  }

  hide(name) {
    return this.control(`/appview-takedown?did=${encodeURIComponent(this.who(name).did)}`)
  }

  delete(name) {
    const body = { did: this.who(name).did }
    return xrpc(this.server, 'com.atproto.admin.deleteAccount', { admin: this.server.admin_password, body })
  }

  async control(where) {
    const response = await fetch(new URL(where, this.server.control), { method: 'POST' })
    if (!response.ok) throw new Error(`${where}: ${await response.text()}`)
  }

  // The AppView has taken in everything from before.
  look() {
    return this.control('/appview-look')
  }

  dids() {
    for (const [name, { did }] of Object.entries(this.known)) console.log(`${name} ${did}`)
  }
}

const COMMANDS = ['make', 'follow', 'block', 'mute', 'answer', 'deactivate', 'takedown', 'hide', 'delete', 'dids']

try {
  const server = process.argv[2] && readJson(process.argv[2])
  if (!server) throw new Error(USAGE)
  const people = new People(server)
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, ...names] = line.trim().split(/\s+/)
    if (!command) continue
    if (!COMMANDS.includes(command)) throw new Error(USAGE)
    await people[command](...names)
  }
  await people.look()
} catch (error) {
  console.error(error.message)
  process.exitCode = error.message === USAGE ? 2 : 1
}
