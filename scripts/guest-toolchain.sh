#!/usr/bin/env bash
# Makes sure that guests in Rust can be built for wasm32-wasip2.
set -euo pipefail

usage() {
    cat <<'END'
Usage: guest-toolchain.sh [--print]

Makes sure that this machine can build Rust for wasm32-wasip2, in the first of these ways that works:

  rustup  the target of the Rust toolchain in use, added with `rustup target add` where it is missing
  debian  Debian's rustc-web, rust-web-src and wasi-libc, which build the standard library with the guest;
          installed with apt-get where they are missing, for which this script has to run as root

Says what it installs, and nothing where nothing is missing. With --print it writes the name of the way.
END
}

readonly TARGET=wasm32-wasip2
# Long enough for the download; without a network, rustup would try for minutes.
readonly RUSTUP_SECONDS=20
readonly DEBIAN_PACKAGES=(rustc-web rust-web-src wasi-libc)

has_target() {
    local libraries
    libraries=$(rustc --print target-libdir --target "$TARGET" 2>/dev/null) || return 1
    compgen -G "$libraries/libstd-*.rlib" >/dev/null
}

has_debian_packages() {
    local sysroot
    [[ -f /usr/lib/wasm32-wasi/libc.a && -x /usr/bin/rustc ]] || return 1
    sysroot=$(/usr/bin/rustc --print sysroot) || return 1
    # Debian's older rustc sits at the same place and does not know the target.
    [[ -f $sysroot/lib/rustlib/src/rust/library/std/Cargo.toml ]] && /usr/bin/rustc --print target-list | grep -qx "$TARGET"
}

add_target() {
    command -v rustup >/dev/null || return 1
    echo "guest-toolchain: adding $TARGET with rustup" >&2
    timeout "$RUSTUP_SECONDS" rustup target add "$TARGET" >&2 && has_target
}

install_debian_packages() {
    if ! command -v apt-get >/dev/null; then
        echo "guest-toolchain: there is neither \`rustup target add $TARGET\` nor apt-get; install a Rust toolchain with that target" >&2
        return 1
    fi
    if [[ $EUID -ne 0 ]]; then
        echo "guest-toolchain: as root, run: apt-get install ${DEBIAN_PACKAGES[*]}" >&2
        return 1
    fi
    echo "guest-toolchain: installing ${DEBIAN_PACKAGES[*]} with apt-get" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq >&2
    apt-get install -qq -y --no-install-recommends "${DEBIAN_PACKAGES[@]}" >&2
    has_debian_packages
}

case "${1:-}" in
    -h | --help) usage; exit ;;
    --print | "") ;;
    *) usage >&2; exit 2 ;;
esac

if has_target; then
    way=rustup
# Before rustup, so that a machine where it once failed does not wait for it again.
elif has_debian_packages; then
    way=debian
elif add_target; then
    way=rustup
else
    install_debian_packages
    way=debian
fi

if [[ ${1:-} == --print ]]; then
    echo "$way"
fi
