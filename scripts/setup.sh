#!/usr/bin/env bash
# Installs what a target needs and this machine lacks. Usage: setup.sh build|test|train
# Only Debian and Ubuntu are handled; elsewhere it says which programs are missing.
set -euo pipefail

need() { # need PROGRAM PACKAGE…: remembers the packages if the program is missing
  command -v "$1" >/dev/null 2>&1 || missing+=("${@:2}")
}
want() { # the same for a program that the target can do without
  command -v "$1" >/dev/null 2>&1 || wanted+=("${@:2}")
}
missing=() wanted=()
case ${1:?which target} in
  build)
    need go golang
    need g++ g++
    need gcc gcc
    need git git
    # Without these the program has no pages, and says so.
    want node nodejs
    want npm npm
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
[ ${#missing[@]} -eq 0 ] && [ ${#wanted[@]} -eq 0 ] && exit 0

cannot() { # cannot WHY: ends here, as a failure only if something is missing that the target needs
  if [ ${#missing[@]} -eq 0 ]; then
    echo "$1: ${wanted[*]}. Going on without." >&2
    exit 0
  fi
  echo "$1: ${missing[*]}" >&2
  exit 1
}
command -v apt-get >/dev/null || cannot "Install these first"
sudo=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || cannot "Install these as root first, with apt-get install"
  sudo=sudo
fi
echo "installing:" "${missing[@]}" "${wanted[@]}" >&2
{ $sudo apt-get update -qq &&
  $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" "${wanted[@]}" >/dev/null; } ||
  cannot "These could not be installed"
