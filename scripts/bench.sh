#!/usr/bin/env bash
# Builds what the benchmark takes and runs it.
set -euo pipefail

usage() {
    cat <<'END'
Usage: bench.sh [ARGUMENT…]

Builds Stockade and the benchmark in release, the benchmark's guest, and installs the peers' packages of npm, where
missing; then runs `stockade-bench` with the arguments, or `stockade-bench all` without any. `bench.sh help` says what
there is. `bench.sh stages` measures an event without sockets, stage by stage, with criterion. For numbers that mean
something, run nothing else meanwhile.
END
}

case "${1:-}" in
    -h | --help) usage; exit ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root

for lock in "$root"/tests/bench/peers/*/package-lock.json; do
    folder=$(dirname "$lock")
    if [[ ! $folder/node_modules/.package-lock.json -nt $lock ]]; then
        echo "bench: npm install in ${folder#"$root"/}"
        (cd "$folder" && npm install --no-save --no-audit --no-fund --loglevel=error)
    fi
done

"$root/scripts/build-guest.sh" bench-guest products
# This selection and no other: another one would build the dependencies once more.
cargo build --release --locked --manifest-path "$root/Cargo.toml" -p stockade -p stockade-bench --bins

case "${1:-}" in
    "") set -- all ;;
    stages)
        shift
        exec cargo bench --locked --manifest-path "$root/Cargo.toml" -p stockade -p stockade-bench --bench event -- "$@"
        ;;
esac
exec "$root/target/release/stockade-bench" "$@"
