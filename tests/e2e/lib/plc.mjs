// The mock PLC directory: the PDS registers its account's DID there. It forgets everything when it ends, so its
// operations are written to a file, and put back at the next start.
import { createRequire } from 'node:module'
import http from 'node:http'
import path from 'node:path'
import { listenOnLoopback } from './control.mjs'
import { readJson, writeJson } from './files.mjs'

const require = createRequire(import.meta.url)

export async function startPlc(stateDir) {
  const { Database, PlcServer } = require('@did-plc/server')
  const file = path.join(stateDir, 'plc.json')
  const db = Database.mock()
  const kept = readJson(file) ?? []
  for (const { did, operation } of kept) await db.validateAndAddOp(did, operation)

  const add = db.validateAndAddOp.bind(db)
  db.validateAndAddOp = async (did, operation) => {
    await add(did, operation)
    kept.push({ did, operation })
    writeJson(file, kept)
  }

  const plc = PlcServer.create({ db })
  const server = http.createServer(plc.app)
  const port = await listenOnLoopback(server, 0)
  return { url: `http://127.0.0.1:${port}`, server }
}
