// Mastodon's API, the part that winnow asks; see README.md for the source.
import { OpenApi } from '../lib/openapi.mjs'

const text = { type: 'string' }
const flag = { type: 'boolean' }
const whole = { type: 'integer' }
const uri = { type: 'string', format: 'uri' }
const stamp = { type: 'string', format: 'date-time' }
const orNull = (schema) => ({ anyOf: [schema, { type: 'null' }] })
const items = (schema) => ({ type: 'array', items: schema })
const object = (required, optional = {}) => ({
  type: 'object', properties: { ...required, ...optional }, required: Object.keys(required), additionalProperties: false,
})

const field = object({ name: text, value: text, verified_at: orNull(stamp) })
const emoji = object({ shortcode: text, url: uri, static_url: uri, visible_in_picker: flag })
const accountRequired = {
  id: text, username: text, acct: text, display_name: text, locked: flag, bot: flag, group: flag,
  discoverable: orNull(flag), indexable: flag, created_at: stamp, note: text, url: uri, uri, avatar: uri,
  avatar_static: uri, header: uri, header_static: uri, followers_count: whole, following_count: whole,
  statuses_count: whole, last_status_at: orNull({ type: 'string', format: 'date' }), hide_collections: orNull(flag),
  emojis: items(emoji), fields: items(field),
}
// These stand there only when they apply.
const accountOptional = { suspended: flag, limited: flag, memorial: flag, noindex: flag, roles: items({ type: 'object' }), moved: { type: 'object' } }
const account = object(accountRequired, accountOptional)
const own = object({
  ...accountRequired,
  source: {
    type: 'object', required: ['privacy', 'sensitive', 'language', 'note', 'fields', 'follow_requests_count'],
    properties: { fields: items(field), note: text, sensitive: flag, privacy: text, follow_requests_count: whole },
  },
  role: { type: 'object', required: ['id', 'name', 'permissions', 'color', 'highlighted'] },
}, accountOptional)
const relationship = object({
  id: text, following: flag, showing_reblogs: flag, notifying: flag, languages: orNull(items(text)), followed_by: flag,
  blocking: flag, blocked_by: flag, muting: flag, muting_notifications: flag, requested: flag, requested_by: flag,
  domain_blocking: flag, endorsed: flag, note: text,
}, { muting_expires_at: orNull(stamp) })
const status = {
  type: 'object',
  required: ['id', 'uri', 'created_at', 'account', 'content', 'visibility', 'sensitive', 'spoiler_text', 'media_attachments',
    'mentions', 'tags', 'emojis', 'reblogs_count', 'favourites_count', 'replies_count'],
  properties: {
    id: text, uri: text, created_at: stamp, account, content: text, visibility: { type: 'string', enum: ['public', 'unlisted', 'private', 'direct'] },
    sensitive: flag, spoiler_text: text, mentions: items({ type: 'object' }), reblogs_count: whole, favourites_count: whole,
    replies_count: whole, in_reply_to_id: orNull(text), in_reply_to_account_id: orNull(text),
    reblog: { anyOf: [{ type: 'object', required: ['id', 'account'] }, { type: 'null' }] },
    quote: { anyOf: [{ type: 'object', required: ['state'] }, { type: 'null' }] }, favourited: flag, bookmarked: flag,
  },
}
const KINDS = ['mention', 'status', 'reblog', 'follow', 'follow_request', 'favourite', 'poll', 'update', 'quote', 'quoted_update',
  'admin.sign_up', 'admin.report', 'severed_relationships', 'moderation_warning']
const notification = object({ id: text, type: { type: 'string', enum: KINDS }, created_at: stamp, group_key: text, account }, { status, filtered: flag })
const conversation = object({ id: text, unread: flag, accounts: items(account), last_status: orNull(status) })
const list = object({ id: text, title: text, replies_policy: { type: 'string', enum: ['followed', 'list', 'none'] }, exclusive: flag })
const app = object({
  id: text, name: text, website: orNull(text), scopes: items(text), redirect_uris: items(text), redirect_uri: text,
  vapid_key: text, client_id: text, client_secret: text, client_secret_expires_at: whole,
})
const token = object({ access_token: text, token_type: { type: 'string', enum: ['Bearer'] }, scope: text, created_at: whole })
const error = object({ error: text }, { error_description: text })

