# SPDX-License-Identifier: GPL-3.0-or-later
# Shared by packaging/run and packaging/test; sourced, not started. Sets `root`, the source tree.
# shellcheck shell=bash

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
program=$(basename -- "$0")

say() { printf '\n== %s\n' "$*"; }

die() {
    printf '\n%s: %s\n' "packaging/$program" "$*" >&2
    exit 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "packages must be installed by root, and there is no sudo here. As root, run: $*"
    fi
}

# packages_of SECTION...: the names that debian-packages.txt lists there.
packages_of() {
    local wanted=" $* "
    awk -v wanted="$wanted" '
        /^\[/ { section = substr($0, 2, length($0) - 2); next }
        /^#/ || /^$/ { next }
        index(wanted, " " section " ") { print $1 }' "$root/packaging/debian-packages.txt"
}

missing_packages() {
    local name
    for name in $(packages_of "$@"); do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null)" = installed ] || echo "$name"
    done
}

# install_packages SECTION...: through apt, and only what is missing.
install_packages() {
    command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
        die "wanted Debian 12 (apt-get and dpkg-query), found neither. The packages that Lectern needs are
listed in packaging/debian-packages.txt; with those in place, use cmake --preset release."
    local missing
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} -gt 0 ] || return 0
    say "Installing ${#missing[@]} packages: ${missing[*]}"
    as_root apt-get -q update || die "apt-get update failed; is there a network connection?"
    # The lock may be held for a minute by a machine's own updates.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends \
        -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 "${missing[@]}" </dev/null >"$install_log" 2>&1 || {
        tail -n 20 "$install_log" >&2
        die "apt-get could not install them; the whole output is in $install_log"
    }
}

# Where tools may write when there is no home folder, as on some build machines.
prepare_environment() {
    export LC_ALL=C.UTF-8
    install_log=$(mktemp -t lectern-apt.XXXXXX)
    if [ -e "$root/build" ] && [ ! -w "$root/build" ]; then
        die "wanted a build folder that can be written, found $root/build, which belongs to \
$(stat -c %U "$root/build"). Remove it, or give it back: sudo chown -R $(id -un) $root/build"
    fi
    if [ ! -w "${HOME:-/nonexistent}" ]; then
        HOME="$root/build/home"
        mkdir -p "$HOME" || die "wanted a folder that can be written, found none: $root/build"
        export HOME
    fi
    if [ -z "${XDG_RUNTIME_DIR:-}" ] || [ ! -w "$XDG_RUNTIME_DIR" ]; then
        XDG_RUNTIME_DIR=$(mktemp -d -t lectern-runtime.XXXXXX)
        export XDG_RUNTIME_DIR
    fi
}

# build_preset PRESET TARGET [cmake argument...]: configures and builds one target of a preset.
build_preset() {
    local preset=$1 target=$2
    shift 2
    cd "$root" || die "cannot enter $root"
    if command -v ccache >/dev/null; then
        set -- -DCMAKE_CXX_COMPILER_LAUNCHER=ccache "$@"
        # Without these ccache keeps nothing that uses a precompiled header.
        export CCACHE_SLOPPINESS=pch_defines,time_macros
    fi
    cmake --preset "$preset" "$@" </dev/null || die "configuring preset $preset failed; see above"
    cmake --build --preset "$preset" --target "$target" --parallel "$(jobs_that_fit)" </dev/null ||
        die "building preset $preset failed; see above"
}

# One compiler a core, but no more than memory carries: a file with Qt headers takes about 1 GB.
jobs_that_fit() {
    local cores memory
    cores=$(nproc)
    memory=$(awk '/^MemAvailable/ { print int($2 / 1048576) }' /proc/meminfo 2>/dev/null || echo "$cores")
    [ "$memory" -ge 1 ] || memory=1
    echo $((cores < memory ? cores : memory))
}
