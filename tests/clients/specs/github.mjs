// GitHub's own OpenAPI document, from npm.
import { createRequire } from 'node:module'
import { OpenApi } from '../lib/openapi.mjs'

const require = createRequire(import.meta.url)
const document = require('@octokit/openapi/generated/api.github.com.json')

export const github = new OpenApi(document)
