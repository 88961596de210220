#!/usr/bin/env bash
# Builds the widget and the demo's pages into widget/dist, where the program embeds them from.
# Usage: widget.sh build   if node is there and something has changed; says how to get node otherwise, and succeeds
#        widget.sh test    builds (node must be there), then checks types and runs the tests of the logic
set -euo pipefail
cd "$(dirname "$0")/../widget"

new_enough() { node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null; }
if ! command -v npm >/dev/null || ! new_enough; then
  echo "widget: not built, because Node.js 20.19 or newer with npm is not there; the program will say so at /" >&2
  [ "${1:?build or test}" = build ] && exit 0
  exit 1
fi

if [ ! -e node_modules/.installed ] || [ package-lock.json -nt node_modules/.installed ]; then
  npm ci --no-audit --no-fund --ignore-scripts --prefer-offline --loglevel=error
  touch node_modules/.installed
fi

stamp=dist/.built
if [ ! -e $stamp ] || [ ! -e dist/index.html ] || [ -n "$(find src demo build.mjs package-lock.json tsconfig*.json -newer $stamp -print -quit)" ]; then
  node build.mjs
  touch $stamp
fi
if [ "${1:?build or test}" = test ]; then npm test --silent; fi
