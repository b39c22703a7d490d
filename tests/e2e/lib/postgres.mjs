// A PostgreSQL of its own for one run: in a folder of its own that goes with it, reached by a Unix socket in there and
// by nothing else. It runs as "postgres" when this runs as root, which it refuses itself.
// Happy path: `const db = await startPostgres()`, then db.url, db.stop(). Failure: what PostgreSQL said is in the error.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

const DEBIAN = '/usr/lib/postgresql'
const READY = 'ready to accept connections'
const USER = 'appview'

function programs() {
  let versions = []
  try {
    versions = readdirSync(DEBIAN).map(Number).filter(Boolean).sort((a, b) => b - a)
  } catch (error) {
    if (error.code !== 'ENOENT') throw error
  }
  if (versions.length === 0) throw new Error('PostgreSQL is not installed; on Debian 12: apt-get install postgresql')
  return path.join(DEBIAN, String(versions[0]), 'bin')
}

function whoRuns() {
  if (process.getuid() !== 0) return {}
  const number = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: number('-u'), gid: number('-g') }
}

export async function startPostgres() {
  const bin = programs()
  const as = whoRuns()
  const folder = mkdtempSync(path.join(tmpdir(), 'winnow-postgres-'))
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid)
  const data = path.join(folder, 'data')
  const where = { ...as, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C' } }
  // It holds what the test could make again: nothing of it has to reach the disk.
  execFileSync(path.join(bin, 'initdb'), ['-D', data, '-U', USER, '-A', 'trust', '-E', 'UTF8', '--no-sync'], { ...where, stdio: 'pipe' })
  const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off', 'full_page_writes=off', 'synchronous_commit=off']
  // It ends with this process, however that ends.
  const postgres = [path.join(bin, 'postgres'), '-D', data, ...settings.flatMap((one) => ['-c', one])]
  const child = spawn('setpriv', ['--pdeathsig', 'QUIT', ...postgres], { ...where, stdio: ['ignore', 'ignore', 'pipe'] })
  const ended = once(child, 'exit')
  const last = () => {
    child.kill('SIGQUIT')
    rmSync(folder, { recursive: true, force: true })
  }
  process.on('exit', last)

  let said = ''
  await new Promise((ready, failed) => {
    child.stderr.on('data', (text) => {
      said = (said + text).slice(-4000)
      if (said.includes(READY)) ready()
    })
    child.once('error', failed)
    child.once('exit', () => failed(new Error(`PostgreSQL did not start: ${said}`)))
  })
  return {
    url: `postgresql://${USER}@/postgres?host=${encodeURIComponent(folder)}`,
    async stop() {
      child.kill('SIGQUIT')
      await ended
      process.off('exit', last)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
