// Small files that another process reads while this one writes: whole or not there, and private.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'

export function writeJson(file, value) {
  const next = `${file}.${process.pid}.tmp`
  writeFileSync(next, JSON.stringify(value, null, 1) + '\n', { mode: 0o600 })
  renameSync(next, file)
}

// undefined when there is no such file; anything else that is wrong is an error.
export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
