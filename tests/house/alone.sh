#!/usr/bin/env bash
# alone.sh HEADER COMPILER FLAGS...: HEADER compiles with nothing included before it, and twice in a row.
set -euo pipefail
header=$1
shift
printf '#include <%s>\n#include <%s>\n' "$header" "$header" | "$@" -fsyntax-only -x c++ -
