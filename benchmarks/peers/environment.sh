#!/usr/bin/env bash
# environment.sh FOLDER: a Python environment with the peers of requirements.txt in FOLDER; what is there already stays.
# A peer that cannot be installed is said to be missing, here and in the table.
set -euo pipefail
folder=${1:?environment.sh FOLDER}
requirements=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/requirements.txt
python=$(command -v python3.11 || command -v python3)
[[ -x $folder/bin/python ]] || "$python" -m venv "$folder"
constraints=$folder/constraints.txt
grep -v '^#' "$requirements" | tr ' ' '\n' >"$constraints"
missing=0
while read -r -a packages; do
    printf 'peers: %s\n' "${packages[*]}" >&2
    "$folder/bin/python" -m pip install --quiet --constraint "$constraints" "${packages[@]}" || {
        printf 'peers: MISSING: %s\n' "${packages[*]}" >&2
        missing=1
    }
done < <(grep -v '^#' "$requirements")
# Says that nothing is left to be done.
((missing)) || cp "$requirements" "$folder/requirements.txt"
exit "$missing"
