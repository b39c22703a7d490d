// Configures and starts the PDS itself: on loopback, with its rate limits on, and with nobody to talk to but
// the mock PLC directory, and with an AppView where one is given: no moderation or report service, crawler, mail, S3, Redis or entryway.
import { createRequire } from 'node:module'
import http from 'node:http'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { listenOnLoopback } from './control.mjs'

const require = createRequire(import.meta.url)

// All that comes from the environment, and the log: before anything of the project's is loaded.
export function prepare(stateDir) {
  for (const name of Object.keys(process.env)) {
    if (/^(PDS|BSKY|OZONE|LOG|AWS)_/.test(name)) delete process.env[name]
  }
  Object.assign(process.env, {
    LOG_ENABLED: 'true',
    LOG_LEVEL: 'info',
    LOG_DESTINATION: path.join(stateDir, 'pds.log'),
  })
}

function configure(stateDir, port, { plcUrl, appView }, secrets) {
  Object.assign(process.env, {
    // A name of the reserved top level domain: nobody can be reached under it. With "localhost" the PDS starts in
    // development mode only, where it checks its own answers and reports more errors than a server in service.
    PDS_HOSTNAME: 'pds.test',
    PDS_PORT: String(port),
    PDS_DATA_DIRECTORY: path.join(stateDir, 'data'),
    PDS_BLOBSTORE_DISK_LOCATION: path.join(stateDir, 'blobs'),
    PDS_BLOBSTORE_DISK_TMP_LOCATION: path.join(stateDir, 'blobs-tmp'),
    PDS_DID_PLC_URL: plcUrl,
    PDS_INVITE_REQUIRED: 'false',
    PDS_RATE_LIMITS_ENABLED: 'true',
    PDS_RATE_LIMIT_BYPASS_KEY: secrets.bypass_key,
    PDS_JWT_SECRET: secrets.jwt_secret,
    PDS_ADMIN_PASSWORD: secrets.admin_password,
    PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX: secrets.rotation_key,
  })
  if (appView) {
    Object.assign(process.env, {
      PDS_BSKY_APP_VIEW_URL: appView.url,
      PDS_BSKY_APP_VIEW_DID: appView.did,
      // Without it the PDS hands on to https and to public addresses only.
      PDS_DISABLE_SSRF_PROTECTION: 'true',
    })
  }
  for (const dir of ['data', 'blobs', 'blobs-tmp']) mkdirSync(path.join(stateDir, dir), { recursive: true })
}

// What the PDS does to listen, which also lets subscribers to its stream of events in, on a socket that is open already.
function onSocket(server, listen) {
  const { createServer } = http
  http.createServer = (handler) => server.on('request', handler)
  server.listen = () => {
    setImmediate(() => server.emit('listening'))
    return server
  }
  try {
    return listen()
  } finally {
    http.createServer = createServer
  }
}

// The socket is opened first, because the PDS wants to know its own port when it is configured; and it is opened
// here, because the PDS would open it on every address. `others` gets the port, and tells who else there is.
export async function startPds(stateDir, wantedPort, others, secrets) {
  const server = http.createServer()
  const port = await listenOnLoopback(server, wantedPort)
  configure(stateDir, port, await others(port), secrets)
  const { PDS, envToCfg, envToSecrets, readEnv } = require('@atproto/pds')
  const env = readEnv()
  const pds = await PDS.create(envToCfg(env), envToSecrets(env))
  const listen = pds.app.listen
  pds.app.listen = () => onSocket(server, listen)
  await pds.start()
  return { url: `http://127.0.0.1:${port}`, port, server, pds }
}
