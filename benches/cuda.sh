#!/usr/bin/env bash
# On a machine with a GPU and nvcc: builds gander for it, embeds on the GPU and on the processor, compares the vectors, and
# times sentence-transformers on the same GPU. Needs python3 with pyarrow and sentence-transformers.
#
#   benches/cuda.sh [BINARY]     a binary built elsewhere with `cargo build --release --features cuda` saves the build
set -euo pipefail
cd "$(dirname "$0")/.."
gander="${1:-}"
if [ -z "$gander" ]; then
    cargo build --release --locked --features cuda
    gander="${CARGO_TARGET_DIR:-target}/release/gander"
fi
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
python3 benches/cuda.py texts "$work"
fresh() { XDG_CACHE_HOME="$(mktemp -d -p "$work")" XDG_STATE_HOME="$(mktemp -d -p "$work")" "$@"; }
now() { date +%s%N; }
for texts in long short; do
    for device in gpu cpu; do
        [ $device = cpu ] && export CUDA_VISIBLE_DEVICES=-1 || unset CUDA_VISIBLE_DEVICES
        for extra in --vectors-only ""; do
            begin=$(now)
            # shellcheck disable=SC2086
            fresh "$gander" embed "$work/$texts.jsonl" -o "$work/${texts}_$device.parquet" --force $extra >/dev/null 2>&1
            echo "gander, $texts texts, $device${extra:+, $extra}: $((($(now) - begin) / 1000000)) ms, start and files included"
        done
    done
done
unset CUDA_VISIBLE_DEVICES
python3 benches/cuda.py compare "$work"
python3 benches/cuda.py peer "$work"
