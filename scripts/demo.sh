#!/usr/bin/env bash
# Runs the examples: a client against `products`, and `chat` with its page until Ctrl-C.
set -euo pipefail

usage() {
    cat <<'END'
Usage: demo.sh [--once]

Builds the examples, runs a Socket.IO client against `products`, then serves `chat` and its page until Ctrl-C. With
--once, or where standard input is not a terminal, it stops after the client. Port: 3001; DEMO_PORT changes it.
END
}

once=false
case "${1:-}" in
    -h | --help) usage; exit ;;
    --once) once=true ;;
    "") [[ -t 0 ]] || once=true ;;
    *) usage >&2; exit 2 ;;
esac

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
readonly port=${DEMO_PORT:-3001}
readonly stockade=target/debug/stockade
servers=()

stop() {
    if [[ ${#servers[@]} -gt 0 ]]; then
        kill "${servers[@]}" 2>/dev/null || true
        wait "${servers[@]}" 2>/dev/null || true
        servers=()
    fi
}
trap stop EXIT

# Starts a server and waits until it answers.
start() {
    local address=$1
    shift
    "$@" &
    servers+=($!)
    for _ in {1..100}; do
        if curl -fs -o /dev/null "$address"; then
            return
        fi
        if ! kill -0 "${servers[-1]}" 2>/dev/null; then
            return 1
        fi
        sleep 0.1
    done
    echo "demo: $address does not answer" >&2
    return 1
}

scripts/build-guest.sh products chat

readonly url=http://127.0.0.1:$port
readonly handshake="$url/socket.io/?EIO=4&transport=polling"
echo
echo "== products: the first sample of FoalTS's WebSocket documentation"
echo "   $stockade run target/guest/products.wasm"
start "$handshake" "$stockade" run target/guest/products.wasm --listen "127.0.0.1:$port"
node examples/products/client.mjs "$url"
stop

echo
echo "== chat"
echo "   $stockade run target/guest/chat.wasm --config examples/chat/stockade.toml"
start "$handshake" "$stockade" run target/guest/chat.wasm --listen "127.0.0.1:$port" \
    --config examples/chat/stockade.toml
echo
echo "The chat is at $url/"
if [[ $once == false ]]; then
    echo "Ctrl-C stops it."
    wait "${servers[@]}"
fi
