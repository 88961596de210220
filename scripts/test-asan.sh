#!/usr/bin/env bash
# The tests of the cgo package under the address sanitizer, llama.cpp compiled with it, and the leak check at the
# end: what C has allocated and nobody can reach any more fails the run. Arguments go to the test binary: -test.v, …
set -euo pipefail
cd "$(dirname "$0")/.."
env=$(scripts/cgo-env.sh)
while IFS='=' read -r name value; do export "$name=$value"; done <<<"$env"
# Frame pointers, so that a report names the functions; less optimisation, so that it takes minutes only.
export CGO_CFLAGS="$CGO_CFLAGS -O1 -g1 -fno-omit-frame-pointer" CGO_CXXFLAGS="$CGO_CXXFLAGS -O1 -g1 -fno-omit-frame-pointer"
export LSAN_OPTIONS="suppressions=$PWD/scripts/lsan.supp:print_suppressions=1${LSAN_OPTIONS:+:$LSAN_OPTIONS}"
binary=$(mktemp -d)/llama.test
trap 'rm -rf "$(dirname "$binary")"' EXIT
go test -asan -c -o "$binary" ./llama # 'go test' without -c would strip the names
cd llama
# TestNoLeak watches the size of the process, which the sanitizer's own memory for freed blocks lets grow.
"$binary" -test.timeout 20m -test.skip '^TestNoLeak$' "$@"
