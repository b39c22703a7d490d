// Everything that is made up comes from here, and is the same for the same seed: DIDs, record keys, dates.
import { createHash } from 'node:crypto'

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567'
const TID_ALPHABET = '234567abcdefghijklmnopqrstuvwxyz'
const FIRST_FOLLOW_MS = Date.UTC(2024, 0, 1)
const BETWEEN_FOLLOWS_MS = 37 * 60 * 1000

export function digest(...parts) {
  return createHash('sha256').update(parts.join('\0')).digest()
}

// A did:plc identifier is 24 characters of base32. These name nobody: no PLC directory holds them.
export function fakeDid(seed, index) {
  const bytes = digest('did', seed, index)
  return 'did:plc:' + Array.from(bytes.subarray(0, 24), (byte) => BASE32[byte & 31]).join('')
}

// A record key is a TID: 53 bits of microseconds and 10 bits of clock id, in sortable base32.
export function tid(ms, clockId) {
  let value = (BigInt(ms) * 1000n << 10n) | BigInt(clockId & 1023)
  let text = ''
  for (let i = 0; i < 13; i += 1) {
    text = TID_ALPHABET[Number(value & 31n)] + text
    value >>= 5n
  }
  return text
}

// `follows` distinct DIDs, the first `twice` of them spread evenly and named by a second, later record.
export function followRecords(seed, follows, twice) {
  const order = Array.from({ length: follows }, (_, i) => i)
  for (let i = 0; i < twice; i += 1) order.push(Math.floor((i * follows) / twice))
  return order.map((who, nth) => {
    const ms = FIRST_FOLLOW_MS + nth * BETWEEN_FOLLOWS_MS
    return { did: fakeDid(seed, who), rkey: tid(ms, nth), createdAt: new Date(ms).toISOString() }
  })
}
