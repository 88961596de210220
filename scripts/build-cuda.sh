#!/usr/bin/env bash
# Builds libggml-cuda.so, the library that lets ilsai use NVIDIA GPUs, from the sources of the ggml that the program
# itself is compiled from. The program looks for it in its own directory. Interrupted, it goes on where it stopped.
#
#   scripts/build-cuda.sh                      for the GPU of this machine
#   scripts/build-cuda.sh --arch 80,90         for named ones, or --arch all
#   scripts/build-cuda.sh --only 'rope|scale'  compile the files that match, link nothing: to try a compiler
#
# Needs CUDA 11.8 or later (12.8 for 100 and 120) in CUDA_HOME, /usr/local/cuda or the PATH, and a C++ compiler that
# this CUDA knows; CUDAHOSTCXX names it when it is not g++.
set -euo pipefail
cd "$(dirname "$0")/.."

known="80 86 89 90 100 120"
declare -A names=([80]="A100, A30" [86]="A10, A40, RTX 30" [89]="L4, L40, RTX 40" [90]="H100, H200" [100]="B100, B200" [120]="RTX 50, RTX PRO 6000 Blackwell")
arch= out=bin jobs= only= flash=1 ptx=
say() { printf 'build-cuda: %s\n' "$*" >&2; }
die() { say "$@"; exit 1; }
usage() {
  sed -n '2,10s/^# \{0,1\}//p' "$0"
  printf '\nArchitectures:\n'
  for a in $known; do printf '  %-4s %s\n' "$a" "${names[$a]}"; done
  printf '\n--jobs N compiles at once (default: as many as cores and memory allow), --out DIR (bin), --without-flash leaves flash attention out,\n--ptx leaves the last step of compiling to the driver, at the first start: builds in half the time, starts late\n'
}
while [ $# -gt 0 ]; do
  case $1 in
    --arch) arch=${2:?--arch needs a value}; shift 2 ;;
    --out) out=${2:?--out needs a value}; shift 2 ;;
    --jobs) jobs=${2:?--jobs needs a value}; shift 2 ;;
    --only) only=${2:?--only needs a value}; shift 2 ;;
    --without-flash) flash=; shift ;;
    --ptx) ptx=1; shift ;;
    -h | --help) usage; exit 0 ;;
    *) usage >&2; exit 2 ;;
  esac
done

# The compiler.
home=${CUDA_HOME:-${CUDA_PATH:-}}
if [ -z "$home" ]; then
  if [ -x /usr/local/cuda/bin/nvcc ]; then home=/usr/local/cuda
  elif nvcc=$(command -v nvcc); then home=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
  else die "there is no nvcc. Install CUDA (https://developer.nvidia.com/cuda-downloads), or set CUDA_HOME to where it is"; fi
fi
nvcc=$home/bin/nvcc
[ -x "$nvcc" ] || die "there is no $nvcc: CUDA_HOME must be the directory that has bin/nvcc"
cuda=$("$nvcc" --version | sed -n 's/.*release \([0-9.]*\),.*/\1/p')
at_least() { [ "$(printf '%s\n%s\n' "$1" "$cuda" | sort -V | head -1)" = "$1" ]; }
at_least 11.8 || die "nvcc is of CUDA $cuda; 11.8 or later is needed"

# The architectures.
if [ -z "$arch" ]; then
  caps=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | tr -d . | sort -un) || caps=
  [ -n "$caps" ] || { usage >&2; die "nvidia-smi shows no GPU here: say what to build for, such as --arch 90 (H100, H200) or --arch all"; }
  arch=$(tr '\n' , <<<"$caps")
