// The lexicons of the AT Protocol, from npm: what a call is asked with, what it answers, what its records are.
// Happy path: problems(exchange) gives an empty list. Failure: a sentence for each thing that does not fit.
import { createRequire } from 'node:module'
import { Lexicons, jsonToLex } from '@atproto/lexicon'
import { mediaType, parsed } from '../lib/openapi.mjs'

const require = createRequire(import.meta.url)
const lexicons = new Lexicons(require('@atproto/api').schemas)

// Any call may answer with these: `@atproto/xrpc-server`, and the PDS's authentication.
const ANY_ERROR = [
  'InvalidRequest', 'AuthMissing', 'AuthenticationRequired', 'InvalidToken', 'ExpiredToken', 'RateLimitExceeded',
  'InternalServerError', 'UpstreamFailure', 'MethodNotImplemented', 'AccountTakedown', 'AccountDeactivated',
]

const tried = (what, check) => {
  try {
    check()
    return []
  } catch (error) {
    return [`${what}: ${error.message}`]
  }
}

function typed({ type, items }, values) {
  if (type === 'array') return values.map((value) => typed(items, [value]))
  const [value] = values
  if (type === 'integer') return /^-?[0-9]+$/.test(value) ? Number(value) : value
  return type === 'boolean' ? ({ true: true, false: false }[value] ?? value) : value
}

function inQuery(nsid, definition, query) {
  const known = definition.parameters?.properties ?? {}
  const given = {}
  for (const [key, value] of query) given[key] = [...(given[key] ?? []), value]
  const unknown = Object.keys(given).filter((key) => !known[key])
  const params = Object.fromEntries(Object.entries(given).filter(([key]) => known[key]).map(([key, values]) => [key, typed(known[key], values)]))
  return [
    ...unknown.map((key) => `the parameter ${key} is not known`),
    ...tried('parameters', () => lexicons.assertValidXrpcParams(nsid, params)),
  ]
}

// Records stand in open unions, which the call's own lexicon does not look into.
function records(value) {
  if (Array.isArray(value)) return value.flatMap(records)
  if (value === null || typeof value !== 'object') return []
  const type = typeof value.$type === 'string' && !value.$type.includes('#') && lexicons.getDef(value.$type)
  const inside = Object.values(value).flatMap(records)
  return type?.type === 'record' ? [...tried(value.$type, () => lexicons.assertValidRecord(value.$type, value)), ...inside] : inside
}

const UNTYPED = ['com.atproto.repo.listRecords', 'com.atproto.repo.getRecord']

function inAnswer(nsid, definition, { status, headers, body }) {
  if (status >= 400) {
    const names = [...ANY_ERROR, ...(definition.errors ?? []).map((error) => error.name)]
    const [value, broken] = parsed(mediaType(headers), body)
    if (broken) return [broken]
    const good = names.includes(value?.error) && (value.message === undefined || typeof value.message === 'string')
    return good ? [] : [`an error that it does not have: ${status} ${body.slice(0, 100)}`]
  }
  if (!definition.output) return body ? [`answered ${status} with a body`] : []
  if (mediaType(headers) !== definition.output.encoding) return [`answered as ${mediaType(headers)}, not ${definition.output.encoding}`]
  const [value, broken] = parsed('application/json', body)
  if (broken) return [broken]
  const missing = UNTYPED.includes(nsid)
    ? [value.records ?? [value]].flat().filter((record) => record.value?.$type === undefined).map(() => 'a record without $type')
    : []
  const lex = jsonToLex(value)
  return [...missing, ...tried('answer', () => lexicons.assertValidXrpcOutput(nsid, lex)), ...records(lex)]
}

function inBody(nsid, definition, { requestHeaders, requestBody }) {
  if (!definition.input) return requestBody ? ['a body that nobody asked for'] : []
  if (mediaType(requestHeaders) !== definition.input.encoding) return [`a body of the type ${mediaType(requestHeaders)}, not ${definition.input.encoding}`]
  const [value, broken] = parsed('application/json', requestBody)
  if (broken) return [broken]
  const known = Object.keys(definition.input.schema.properties ?? {})
  const unknown = Object.keys(value).filter((key) => !known.includes(key)).map((key) => `${key} in the body is not known`)
  const lex = jsonToLex(value)
  return [...unknown, ...tried('body', () => lexicons.assertValidXrpcInput(nsid, lex)), ...records(lex)]
}

export const bluesky = {
  problems(exchange) {
    const nsid = exchange.path.replace('/xrpc/', '')
    const definition = lexicons.getDef(nsid)
    const method = { query: 'GET', procedure: 'POST' }[definition?.type]
    if (method === undefined || method !== exchange.method) return [`${exchange.method} ${exchange.path} is not in the lexicons`]
    return [...inQuery(nsid, definition, exchange.query), ...(method === 'POST' ? inBody(nsid, definition, exchange) : []),
      ...inAnswer(nsid, definition, exchange)].map((problem) => `${nsid}: ${problem}`)
  },
}
