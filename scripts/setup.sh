#!/usr/bin/env bash
# Installs what a target needs and this machine lacks. Usage: setup.sh build|test|train
# Only Debian and Ubuntu are handled; elsewhere it says which programs are missing.
set -euo pipefail

need() { # need PROGRAM PACKAGE…: remembers the packages if the program is missing
  command -v "$1" >/dev/null 2>&1 || missing+=("${@:2}")
}
missing=()
case ${1:?which target} in
  build)
    need go golang
    need g++ g++
    need gcc gcc
    need git git
    ;;
  test)
    "$0" build
    need curl curl
    need redis-server redis-server
    need node nodejs
    need npm npm
    need chromium chromium
    ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
    ;;
  train)
    /usr/bin/python3 -c 'import torch, numpy, regex, yaml' 2>/dev/null ||
      missing+=(python3-torch python3-numpy python3-regex python3-yaml libopenblas0-pthread)
    ;;
  *) echo "setup.sh: no target $1" >&2; exit 2 ;;
esac
[ ${#missing[@]} -eq 0 ] && exit 0

if ! command -v apt-get >/dev/null; then
  echo "Install these first: ${missing[*]}" >&2
  exit 1
fi
sudo=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "Install these as root first: apt-get install ${missing[*]}" >&2; exit 1; }
  sudo=sudo
fi
echo "installing: ${missing[*]}" >&2
$sudo apt-get update -qq
$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
