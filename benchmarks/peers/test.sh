#!/usr/bin/env bash
# test.sh PROGRAMS: test_peers.py with the peers' environment where there is one, or any Python that has NumPy.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Another Python may stand before the system's, and have no NumPy.
while read -r python; do
    if "$python" -c 'import numpy' 2>/dev/null; then exec "$python" "$here/test_peers.py" "$1"; fi
done < <(printf '%s\n' "$here/../../build/peers/bin/python" && type -ap python3)
echo "skipped: no Python has NumPy" >&2
exit 77
