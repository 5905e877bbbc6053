#!/usr/bin/env bash
# trespassing.sh ROOT: which room may include which, read from the #include lines of ROOT's headers.
# The arrow is words -> grammar -> meaning -> lower -> tile, simd; kernel and finite call lower; infer and io know
# only matrices; store, which keeps Grams in files, calls kernel and io; contract, which tests words, calls kernel, and
# nobody calls it. Also: no namespace `detail`, and no
# macro but in simd/, prefixed WIDE_.
set -euo pipefail
cd "$1"
trespasses=0

# complain WHAT LINES: LINES are grep's; none is fine.
complain() {
    [[ -n "$2" ]] || return 0
    printf '%s\n%s\n' "$1" "$2"
    trespasses=1
}

# included PLACE: file:line:header for every #include under PLACE; quoted ones keep their opening quote.
included() {
    [[ -e "$1" ]] || return 0
    { grep -rHnE '^[[:space:]]*#[[:space:]]*include' --include='*.hpp' "$1" || true; } |
        sed -E 's/^([^:]+:[0-9]+:)[[:space:]]*#[[:space:]]*include[[:space:]]*(<([^>]*)>|("[^"]*")).*/\1\3\4/'
}

# only PLACE PATTERN: every header that PLACE includes matches PATTERN.
only() { complain "$1 may not include:" "$(included "$1" | grep -vE "^[^:]+:[0-9]+:($2)\$" || true)"; }

standard='[a-z_]+|sys/[a-z]+\.h'
language='wide/dsl(/.*)?\.hpp'
foreign='[^/".]*\.h|(tbb|oneapi|boost|Eigen)/.*'
rooms() { printf 'wide/(%s)/.*' "$1"; }

only dsl "concepts|utility|cstddef|type_traits|$language"
only include/wide/simd "$standard|$foreign|$language|$(rooms 'simd|run')|xsimd/.*"
only include/wide/tile "$standard|$foreign|$language|$(rooms 'tile|simd|run')"
only include/wide/lower "$standard|$foreign|$language|$(rooms 'lower|simd|run')"
# The door of the scalar recursion stands between lower/ and kernel/, and knows no vectors.
only include/wide/kernel_at.hpp "$standard|$language|$(rooms lower)|wide/simd/scalar\.hpp"
only include/wide/kernel "$standard|$foreign|$language|$(rooms 'kernel|lower|tile|simd|run')|wide/kernel_at\.hpp"
only include/wide/contract "$standard|$language|$(rooms 'contract|kernel|simd|run')"
only include/wide/contract.hpp "$standard|$language|$(rooms contract)"
# Samples come to networks as they come to kernels, in kernel/'s rows; parameters go to files, and spectra to LAPACK.
only include/wide/finite "$standard|$foreign|$language|$(rooms 'finite|kernel|lower|tile|simd|infer|io|run')"
only include/wide/infer "$standard|cblas\.h|libsvm/svm\.h|boost/numeric/odeint/.*|boost/math/.*|$(rooms 'infer|simd|run')"
only include/wide/io "$standard|$foreign|$(rooms 'io|run')"
only include/wide/store "$standard|$foreign|$language|$(rooms 'store|kernel|lower|io|run')"
only include/wide/run "$standard|$foreign|$(rooms run)"

complain "xsimd is included outside include/wide/simd:" \
    "$(for tree in dsl include; do included "$tree"; done | grep -E ':"?xsimd' | grep -v '^include/wide/simd/' || true)"
complain "a namespace named detail:" "$(grep -rnE 'namespace[^;{]*\bdetail\b' --include='*.hpp' dsl include || true)"
complain "a macro outside include/wide/simd, or not prefixed WIDE_:" \
    "$({ grep -rnE '^[[:space:]]*#[[:space:]]*define' --include='*.hpp' dsl include || true; } |
        grep -vE '^include/wide/simd/[^:]*:[0-9]+:[[:space:]]*#[[:space:]]*define[[:space:]]+WIDE_' || true)"
exit "$trespasses"
