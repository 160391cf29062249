#!/bin/sh
# Print the path of a Python >= 3.12 that can make virtual environments; one clear sentence and exit 1 when there is none.
# On Debian and Ubuntu the `venv` module is a package of its own: installed here when we are root.
set -eu

new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null; }
makes_venvs() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

found=
# pyenv's shims exist for versions that are not switched on, so every candidate is run, not only looked up
for name in ${PYTHON:-} python3.13 python3.12 python3 python3.14 \
    "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.13*/bin/python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12*/bin/python3; do
    path=$(command -v "$name" 2>/dev/null) || continue
    if new_enough "$path"; then found=$path && break; fi
done

if [ -z "$found" ]; then
    echo "Tomoshibi needs Python 3.12 or newer and found none: install python3.12 (or newer), or say PYTHON=/path/to/python3." >&2
    exit 1
fi

if ! makes_venvs "$found"; then
    version=$("$found" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        "$(dirname "$0")/debian.sh" install "python$version-venv" >&2
    fi
    if ! makes_venvs "$found"; then
        echo "Python at $found cannot make a virtual environment: as root, run 'apt-get install python$version-venv'." >&2
        exit 1
    fi
fi
echo "$found"
