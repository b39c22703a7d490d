// Holds one exchange, a request and its answer, against an OpenAPI document: is the path there, is the method, is each
// parameter known and of its kind, is the body valid, is the answer one that the document has?
// Happy path: problems(exchange) gives an empty list. Failure: a sentence for each thing that does not fit.
import Ajv from 'ajv'
import addFormats from 'ajv-formats'

// The documents' own words that ajv does not know say nothing of what is valid.
const NO_FORMAT = ['int32', 'int64', 'double', 'float', 'decimal', 'binary', 'password', 'repo.nwo', 'uri-template', 'ssh-url']

export class OpenApi {
  #document
  #ajv
  #checks = new Map()
  #paths

  constructor(document) {
    this.#document = document
    this.#ajv = new Ajv({ strict: false, allErrors: true, validateFormats: true })
    addFormats(this.#ajv)
    for (const format of NO_FORMAT) this.#ajv.addFormat(format, true)
    this.#ajv.addSchema({ $id: 'document', components: document.components })
    // A path without parameters comes before one that fits by a parameter: /user before /{any}.
    this.#paths = Object.keys(document.paths)
      .sort((a, b) => (a.match(/\{/g)?.length ?? 0) - (b.match(/\{/g)?.length ?? 0))
      .map((path) => ({ path, pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '([^/]+)')}$`) }))
  }

  problems(exchange) {
    const found = this.#paths.find(({ pattern }) => pattern.test(exchange.path))
    const operation = found && this.#document.paths[found.path][exchange.method.toLowerCase()]
    if (!operation) return [`${exchange.method} ${exchange.path} is not in the document`]
    const where = `${exchange.method} ${found.path}`
    const parameters = [...(this.#document.paths[found.path].parameters ?? []), ...(operation.parameters ?? [])]
      .map((parameter) => this.#resolve(parameter))
    const problems = [
      ...this.#inPath(exchange, found, parameters),
      ...this.#inQuery(exchange, parameters),
      ...this.#inBody(exchange, operation),
      ...this.#inAnswer(exchange, operation),
    ]
    return problems.map((problem) => `${where}: ${problem}`)
  }

  #resolve(part) {
    if (!part?.$ref) return part
    const names = part.$ref.split('/').slice(1).map((name) => name.replace(/~1/g, '/').replace(/~0/g, '~'))
    return this.#resolve(names.reduce((at, name) => at[name], this.#document))
  }

  #check(schema, value, what) {
    if (!this.#checks.has(schema)) {
      const text = JSON.stringify(schema).replaceAll('"#/components/', '"document#/components/')
      this.#checks.set(schema, this.#ajv.compile(JSON.parse(text)))
    }
    const valid = this.#checks.get(schema)
    if (valid(value)) return []
    return valid.errors.slice(0, 20).map((error) =>
      `${what}${error.instancePath} ${error.message}${error.params?.additionalProperty ? ` (${error.params.additionalProperty})` : ''}`)
  }

  #inPath(exchange, { path, pattern }, parameters) {
    const names = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name)
    const values = pattern.exec(exchange.path).slice(1).map(decodeURIComponent)
    return names.flatMap((name, at) => {
      const parameter = parameters.find((one) => one.in === 'path' && one.name === name)
      return parameter ? this.#check(parameter.schema, typed(this.#resolve(parameter.schema), [values[at]]), name) : [`{${name}} is not declared`]
    })
  }

  #inQuery(exchange, parameters) {
    const known = parameters.filter((one) => one.in === 'query')
    const given = new Map()
    for (const [key, value] of exchange.query) given.set(key, [...(given.get(key) ?? []), value])
    const unknown = [...given.keys()].filter((key) => !known.some((one) => one.name === key))
    return [
      ...unknown.map((key) => `the parameter ${key} is not known`),
      ...known.flatMap((one) => {
        if (!given.has(one.name)) return one.required ? [`the parameter ${one.name} is missing`] : []
        const schema = this.#resolve(one.schema)
        return this.#check(one.schema, typed(schema, given.get(one.name), one.explode === false), one.name)
      }),
    ]
  }

  #inBody(exchange, operation) {
    const body = this.#resolve(operation.requestBody)
    if (!exchange.requestBody) return body?.required ? ['a body is missing'] : []
    if (!body) return ['a body that nobody asked for']
    const type = mediaType(exchange.requestHeaders)
    const content = body.content[type]
    if (!content) return [`a body of the type ${type}, not ${Object.keys(body.content).join(' or ')}`]
    const [value, broken] = parsed(type, exchange.requestBody)
    return broken ? [broken] : this.#check(content.schema, value, 'body')
  }

  #inAnswer(exchange, operation) {
    const answer = this.#resolve(operation.responses[exchange.status] ?? operation.responses.default)
    if (!answer) return [`answered ${exchange.status}, which it does not`]
    const type = mediaType(exchange.headers)
    const missing = Object.entries(answer.headers ?? {})
      .filter(([name, header]) => header.required && exchange.headers[name.toLowerCase()] === undefined)
      .map(([name]) => `answered ${exchange.status} without the header ${name}`)
    if (!answer.content) return [...missing, ...(exchange.body ? [`answered ${exchange.status} with a body`] : [])]
    const content = answer.content[type]
    if (!content) return [...missing, `answered ${exchange.status} as ${type}, not ${Object.keys(answer.content).join(' or ')}`]
    const [value, broken] = parsed(type, exchange.body)
    return [...missing, ...(broken ? [broken] : this.#check(content.schema, value, `answer ${exchange.status}`))]
  }
}

export const mediaType = (headers) => (headers['content-type'] ?? '').split(';')[0].trim().toLowerCase()

export function parsed(type, text) {
  if (type === 'application/x-www-form-urlencoded') return [Object.fromEntries(new URLSearchParams(text))]
  if (!/json$/.test(type)) return [text]
  try {
    return [JSON.parse(text)]
  } catch {
    return [undefined, `JSON that is none: ${text.slice(0, 60)}`]
  }
}

// Text of a path or a query as what its schema wants; what cannot be is left as text, which the schema then refuses.
function typed(schema, values, commas = false) {
  if (schema?.type === 'array') {
    const items = commas ? values.flatMap((value) => value.split(',')) : values
    return items.map((value) => typed(schema.items, [value]))
  }
  const [value] = values
  if (schema?.type === 'integer' || schema?.type === 'number') return /^-?[0-9]+$/.test(value) ? Number(value) : value
  if (schema?.type === 'boolean') return { true: true, false: false }[value] ?? value
  return value
}
