// The few XRPC calls that the tests make themselves. They carry the bypass key, so they spend no budget.
const COLLECTION = 'app.bsky.graph.follow'
const PAGE = 100

export async function xrpc(server, nsid, { params, body, token, admin } = {}) {
  const url = new URL(`/xrpc/${nsid}`, server.url)
  // Pairs, where a key stands more than once.
  const pairs = Array.isArray(params) ? params : Object.entries(params ?? {})
  for (const [key, value] of pairs) url.searchParams.append(key, value)
  const headers = { 'x-ratelimit-bypass': server.bypass_key }
  if (admin) headers.authorization = `Basic ${Buffer.from(`admin:${admin}`).toString('base64')}`
  if (token) headers.authorization = `Bearer ${token}`
  if (body !== undefined) headers['content-type'] = 'application/json'
  const response = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${nsid}: ${response.status} ${text.slice(0, 500)}`)
  return text ? JSON.parse(text) : {}
}

export async function login(server) {
  const session = await xrpc(server, 'com.atproto.server.createSession', {
    body: { identifier: server.handle, password: server.password },
  })
  return session.accessJwt
}

// Every follow record, oldest first. The end is an empty page: a full list can still carry a cursor.
export async function listFollows(server) {
  const found = []
  let cursor
  for (;;) {
    const params = { repo: server.did, collection: COLLECTION, limit: PAGE, reverse: true }
    if (cursor) params.cursor = cursor
    const page = await xrpc(server, 'com.atproto.repo.listRecords', { params })
    if (page.records.length === 0) return found
    for (const record of page.records) {
      found.push({ did: record.value.subject, rkey: record.uri.split('/').pop(), createdAt: record.value.createdAt })
    }
    cursor = page.cursor
    if (!cursor) return found
  }
}

export async function createFollows(server, token, follows) {
  const writes = follows.map(({ did, rkey, createdAt }) => ({
    $type: 'com.atproto.repo.applyWrites#create',
    collection: COLLECTION,
    rkey,
    value: { $type: COLLECTION, subject: did, createdAt },
  }))
  await xrpc(server, 'com.atproto.repo.applyWrites', { token, body: { repo: server.did, writes } })
}

export async function deleteFollow(server, token, rkey) {
  const body = { repo: server.did, collection: COLLECTION, rkey }
  const answer = await xrpc(server, 'com.atproto.repo.deleteRecord', { token, body })
  return answer.commit !== undefined
}
