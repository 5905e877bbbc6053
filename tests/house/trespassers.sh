#!/usr/bin/env bash
# trespassing.sh itself under test: a clean house passes, and each of these lines in the place named is caught.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
house=$(mktemp -d)
trap 'rm -rf "$house"' EXIT
failures=0

# verdict PLACE LINE: what trespassing.sh says of a house where only PLACE holds anything, LINE.
verdict() {
    rm -rf "${house:?}"/*
    mkdir -p "$house/dsl" "$house/include" "$house/$(dirname "$1")"
    printf '%s\n' "$2" >"$house/$1"
    bash "$here/trespassing.sh" "$house" >/dev/null
}
caught() {
    if verdict "$1" "$2"; then
        echo "not caught: $1: $2"
        failures=1
    fi
}
welcome() {
    if ! verdict "$1" "$2"; then
        echo "caught without reason: $1: $2"
        failures=1
    fi
}

welcome dsl/wide/dsl/words/dense.hpp '#include <wide/dsl/grammar/layer.hpp>'
welcome dsl/wide/dsl.hpp '#include <concepts>'
welcome include/wide/simd/lane.hpp '#include <xsimd/xsimd.hpp>'
welcome include/wide/simd/lane.hpp '#define WIDE_INLINE inline'
welcome include/wide/kernel/gram.hpp '#include <wide/lower/pair.hpp>'
welcome include/wide/infer/regress.hpp '#include <wide/run/matrix.hpp>'
welcome include/wide/infer/loss_flow.hpp '#include <boost/numeric/odeint/stepper/runge_kutta_dopri5.hpp>'
welcome include/wide/infer/svm.hpp '#include <libsvm/svm.h>'
welcome include/wide/infer/svm_dual.hpp '#include <wide/simd/batch.hpp>'
welcome include/wide/infer/choose_ridge.hpp '#include <boost/math/tools/minima.hpp>'
welcome include/wide/contract/subject.hpp '#include <wide/kernel/gram.hpp>'
welcome include/wide/contract.hpp '#include <wide/contract/report.hpp>'
welcome include/wide/wide.hpp '#include <wide/infer/regress.hpp>'
welcome include/wide/store/gram_to_file.hpp '#include <wide/kernel/gram.hpp>'
caught dsl/wide/dsl.hpp '#include <array>'
caught include/wide/kernel_at.hpp '#include <wide/simd/batch.hpp>'
caught dsl/wide/dsl.hpp '#include <wide/run/error.hpp>'
caught dsl/wide/dsl/words/dense.hpp '#include "../grammar/layer.hpp"'
caught include/wide/tile/pack.hpp '#include <xsimd/xsimd.hpp>'
caught include/wide/tile/pack.hpp '#  include <wide/lower/pair.hpp>'
caught include/wide/simd/lane.hpp '#include <wide/tile/pack.hpp>'
caught include/wide/lower/pair.hpp '#include <wide/kernel/gram.hpp>'
caught include/wide/kernel/gram.hpp '#include <wide/wide.hpp>'
caught include/wide/infer/regress.hpp '#include <wide/kernel/gram.hpp>'
caught include/wide/infer/regress.hpp '#include <xsimd/xsimd.hpp>'
caught include/wide/infer/regress.hpp '#include <boost/hana/tuple.hpp>'
caught include/wide/infer/loss_flow.hpp '#include <wide/finite/train.hpp>'
caught include/wide/kernel/gram.hpp '#include <wide/contract/report.hpp>'
caught include/wide/contract/subject.hpp '#include <wide/infer/regress.hpp>'
caught include/wide/contract.hpp '#include <wide/kernel/gram.hpp>'
caught include/wide/io/idx.hpp '#include <wide/dsl.hpp>'
caught include/wide/run/matrix.hpp '#include <wide/simd/lane.hpp>'
caught include/wide/wide.hpp '#include "xsimd/xsimd.hpp"'
caught include/wide/lower/pair.hpp 'namespace wide::detail {'
caught include/wide/lower/pair.hpp '#define WIDE_INLINE inline'
caught include/wide/simd/lane.hpp '#define INLINE inline'
caught include/wide/kernel/gram.hpp '#include <wide/store/gram_file.hpp>'
caught include/wide/io/npy.hpp '#include <wide/store/journal.hpp>'
exit "$failures"
