// X's API v2, the part that winnow asks; see README.md for the source. Version 2.167 renamed much: tweet.fields is
// post.fields, most_recent_tweet_id is most_recent_post_id, tweet_count is post_count.
import { OpenApi } from '../lib/openapi.mjs'

const USER_FIELDS = [
  'confirmed_email', 'connection_status', 'created_at', 'description', 'entities', 'id', 'is_identity_verified',
  'location', 'name', 'parody', 'profile_banner_url', 'profile_image_url', 'protected', 'public_metrics',
  'receives_your_dm', 'subscribes_to_you', 'subscription', 'subscription_type', 'url', 'username', 'verified',
  'verified_followers_count', 'verified_type', 'withheld',
]
const POST_FIELDS = [
  'attachments', 'community_id', 'context_annotations', 'conversation_id', 'created_at', 'entities', 'geo', 'id',
  'lang', 'note_post', 'possibly_sensitive', 'public_metrics', 'reply_settings', 'source', 'text', 'withheld',
]
const USER_EXPANSIONS = ['affiliation', 'most_recent_post_id', 'pinned_post_id']
const POST_EXPANSIONS = [
  'attachments.media_keys', 'author_id', 'edit_history_post_ids', 'entities.mentions.username', 'in_reply_to_user_id',
  'referenced_posts',
]

const id = { type: 'string', pattern: '^[0-9]{1,19}$' }
const whole = { type: 'integer', minimum: 0 }
const date = { type: 'string', format: 'date-time' }
const text = { type: 'string' }
const words = (names) => ({ type: 'array', minItems: 1, uniqueItems: true, items: { type: 'string', enum: names } })
const object = (properties, required = []) => ({ type: 'object', properties, required, additionalProperties: false })

const inPath = (name) => ({ in: 'path', name, required: true, schema: id })
const list = (name, schema, required = false) => ({ in: 'query', name, required, explode: false, schema })
const most = (minimum, maximum) => ({ in: 'query', name: 'max_results', schema: { type: 'integer', minimum, maximum } })
const page = (minLength) => ({ in: 'query', name: 'pagination_token', schema: { type: 'string', minLength } })
const userFields = list('user.fields', words(USER_FIELDS))
const ofUsers = [userFields, list('expansions', words(USER_EXPANSIONS)), list('post.fields', words(POST_FIELDS))]

const user = object({
  id, name: text, username: { type: 'string', pattern: '^[A-Za-z0-9_]{1,15}$' },
  connection_status: words(['blocking', 'follow_request_received', 'follow_request_sent', 'followed_by', 'following', 'muting']),
  created_at: date, description: text, location: text, protected: { type: 'boolean' }, verified: { type: 'boolean' },
  verified_type: text, url: text, profile_image_url: text, most_recent_post_id: id, pinned_post_id: id,
  public_metrics: object(
    { followers_count: whole, following_count: whole, post_count: whole, listed_count: whole, like_count: whole, media_count: whole },
    ['followers_count', 'following_count', 'post_count', 'listed_count'],
  ),
}, ['id', 'name', 'username'])
user.properties.connection_status.minItems = 0
const post = object({
  id, text, author_id: id, created_at: date, conversation_id: id, in_reply_to_user_id: id, lang: text,
  edit_history_post_ids: { type: 'array', items: id },
}, ['id', 'text'])
const xList = object({
  id, name: text, created_at: date, description: text, follower_count: whole, member_count: whole, owner_id: id,
  private: { type: 'boolean' },
}, ['id', 'name'])

// The host of a type is api.twitter.com or api.x.com.
const problem = object({
  title: text, detail: text, status: { type: 'integer' }, value: text, parameter: text, resource_id: text, resource_type: text,
  type: { type: 'string', pattern: '^(about:blank|https://api\\.(x|twitter)\\.com/2/problems/[a-z-]+)$' },
  errors: { type: 'array', items: { type: 'object', required: ['message'], properties: { message: text, parameters: { type: 'object' } } } },
}, ['title', 'detail', 'type'])
const oldError = object({
  errors: { type: 'array', minItems: 1, items: object({ code: { type: 'integer' }, message: text }, ['code', 'message']) },
}, ['errors'])

const answer = (properties, required = []) => ({
  200: {
    headers: rateHeaders,
    content: { 'application/json': { schema: object({ ...properties, errors: { type: 'array', items: problem } }, required) } },
  },
  // The errors of version 1 have another type of content.
  default: { content: { 'application/problem+json': { schema: problem }, 'application/json': { schema: oldError } } },
})
const rateHeaders = Object.fromEntries(
  ['limit', 'remaining', 'reset'].map((name) => [`x-rate-limit-${name}`, { required: true }]),
)
const pageOf = (item, more = {}) => answer({
  data: { type: 'array', items: item },
  meta: object({ result_count: whole, next_token: { type: 'string', minLength: 16 }, previous_token: text, ...more }, ['result_count']),
  includes: { type: 'object' },
}, ['meta'])

