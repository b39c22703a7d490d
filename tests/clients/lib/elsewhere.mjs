// For clients that know one address only, https://api.x.com: what they send there goes to the simulator. The clients
// themselves stay as they are. Whatever else they would ask for fails: no test leaves the machine.
import https from 'node:https'
import net from 'node:net'

const HOSTS = ['api.x.com', 'x.com']

// The same path on the simulator.
export function onSimulator(link, sim) {
  const url = new URL(link)
  if (!HOSTS.includes(url.hostname)) throw new Error(`a client asks ${url.hostname}`)
  return sim.url + url.pathname + url.search
}

// For node's https: a plain connection to the simulator in place of a TLS one.
export function agentTo(sim) {
  const agent = new https.Agent({ keepAlive: false })
  agent.createConnection = ({ host, hostname = host }) => {
    if (!HOSTS.includes(hostname)) throw new Error(`a client asks ${hostname}`)
    return net.connect(sim.port, '127.0.0.1')
  }
  return agent
}

// For fetch: a function to put in its place.
export function fetchTo(sim, real = globalThis.fetch) {
  return (resource, init) => real(String(resource).startsWith(sim.url) ? resource : onSimulator(resource, sim), init)
}
