#!/usr/bin/env bash
# Installs what Nacre needs on a Debian 12 machine: apt packages and two Python environments.
# Idempotent; with nothing missing it takes a fraction of a second.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mkdir -p .deps

step() { printf '\033[1m==>\033[0m %s\n' "$*"; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

# What the packages of this list can't bring.
check_toolchains() {
    command -v cargo >/dev/null || fail "Rust's cargo is missing: install Rust 1.95 or later (https://rustup.rs), then run this again."
    local have
    have=$(cargo --version | awk '{print $2}')
    [ "$(printf '1.95\n%s\n' "$have" | sort -V | head -n 1)" = 1.95 ] ||
        fail "cargo $have is too old for Wasmtime: install Rust 1.95 or later with 'rustup update stable', then run this again."
    command -v python3 >/dev/null || fail "python3 is missing: install Python 3.10 or later (apt-get install python3 python3-venv), then run this again."
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))' ||
        fail "$(python3 --version) is too old: Python 3.10 or later must come first on PATH."
    python3 -c 'import ensurepip, venv' 2>/dev/null ||
        fail "python3 can't make virtual environments: apt-get install python3-venv, then run this again."
}

missing_packages() {
    local installed name least have
    installed=$(dpkg-query -W -f '${Package} ${Version} ${db:Status-Status}\n')
    while read -r name least; do
        case $name in '' | '#'*) continue ;; esac
        have=$(awk -v name="$name" '$1 == name && $3 == "installed" {print $2; exit}' <<<"$installed")
        if [ -z "$have" ] || { [ -n "$least" ] && dpkg --compare-versions "$have" lt "$least"; }; then
            echo "$name"
        fi
    done <tools/apt-packages.txt
}

apt_packages() {
    command -v dpkg-query >/dev/null ||
        fail "this is no Debian system: install the equivalents of tools/apt-packages.txt by hand and run with NACRE_SETUP_APT=0."
    local missing sudo=()
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -gt 0 ] || return 0
    step "Installing ${#missing[@]} Debian packages: ${missing[*]}"
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            fail "these Debian packages are missing and there is no sudo; as root run: apt-get install ${missing[*]}"
        sudo=(sudo)
    fi
    local log=.deps/apt.log
    "${sudo[@]}" apt-get update >"$log" 2>&1 ||
        fail "apt-get update failed (see $log): check that Debian's package mirror can be reached."
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        "${missing[@]}" >>"$log" 2>&1 ||
        fail "apt-get install failed (see the end of $log): Nacre needs Debian 12's packages ${missing[*]}."
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} = 0 ] ||
        fail "apt-get gave versions that are too old for: ${missing[*]}; Nacre is built on Debian 12 (bookworm)."
}

# environment DIR REQUIREMENTS WHAT: a virtual environment with exactly these packages, made anew
# when the list or the interpreter changes.
environment() {
    local dir=$1 requirements=$2 what=$3 stamp want log
    stamp=$dir/.stamp
    want=$({ cat "$requirements"; python3 -c 'import sys; print(sys.executable, sys.version)'; pwd; } | sha256sum)
    [ "$(cat "$stamp" 2>/dev/null)" != "$want" ] || return 0
    step "Python environment $dir: $what"
    log=.deps/$(basename "$requirements" .txt).log
    rm -rf "$dir"
    python3 -m venv "$dir" >"$log" 2>&1 || fail "python3 -m venv $dir failed (see $log)."
    "$dir/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$requirements" >>"$log" 2>&1 ||
        fail "pip could not install $requirements (see $log): check that the Python package index can be reached."
    printf '%s' "$want" >"$stamp"
}

# The Makefile puts .venv first in the path; an environment must not be made from itself.
PATH=${PATH//$PWD\/.venv\/bin:/}
check_toolchains
[ "${NACRE_SETUP_APT:-1}" = 0 ] || apt_packages
environment .venv tools/requirements.txt "cqlsh, cassandra-driver, pytest, zig's C compiler"
environment .venv-scylla tools/requirements-scylla.txt "scylla-driver"