const form = (properties, required) => ({
  required: true, content: { 'application/x-www-form-urlencoded': { schema: object(properties, required) } },
})
const oauthError = {
  content: { 'application/json': { schema: object({ error: text, error_description: text }, ['error', 'error_description']) } },
}
const token = object({
  token_type: { type: 'string', enum: ['bearer'] }, expires_in: whole, access_token: text, scope: text, refresh_token: text,
}, ['token_type', 'expires_in', 'access_token', 'scope'])

export const x = new OpenApi({
  components: {},
  paths: {
    '/2/users/{source_user_id}/following/{target_user_id}': {
      delete: {
        parameters: [inPath('source_user_id'), inPath('target_user_id')],
        responses: answer({ data: object({ following: { type: 'boolean' } }, ['following']) }),
      },
    },
    '/2/users/{id}/following': {
      get: { parameters: [inPath('id'), most(1, 1000), page(16), ...ofUsers], responses: pageOf(user) },
      post: {
        parameters: [inPath('id')],
        requestBody: { required: true, content: { 'application/json': { schema: object({ target_user_id: id }, ['target_user_id']) } } },
        responses: answer({
          data: object({ following: { type: 'boolean' }, pending_follow: { type: 'boolean' } }, ['following', 'pending_follow']),
        }),
      },
    },
    '/2/users/{id}/followers': {
      get: { parameters: [inPath('id'), most(1, 1000), page(16), ...ofUsers], responses: pageOf(user) },
    },
    '/2/users/me': { get: { parameters: ofUsers, responses: answer({ data: user, includes: { type: 'object' } }) } },
    '/2/users': {
      get: {
        parameters: [list('ids', { type: 'array', minItems: 1, maxItems: 100, items: id }, true), ...ofUsers],
        responses: answer({ data: { type: 'array', items: user }, includes: { type: 'object' } }),
      },
    },
    '/2/users/by': {
      get: {
        parameters: [
          list('usernames', { type: 'array', minItems: 1, maxItems: 100, items: user.properties.username }, true), ...ofUsers,
        ],
        responses: answer({ data: { type: 'array', items: user }, includes: { type: 'object' } }),
      },
    },
    '/2/users/{id}/owned_lists': {
      get: {
        parameters: [
          inPath('id'), most(1, 100), page(1), userFields, list('expansions', words(['owner_id'])),
          list('list.fields', words(['created_at', 'description', 'follower_count', 'id', 'member_count', 'name', 'private'])),
        ],
        responses: pageOf(xList),
      },
    },
    '/2/lists/{id}/members': { get: { parameters: [inPath('id'), most(1, 100), page(1), ...ofUsers], responses: pageOf(user) } },
    '/2/users/{id}/mentions': {
      get: {
        parameters: [
          inPath('id'), most(5, 100), page(1), userFields, list('post.fields', words(POST_FIELDS)),
          list('expansions', words(POST_EXPANSIONS)),
          ...['since_id', 'until_id'].map((name) => ({ in: 'query', name, schema: id })),
          ...['start_time', 'end_time'].map((name) => ({ in: 'query', name, schema: date })),
        ],
        responses: pageOf(post, { newest_id: id, oldest_id: id }),
      },
    },
    '/i/oauth2/authorize': {
      get: {
        parameters: [
          ...['client_id', 'redirect_uri', 'scope', 'state'].map((name) => ({ in: 'query', name, required: true, schema: text })),
          { in: 'query', name: 'response_type', required: true, schema: { type: 'string', enum: ['code'] } },
          { in: 'query', name: 'code_challenge', required: true, schema: { type: 'string', pattern: '^[A-Za-z0-9_-]{43}$' } },
          { in: 'query', name: 'code_challenge_method', required: true, schema: { type: 'string', enum: ['S256', 's256'] } },
        ],
        responses: { 302: { headers: { Location: { required: true } } } },
      },
    },
    '/2/oauth2/token': {
      post: {
        requestBody: form({
          grant_type: { type: 'string', enum: ['authorization_code', 'refresh_token'] }, code: text, redirect_uri: text,
          client_id: text, refresh_token: text, code_verifier: { type: 'string', pattern: '^[A-Za-z0-9._~-]{43,128}$' },
        }, ['grant_type']),
        responses: { 200: { content: { 'application/json': { schema: token } } }, 400: oauthError, 401: oauthError },
      },
    },
    '/2/oauth2/revoke': {
      post: {
        requestBody: form({ token: text, client_id: text, token_type_hint: text }, ['token']),
        responses: {
          200: { content: { 'application/json': { schema: object({ revoked: { type: 'boolean' } }, ['revoked']) } } },
          400: oauthError, 401: oauthError,
        },
      },
    },
  },
})
