#!/usr/bin/env bash
# Builds, checks and measures ilsai on this machine's GPU, and writes the table of docs/gpu.md into out/gpu.
#
#   scripts/measure-gpu.sh                  on the GPU; under 10 minutes on a machine with 16 cores
#   scripts/measure-gpu.sh --cpu            a dry run without one, of a tiny shape: tries this script, measures nothing of use
#   scripts/measure-gpu.sh --write          also puts the table into docs/gpu.md
#
# ARCH names the architecture when nvidia-smi cannot; QUICK=1 leaves the canary and the soak out.
set -euo pipefail
cd "$(dirname "$0")/.."

cpu= write=
while [ $# -gt 0 ]; do
  case $1 in
    --cpu) cpu=1; shift ;;
    --write) write=1; shift ;;
    *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
  esac
done
out=$PWD/out/gpu
mkdir -p "$out" bin
failed=()
step() { # step NAME COMMAND…: goes on when one fails, and says so at the end
  local name=$1 began=$SECONDS rc=0
  shift
  printf '== %s\n' "$name" >&2
  "$@" >"$out/$name.txt" 2>"$out/$name.log" || rc=$?
  if [ "$rc" -ne 0 ]; then failed+=("$name"); tail -5 "$out/$name.log" "$out/$name.txt" >&2; fi
  printf '   %s: %d s, exit %d\n' "$name" $((SECONDS - began)) "$rc" | tee -a "$out/times" >&2
}
: >"$out/times"
rm -f "$out"/*.txt "$out"/*.json

if [ -n "$cpu" ]; then
  gpu=(--gpu off) size=(--shape tiny --quants q4_k_m,q8_0 --sequences 1,8,32,64 --rounds 1 --prompt 32 --tokens 16 --prefix 128)
  canary=100 soak=400
else
  nvidia-smi -L >&2 || { echo "measure-gpu: nvidia-smi shows no GPU; --cpu tries the script without one" >&2; exit 1; }
  gpu=(--gpu require) size=(--shape llama-3.1-8b --quants q4_k_m,q8_0 --sequences 1,8,32,64,128 --rounds 3)
  canary=500 soak=10000
fi

# 1. Build. The two compilers share the cores; CUDA's takes longer.
if [ -z "$cpu" ]; then
  (scripts/build-cuda.sh ${ARCH:+--arch "$ARCH"} >"$out/build-cuda.log" 2>&1) &
  cuda=$!
fi
step build make build
if [ -z "$cpu" ]; then
  wait "$cuda" || { tail -20 "$out/build-cuda.log" >&2; exit 1; }
  printf '   build-cuda: %d s\n' "$SECONDS" | tee -a "$out/times" >&2
fi

# 2. What there is, and whether it computes what the CPU does.
step doctor bin/ilsai doctor "${gpu[@]}" --slots 0
if [ -z "$cpu" ]; then
  step equal scripts/go.sh test ./llama/engine -run '^TestGPU$' -count 1 -v
  grep -q -- '--- PASS: TestGPU' "$out/equal.txt" || failed+=("equal (skipped)")
else
  step equal scripts/go.sh test ./llama/engine -run '^TestStandInDevices$' -count 1 -v
fi
# The built-in model's plans of hand-written questions, by GPU and CPU: the same number right.
for on in "${gpu[1]}" off; do
  step "plans-$on" bin/ilsai eval --gpu "$on" --set assistant/testdata/questions/sales_dev.yaml --json
done

# 3. Speed, beside what the GPU says of itself, ten times a second.
if [ -z "$cpu" ]; then
  nvidia-smi --query-gpu=timestamp,utilization.gpu,utilization.memory,memory.used,clocks.sm,power.draw --format=csv,nounits -lms 100 >"$out/nvidia-smi.csv" &
  watch=$!
fi
step speed bin/ilsai bench gpu "${gpu[@]}" "${size[@]}" --json
[ -z "$cpu" ] && kill "$watch"

# 4. Secrets of shops, and memory.
if [ -z "${QUICK:-}" ]; then
  step canary bin/ilsai bench canary "${gpu[@]}" --requests "$canary" --json
  step soak bin/ilsai bench soak "${gpu[@]}" --generations "$soak" --json
fi

# 5. The table.
{
  printf '%s, ' "$(date -u +%F)"
  if [ -z "$cpu" ]; then
    nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader | head -1 | tr '\n' ' '
    printf '%s\n' "$(sed -n 's/^build-cuda: \(CUDA [0-9.]*\).*/\1/p' "$out/build-cuda.log" | head -1)"
  else
    printf 'DRY RUN ON A CPU, tiny shape: these figures mean nothing\n'
  fi
  printf 'ilsai %s\n\n' "$(git describe --tags --always --dirty)"
  bin/ilsai bench table "$out"/{speed,canary,soak}.txt
  printf '\nPlans of the built-in model: GPU %s, CPU %s\n' "$(bin/ilsai bench table --only 'exact plans' "$out/plans-${gpu[1]}.txt")" "$(bin/ilsai bench table --only 'exact plans' "$out/plans-off.txt")"
  printf '\nTimes of this run:\n\n'
  sed 's/^ */* /' "$out/times"
} >"$out/table.md" || failed+=(table)
cat "$out/table.md"
if [ -z "$cpu" ] && grep -q -F '**missed**' "$out/table.md"; then failed+=("a bar was missed"); fi
if [ -n "$write" ]; then
  sed -i -e '/<!-- measured -->/,/<!-- end -->/{/<!-- measured -->/{p;r '"$out/table.md"'
  };/<!-- end -->/p;d}' docs/gpu.md
fi
printf 'measure-gpu: %d s in all; everything is in %s\n' "$SECONDS" "${out#"$PWD/"}" >&2
if [ ${#failed[@]} -gt 0 ]; then
  printf 'measure-gpu: FAILED: %s\n' "${failed[*]}" >&2
  exit 1
fi
