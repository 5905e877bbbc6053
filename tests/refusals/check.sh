#!/usr/bin/env bash
# check.sh FILE COMPILER FLAGS...: FILE must be refused for the reason on its first line, `// expect: <regex>`
# (extended, matched against each line of what the compiler says), and must compile when CURED is defined.
set -euo pipefail
file=$1
shift
first=$(head -n 1 "$file")
expected=${first#// expect: }
if [[ "$expected" == "$first" || -z "$expected" ]]; then
    echo "$file: line 1 has to be '// expect: <regex>'"
    exit 1
fi
if said=$("$@" -fsyntax-only "$file" 2>&1); then
    echo "$file compiles, and was to be refused with: $expected"
    exit 1
fi
if ! grep -qE -- "$expected" <<<"$said"; then
    printf '%s\n\n%s: refused, but nothing above matches: %s\n' "$said" "$file" "$expected"
    exit 1
fi
grep -E -m 1 -- "$expected" <<<"$said"
if ! said=$("$@" -DCURED -fsyntax-only "$file" 2>&1); then
    printf '%s\n\n%s: does not compile with -DCURED\n' "$said" "$file"
    exit 1
fi
