// The descriptions by platform, and what does not fit them.
import { bluesky } from './bluesky.mjs'
import { github } from './github.mjs'
import { mastodon } from './mastodon.mjs'
import { x } from './x.mjs'

export const SPECS = { x, mastodon, bluesky, github }

// Each problem once, wherever in a list it stands.
export function problems(spec, exchanges) {
  const all = exchanges.flatMap((exchange) => spec.problems(exchange))
  return [...new Set(all.map((problem) => problem.replace(/\/[0-9]+(?=[/ ])/g, '/*')))]
}
