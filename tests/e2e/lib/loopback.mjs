// The servers of @atproto/dev-env listen on every address of the machine, and offer no way to say otherwise. With this
// each socket that this process opens and that names no host is one of loopback; one that names another host fails.
import dns from 'node:dns'
import net from 'node:net'

const LOOPBACK = '127.0.0.1'
const OURS = ['127.0.0.1', 'localhost']

function held(args) {
  const [first, second, ...rest] = args
  if (first !== null && typeof first === 'object') {
    if (first.port === undefined) return args
    return [{ ...first, host: checked(first.host) }, second, ...rest]
  }
  if (typeof first !== 'number') return args
  return typeof second === 'string' ? [first, checked(second), ...rest] : [first, LOOPBACK, ...args.slice(1)]
}

function checked(host = LOOPBACK) {
  if (!OURS.includes(host)) throw new Error(`a server wants to listen on ${host}`)
  return LOOPBACK
}

export function staysOnLoopback() {
  const listen = net.Server.prototype.listen
  net.Server.prototype.listen = function listenOnLoopback(...args) {
    return listen.apply(this, held(args))
  }
  // They reach each other as "localhost", which may mean ::1 first.
  dns.setDefaultResultOrder('ipv4first')
}
