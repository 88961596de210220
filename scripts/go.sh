#!/usr/bin/env bash
# go, with the cgo environment this project is built with (see cgo-env.sh).
set -euo pipefail
env=$("$(dirname "$0")/cgo-env.sh")
while IFS='=' read -r name value; do export "$name=$value"; done <<<"$env"
exec go "$@"
