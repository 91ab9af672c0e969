#!/usr/bin/env bash
# Compares the instructions that an event takes with those that it took.
set -euo pipefail

usage() {
    cat <<'END_OF_USAGE'
Usage: check-instructions.sh [--bless] [--binary PATH]

Counts, with valgrind, the instructions of each part of the way of an event in a fixed workload, and compares them with
tests/bench/in-process/instructions.toml. Fails where a part takes over 5 % more; says where one takes over 5 % less. With
--bless it writes what it has counted there.

The counts are those of a development build, target/debug/hot-path, and of guests as built by build-guest.sh. --binary
counts another build, such as target/release/hot-path, whose numbers are smaller and not to be committed.
END_OF_USAGE
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
readonly baseline=$root/tests/bench/in-process/instructions.toml
# Now and then an epoch ends and the guest yields, which takes thousands of instructions. Of several short batches at least
# one is without.
readonly batches=12 rounds=10
readonly percent=5
binary=$root/target/debug/hot-path
bless=false

while [[ $# -gt 0 ]]; do
    case "$1" in
        -h | --help) usage; exit ;;
        --bless) bless=true ;;
        --binary)
            [[ $# -ge 2 ]] || { usage >&2; exit 2; }
            binary=$2
            shift
            ;;
        *) usage >&2; exit 2 ;;
    esac
    shift
done

if [[ ! -x $binary ]]; then
    echo "check-instructions: $binary is missing: make build" >&2
    exit 1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Writes a line for each part: its name and its instructions a round.
#
# Callgrind writes a file at each call of `mark`. Every second one has what lies between the two calls of a batch.
count() {
    local lines name file=0
    if ! lines=$(valgrind --tool=callgrind --callgrind-out-file="$folder/counts" --dump-before='hot_path::mark*' \
        "$binary" "$batches" "$rounds" 2>"$folder/errors"); then
        cat "$folder/errors" >&2
        return 1
    fi
    while read -r name _; do
        file=$((file + 2))
        awk -v name="$name" '$1 == "totals:" { print name, $2 }' "$folder/counts.$file"
    done <<<"$lines" | awk -v rounds="$rounds" '
        !($1 in least) { names[++count] = $1; least[$1] = $2 }
        $2 < least[$1] { least[$1] = $2 }
        END { for (i = 1; i <= count; i++) printf "%s %d\n", names[i], least[names[i]] / rounds }'
}

known() {
    awk -v name="$1" '$1 == name && $2 == "=" { print $3 }' "$baseline"
}

counted=$(count)

if [[ $bless == true ]]; then
    {
        echo "# Instructions of one round of each part, in a development build: scripts/check-instructions.sh --bless"
        while read -r name now; do
            echo "$name = $now"
        done <<<"$counted"
    } >"$baseline"
    echo "check-instructions: wrote ${baseline#"$root"/}"
    exit
fi

failed=false
while read -r name now; do
    before=$(known "$name")
    if [[ -z $before ]]; then
        echo "check-instructions: $name takes $now instructions, and has no baseline"
        failed=true
        continue
    fi
    change=$(awk -v now="$now" -v before="$before" 'BEGIN { printf "%+.1f", (now - before) * 100 / before }')
    printf '%-20s %8d instructions, %8d before: %6s %%\n' "$name" "$now" "$before" "$change"
    if ((now * 100 > before * (100 + percent))); then
        echo "check-instructions: $name takes $change % more than the baseline, over $percent %" >&2
        failed=true
    elif ((now * 100 < before * (100 - percent))); then
        echo "check-instructions: $name has become cheaper: lower the baseline with --bless"
    fi
done <<<"$counted"

if [[ $failed == true ]]; then
    cat >&2 <<'END_OF_ADVICE'
check-instructions: callgrind_annotate shows where they go: valgrind --tool=callgrind target/debug/hot-path 1 1000 PART
    Where it is worth it, accept the new numbers: scripts/check-instructions.sh --bless, and say why in the commit.
END_OF_ADVICE
    exit 1
fi
