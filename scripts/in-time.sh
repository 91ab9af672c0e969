#!/usr/bin/env bash
# Ends a command that takes too long, with all that it has started.
set -euo pipefail

usage() {
    cat <<'END'
Usage: in-time.sh LIMIT COMMAND…

Runs COMMAND, for LIMIT at most, which is as `timeout` takes it: 60m. What the command has started ends with it, and so
does all of it when this script is interrupted.
END
}

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    usage
    exit
fi
if [[ $# -lt 2 ]]; then
    usage >&2
    exit 2
fi

# It has a process group of its own, which an interrupt from the terminal does not reach.
timeout --verbose --kill-after=30s "$@" &
trap 'kill "$!"' INT TERM
wait "$!"