fi
[ "$arch" = all ] && { arch=$known; at_least 12.8 || arch="80 86 89 90"; }
gencode=() last= kind=${ptx:+compute}
kind=${kind:-sm}
for a in ${arch//,/ }; do
  [[ " $known " == *" $a "* ]] || { usage >&2; die "there is no architecture $a"; }
  "$nvcc" --list-gpu-arch | grep -qx "compute_$a" || die "nvcc of CUDA $cuda does not know $a (${names[$a]}); 100 and 120 need CUDA 12.8"
  gencode+=(-gencode "arch=compute_$a,code=${kind}_$a"); last=$a
done
[ ${#gencode[@]} -gt 2 ] && [ -z "$ptx" ] && gencode+=(-gencode "arch=compute_$last,code=compute_$last") # newer GPUs compile that when they start

# The sources, as ggml's own CMakeLists.txt chooses them.
go mod download github.com/ollama/ollama
read -r module dir <<<"$(go list -m -f '{{.Version}} {{.Dir}}' github.com/ollama/ollama)"
ggml=$dir/ml/backend/ggml/ggml src=$dir/ml/backend/ggml/ggml/src
shopt -s nullglob
sources=("$src"/ggml-cuda/*.cu "$src"/ggml-cuda/template-instances/{mmq,mmf}*.cu)
if [ -n "$flash" ]; then
  sources+=("$src"/ggml-cuda/template-instances/fattn-{tile,mma}*.cu "$src"/ggml-cuda/template-instances/fattn-vec*{f16-f16,q4_0-q4_0,q8_0-q8_0}.cu)
fi
base=("$src"/ggml.c "$src"/ggml-alloc.c "$src"/ggml-quants.c "$src"/ggml-backend.cpp "$src"/ggml-threading.cpp "$src"/mem_nvml.cpp llama/backend/attach.cpp)
include=(-I"$ggml/include" -I"$src" -I"$src/ggml-cuda")
defines=(-DNDEBUG -DGGML_BACKEND_DL -DGGML_BACKEND_SHARED -DGGML_BACKEND_BUILD -DGGML_VERSION=0x0 -DGGML_COMMIT=0x0 -DGGML_CUDA_USE_GRAPHS -DGGML_CUDA_PEER_MAX_BATCH_SIZE=128)
[ -n "$flash" ] || defines+=(-DGGML_CUDA_NO_FA)
flags=(-std=c++17 -O3 -use_fast_math -extended-lambda "${gencode[@]}" "${defines[@]}" -Xcompiler -fPIC,-fvisibility=hidden)
[ -n "${CUDAHOSTCXX:-}" ] && flags=(-ccbin "$CUDAHOSTCXX" "${flags[@]}")
at_least 12.8 && flags+=(-compress-mode=size)

# Objects of other flags, sources or compilers lie elsewhere: what is there can be used again.
stamp=$(printf '%s\n' "$module" "$cuda" "${flags[@]}" | cat - llama/backend/abi.h llama/backend/attach.cpp | sha256sum | cut -c1-12)
objects=$PWD/out/cuda/$stamp
mkdir -p "$objects" "$out"

if [ -z "$jobs" ]; then # a compiler takes up to 2 GiB
  jobs=$(($(awk '/MemAvailable/ {print int($2 / 2097152)}' /proc/meminfo)))
  cores=$(nproc)
  jobs=$((jobs < 1 ? 1 : jobs < cores ? jobs : cores))
fi

todo=()
for f in "${base[@]}" "${sources[@]}"; do
  [ -n "$only" ] && ! grep -qE "$only" <<<"${f##*/}" && continue
  [ -e "$objects/${f##*/}.o" ] || todo+=("$f")
done
total=${#todo[@]} archs=$((${#gencode[@]} / 2))
say "CUDA $cuda, ${arch//,/ }, ggml of $module: $total files to compile, $jobs at once (about $((total * archs * 20 / 60 / jobs + 1)) minutes, more on slow cores)"

compile() { # compile FILE: an object appears only when it is whole
  local f=$1 o=$objects/${1##*/}.o began=$SECONDS
  case $f in
    *.cu) "$nvcc" "${flags[@]}" "${include[@]}" -c "$f" -o "$o.part$$" ;;
    *.c) gcc -std=c11 -O3 -fPIC -fvisibility=hidden -D_GNU_SOURCE "${defines[@]}" "${include[@]}" -c "$f" -o "$o.part$$" ;;
    *.cpp) g++ -std=c++17 -O3 -fPIC -fvisibility=hidden "${defines[@]}" "-DILSAI_GGML_MODULE=\"$module\"" "${include[@]}" -c "$f" -o "$o.part$$" ;;
  esac || { rm -f "$o.part$$"; say "$f could not be compiled"; return 255; }
  mv "$o.part$$" "$o"
  printf 'build-cuda: %d left, %s took %d s\n' "$(($(cat "$objects/.left") - 1))" "${f##*/}" "$((SECONDS - began))" >&2
  (flock 9; echo "$(($(cat "$objects/.left") - 1))" >"$objects/.left") 9>"$objects/.lock"
}
export -f compile say
export nvcc objects module
declare -p flags include defines >"$objects/.env"
echo "$total" >"$objects/.left"
began=$SECONDS
if [ "$total" -gt 0 ]; then
  printf '%s\0' "${todo[@]}" | xargs -0 -n1 -P "$jobs" bash -c '. "$objects/.env"; compile "$1"' _ ||
    die "stopped; what was compiled is kept in ${objects#"$PWD/"}, run it again to go on"
fi
say "compiled in $((SECONDS - began)) s"
[ -z "$only" ] || exit 0

# A ggml of its own is linked in and hidden: the program exports nothing, and nothing of the program is replaced.
objs=()
for f in "${base[@]}" "${sources[@]}"; do objs+=("$objects/${f##*/}.o"); done
printf '{ global: ggml_backend_init; ilsai_backend_*; local: *; };\n' >"$objects/exports"
lib=$home/lib64
[ -d "$lib" ] || lib=$home/lib
g++ -shared -o "$out/libggml-cuda.so.part" "${objs[@]}" -Wl,-soname,libggml-cuda.so -Wl,--version-script="$objects/exports" -Wl,-z,defs \
  -Wl,-rpath,'$ORIGIN' -Wl,-rpath,"$lib" -static-libgcc -static-libstdc++ -L"$lib" -L"$lib/stubs" -lcudart_static -lcublas -lcuda -lrt -ldl -lpthread -lm
for f in ggml_backend_init ilsai_backend_abi ilsai_backend_attach ilsai_backend_module; do
  nm -D --defined-only "$out/libggml-cuda.so.part" | grep -q " $f\$" || die "the library does not export $f: the program would refuse it"
done
mv "$out/libggml-cuda.so.part" "$out/libggml-cuda.so"
say "$out/libggml-cuda.so: $(du -h "$out/libggml-cuda.so" | cut -f1). Next: ilsai doctor"
