#!/usr/bin/env bash
# environment.sh FOLDER: a Python environment with the peers of requirements.txt in FOLDER, and what they need as
# constraints.txt has it; what is there already stays. A peer that cannot be installed is said to be missing, here and in the
# table, and is tried again when these files change or FOLDER/tried.txt is removed.
set -euo pipefail
folder=${1:?environment.sh FOLDER}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pins() { cat "$here/requirements.txt" "$here/constraints.txt"; }
if cmp -s <(pins) "$folder/tried.txt"; then exit 0; fi
python=$(command -v python3.11 || command -v python3) || {
    echo "peers: there is no python3" >&2
    exit 1
}
if ! "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    "$python" -m venv "$folder" || {
        echo "peers: $python cannot make an environment in $folder: is Debian's python3-venv installed?" >&2
        exit 1
    }
fi
while read -r -a packages; do
    printf 'peers: %s\n' "${packages[*]}" >&2
    "$folder/bin/python" -m pip install --quiet --constraint "$here/constraints.txt" "${packages[@]}" ||
        printf 'peers: MISSING: %s\n' "${packages[*]}" >&2
done < <(grep -v '^#' "$here/requirements.txt")
pins >"$folder/tried.txt"
