#!/usr/bin/env bash
# count.sh BUDGETS SOURCE COMPILER FLAGS...: how many templates clang instantiates for SOURCE, by its own -ftime-trace,
# has to be at most what BUDGETS allows. The count is exact for a compiler and its standard library; seconds are not.
set -euo pipefail
budgets=$1 source=$2 compiler=$3
shift 3
name=$(basename "$source" .cpp)
if ! command -v "$compiler" >/dev/null; then
    echo "$name: skipped, there is no clang++-19: its counts are what the budget is made of"
    exit 77
fi
allowed=$(sed -n "s/^$name  *\([0-9][0-9]*\)\$/\1/p" "$budgets")
if [[ -z $allowed ]]; then
    echo "$name: $budgets has no line for it"
    exit 1
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"$compiler" -std=c++20 "$@" -c "$source" -o "$folder/object" -ftime-trace="$folder/trace" -ftime-trace-granularity=0
classes=$(grep -oF '"name":"InstantiateClass"' "$folder/trace" | wc -l || true)
functions=$(grep -oF '"name":"InstantiateFunction"' "$folder/trace" | wc -l || true)
counted=$((classes + functions))
echo "$name: $counted instantiations ($classes classes, $functions functions), budget $allowed"
if ((counted == 0)); then
    echo "$name: the trace holds no instantiation: does this compiler still write -ftime-trace?"
    exit 1
fi
if ((counted > allowed)); then
    echo "$name: more than its budget: find what the change instantiates, or raise the line in $budgets and say why"
    exit 1
fi
