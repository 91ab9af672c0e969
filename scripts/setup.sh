#!/usr/bin/env bash
# Installs what building and testing this project takes, beside Rust itself.
set -euo pipefail

usage() {
    cat <<'END'
Usage: setup.sh [--demo]

Installs, where missing: Clang 22 with wasm-ld and a C library for guests in C, Node and npm for the Socket.IO client
and guests in JavaScript, Chromium for the chat's page, Python for a second Socket.IO client, Redis, curl, openssl,
valgrind, the Rust target for guests in Rust (see guest-toolchain.sh), and the tests' packages of npm and PyPI. Made for
Debian 12; apt-get needs root. Says what it does; where nothing is missing it says so and is quick.

With --demo only what the demo takes: Node, npm, curl and the Rust target, with the examples' packages of npm.
END
}

demo=false
case "${1:-}" in
    -h | --help) usage; exit ;;
    --demo) demo=true ;;
    "") ;;
    *) usage >&2; exit 2 ;;
esac
readonly demo

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
readonly root
changed=false

say() {
    echo "setup: $*"
    changed=true
}

missing_packages() {
    command -v node >/dev/null || echo nodejs
    command -v npm >/dev/null || echo npm
    command -v curl >/dev/null || echo curl
    if [[ $demo == true ]]; then
        return
    fi
    command -v clang-22 >/dev/null || echo clang-22
    command -v wasm-ld-22 >/dev/null || echo lld-22
    compgen -G "/usr/lib/llvm-22/lib/clang/22/lib/wasi/libclang_rt.builtins-wasm32.a" >/dev/null \
        || echo libclang-rt-22-dev-wasm32
    [[ -f /usr/lib/wasm32-wasi/libc.a ]] || echo wasi-libc
    command -v chromium >/dev/null || echo chromium
    [[ -d /usr/share/fonts/truetype/liberation ]] || echo fonts-liberation
    command -v python3 >/dev/null || echo python3
    # Debian's Python has the module, but not what it installs.
    python3 -c "import ensurepip, venv" 2>/dev/null || echo python3-venv
    # Signs the tokens of the tests.
    command -v openssl >/dev/null || echo openssl
    command -v redis-server >/dev/null || echo redis-server
    # Counts the instructions of an event.
    command -v valgrind >/dev/null || echo valgrind
}

install_packages() {
    if ! command -v apt-get >/dev/null || [[ $EUID -ne 0 ]]; then
        echo "setup: as root on Debian, run: apt-get install $*" >&2
        return 1
    fi
    say "installing $* with apt-get"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq
    apt-get install -qq -y --no-install-recommends "$@"
}

# The folders with a lock file of npm's.
install_npm_packages() {
    local lock folder
    for lock in "$@"; do
        folder=$(dirname "$lock")
        if [[ -f $lock && ! $folder/node_modules/.package-lock.json -nt $lock ]]; then
            say "npm install in ${folder#"$root"/}"
            # Not `npm ci`: it refuses a lock that lacks optional packages for other platforms, even where the registry
            # does not have them either.
            (cd "$folder" && npm install --no-save --no-audit --no-fund --loglevel=error)
        fi
    done
}

install_python_packages() {
    local folder=$root/tests/python
    local requirements=$folder/requirements.txt installed=$folder/.venv/installed
    if [[ ! $installed -nt $requirements ]]; then
        say "pip install in ${folder#"$root"/}"
        python3 -m venv --clear "$folder/.venv"
        "$folder/.venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$requirements"
        touch "$installed"
    fi
}

mapfile -t packages < <(missing_packages)
if [[ ${#packages[@]} -gt 0 ]]; then
    install_packages "${packages[@]}"
fi
"$root/scripts/guest-toolchain.sh"
install_npm_packages "$root/examples/package-lock.json"
if [[ $demo == false ]]; then
    install_npm_packages "$root"/tests/{*,guests/*}/package-lock.json
    install_python_packages
fi
if [[ $changed == false ]]; then
    echo "setup: nothing to do"
fi
