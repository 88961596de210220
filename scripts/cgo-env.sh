#!/usr/bin/env bash
# Prints the cgo environment the llama package is built with, as NAME=VALUE lines.
# The Makefile exports them; `make env` prints them as shell exports for editors.
#
# The CPU is resolved to explicit names because Go's build cache is keyed by the text of the
# flags: the word "native" would serve a binary made for another machine. ILSAI_MARCH overrides
# (for example ILSAI_MARCH=-march=x86-64-v3 for a binary that is carried to an older machine).
set -euo pipefail
cd "$(dirname "$0")/.."

go mod download github.com/ollama/ollama
dir=$(go list -m -f '{{.Dir}}' github.com/ollama/ollama)

march=${ILSAI_MARCH:-}
if [ -z "$march" ]; then
  case $(uname -m) in
    x86_64)
      target=$(gcc -march=native -Q --help=target)
      on() { grep -qE "^[[:space:]]+-m$1[[:space:]]+\[enabled\]" <<<"$target"; }
      if on avx512f && on avx512bw && on avx512cd && on avx512dq && on avx512vl; then
        march=-march=x86-64-v4
        for f in avx512vbmi avx512vnni avx512bf16; do
          if on "$f"; then march+=" -m$f"; fi
        done
      elif on avx2 && on fma && on bmi2 && on f16c; then
        march=-march=x86-64-v3
      else
        march=-march=x86-64-v2
      fi
      ;;
    aarch64) march=-march=armv8.2-a+dotprod+fp16 ;;
    *) march= ;;
  esac
fi

flags="-O3 $march -DGGML_USE_CPU_REPACK -DGGML_USE_OPENMP -fopenmp"
echo "CGO_ENABLED=1"
echo "CGO_CPPFLAGS=-I$dir/llama/llama.cpp/include -I$dir/ml/backend/ggml/ggml/include"
echo "CGO_CFLAGS=$flags"
echo "CGO_CXXFLAGS=$flags"
echo "CGO_LDFLAGS=-fopenmp -static-libgcc -static-libstdc++ -l:libgomp.a"
