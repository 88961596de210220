#!/usr/bin/env bash
# Runs every fuzz target of the module for the given time each. Usage: fuzz.sh 30s
set -euo pipefail
cd "$(dirname "$0")/.."
for package in $(scripts/go.sh list ./...); do
  for target in $(scripts/go.sh test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
    echo "== $package $target"
    scripts/go.sh test -run '^$' -fuzz "^$target\$" -fuzztime "${1:-30s}" "$package"
  done
done