const json = (schema) => ({ content: { 'application/json': { schema } } })
const rateHeaders = Object.fromEntries(['Limit', 'Remaining', 'Reset'].map((name) => [`X-RateLimit-${name}`, { required: true }]))
const answers = (schema) => ({ 200: { ...json(schema), headers: rateHeaders }, default: json(error) })
const free = (schema) => ({ 200: json(schema), default: json(error) })

const path = { in: 'path', name: 'id', required: true, schema: text }
const query = (name, schema, required = false) => ({ in: 'query', name, required, schema })
const page = (maximum) => [
  query('limit', { type: 'integer', minimum: 1, maximum }), ...['max_id', 'since_id', 'min_id'].map((name) => query(name, text)),
]
const get = (parameters, schema) => ({ get: { parameters, responses: answers(schema) } })
// Rails reads a form, JSON, and a form in parts.
const body = (schema) => ({
  required: true,
  content: Object.fromEntries(['application/x-www-form-urlencoded', 'application/json'].map((type) => [type, { schema }])),
})

export const mastodon = new OpenApi({
  components: {},
  paths: {
    '/api/v1/accounts/{id}/unfollow': { post: { parameters: [path], responses: answers(relationship) } },
    '/api/v1/accounts/{id}/follow': {
      post: {
        parameters: [path],
        requestBody: { content: { 'application/json': { schema: object({}, { reblogs: flag, notify: flag, languages: items(text) }) } } },
        responses: answers(relationship),
      },
    },
    '/api/v1/accounts/{id}/following': get([path, ...page(80)], items(account)),
    '/api/v1/accounts/{id}/followers': get([path, ...page(80)], items(account)),
    '/api/v1/accounts/{id}': get([path], account),
    '/api/v1/accounts/relationships': get([query('id[]', items(text), true), query('with_suspended', flag)], items(relationship)),
    '/api/v1/accounts/lookup': get([query('acct', text, true)], account),
    '/api/v1/accounts/verify_credentials': get([], own),
    '/api/v1/lists': get([], items(list)),
    '/api/v1/lists/{id}/accounts': get([path, query('limit', { type: 'integer', minimum: 0, maximum: 80 }), ...page(80).slice(1)], items(account)),
    '/api/v1/notifications': get([
      ...page(80), query('types[]', items({ type: 'string', enum: KINDS })), query('exclude_types[]', items({ type: 'string', enum: KINDS })),
      query('account_id', text), query('include_filtered', flag),
    ], items(notification)),
    '/api/v1/conversations': get(page(40), items(conversation)),
    '/api/v1/accounts/{id}/statuses': get(
      [path, ...page(40), ...['only_media', 'exclude_replies', 'exclude_reblogs', 'pinned'].map((name) => query(name, flag)), query('tagged', text)],
      items(status),
    ),
    '/api/v1/favourites': get(page(40), items(status)),
    '/api/v1/bookmarks': get(page(40), items(status)),
    '/api/v1/endorsements': get(page(80), items(account)),
    '/api/v1/accounts/{id}/endorsements': get([path, ...page(80)], items(account)),
    '/api/v1/apps': {
      post: {
        requestBody: body(object({ client_name: text, redirect_uris: { anyOf: [text, items(text)] } }, { scopes: text, website: text })),
        responses: free(app),
      },
    },
    '/oauth/authorize': {
      get: {
        parameters: [
          query('response_type', { type: 'string', enum: ['code'] }, true), query('client_id', text, true), query('redirect_uri', text, true),
          query('scope', text), query('state', text), query('force_login', flag), query('lang', text), query('code_challenge', text),
          query('code_challenge_method', { type: 'string', enum: ['S256'] }),
        ],
        responses: { 302: { headers: { Location: { required: true } } } },
      },
    },
    '/oauth/token': {
      post: {
        requestBody: body(object(
          { grant_type: text, client_id: text, client_secret: text, redirect_uri: text }, { code: text, scope: text, code_verifier: text },
        )),
        responses: free(token),
      },
    },
    '/oauth/revoke': {
      post: { requestBody: body(object({ client_id: text, client_secret: text, token: text })), responses: free(object({})) },
    },
    // RFC 8414; Mastodon has it from 4.3.
    '/.well-known/oauth-authorization-server': {
      get: {
        responses: {
          200: json({
            type: 'object',
            required: ['issuer', 'authorization_endpoint', 'token_endpoint', 'scopes_supported', 'response_types_supported'],
            properties: { issuer: uri, authorization_endpoint: uri, token_endpoint: uri, code_challenge_methods_supported: items(text) },
          }),
          404: {},
        },
      },
    },
  },
})
