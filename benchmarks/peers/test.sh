#!/usr/bin/env bash
# test.sh PROGRAMS: test_peers.py with the peers' environment where there is one, or any Python that has NumPy.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
for python in "$here/../../build/peers/bin/python" python3 /usr/bin/python3; do
    if "$python" -c 'import numpy' 2>/dev/null; then exec "$python" "$here/test_peers.py" "$1"; fi
done
echo "skipped: no Python has NumPy" >&2
exit 77
