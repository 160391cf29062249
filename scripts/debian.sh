#!/bin/sh
# What the tests need from Debian or Ubuntu: a browser, fonts, PDF tools, a database server.
#   debian.sh tests            install whatever is missing (root), or say in one sentence what to install
#   debian.sh install PACKAGE… install these (root)
set -eu

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }
any() { for file in "$@"; do [ -e "$file" ] && return 0; done; return 1; }

get() { # unattended, and patient with another apt that is at work
    DEBIAN_FRONTEND=noninteractive apt-get -y -q -o DPkg::Lock::Timeout=300 "$@" </dev/null >>"$log" 2>&1
}

install() {
    # a fresh machine has no package lists, and lists of last month name files that are gone: try, refresh, try again
    get install --no-install-recommends "$@" && return 0
    get update || true
    get install --no-install-recommends "$@" && return 0
    tail -n 20 "$log" >&2
    echo "apt-get could not install: $*. Its last lines are above." >&2
    return 1
}

missing() {
    command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null ||
        if grep -qs '^ID=ubuntu' /etc/os-release; then echo chromium-browser; else echo chromium; fi # there a snap
    command -v pdftotext >/dev/null || echo poppler-utils
    any /usr/lib/postgresql/*/bin/initdb || command -v initdb >/dev/null || echo postgresql
    for font in fonts-ipaexfont fonts-ipamj-mincho fonts-morisawa-bizud-gothic; do
        installed "$font" || echo "$font"
    done
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT

case ${1:-} in
install)
    shift
    install "$@"
    ;;
tests)
    if ! command -v dpkg-query >/dev/null; then
        echo "This is not Debian or Ubuntu: make test needs Chromium, poppler's pdftotext, a PostgreSQL server and the IPAex, IPAmj and BIZ UD fonts." >&2
        exit 1
    fi
    wanted=$(missing | tr '\n' ' ')
    # the engine alone does with half the work; where there is none, tests drive the whole browser
    engine=
    command -v chromium-headless-shell >/dev/null || ! grep -qs '^ID=debian' /etc/os-release || engine=chromium-headless-shell
    [ -n "$wanted$engine" ] || exit 0
    if [ "$(id -u)" != 0 ]; then
        [ -n "$wanted" ] || exit 0
        echo "make test needs these packages; as root, run: apt-get install $wanted" >&2
        exit 1
    fi
    echo "Installing from Debian: $wanted$engine"
    # shellcheck disable=SC2086 -- one word a package
    install $wanted $engine 2>/dev/null || install $wanted
    ;;
*)
    echo "usage: $0 tests | install PACKAGE..." >&2
    exit 2
    ;;
esac
