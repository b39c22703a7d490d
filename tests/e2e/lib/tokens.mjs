// Lets the tests choose how long the access tokens live that the PDS signs (two hours by default), so that a
// real "ExpiredToken" answer can be had within a second. Must run before the PDS is loaded.
import { createRequire } from 'node:module'
import path from 'node:path'

const require = createRequire(import.meta.url)

export function wrapAccessTokens(seconds) {
  const state = { seconds, issued: 0, last_expires_ms: 0 }
  const main = require.resolve('@atproto/pds')
  const auth = require(path.join(path.dirname(main), 'account-manager/helpers/auth.js'))
  const original = auth.createAccessToken
  auth.createAccessToken = (options) => {
    state.issued += 1
    state.last_expires_ms = (Math.floor(Date.now() / 1000) + state.seconds) * 1000
    return original({ ...options, expiresIn: `${state.seconds}s` })
  }
  return state
}
