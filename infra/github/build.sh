#!/usr/bin/env bash
# Runs the lines of the input `run` under `inframind ci run`; the exit code is theirs.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/inframind.sh"
read -ra shell <<<"${INPUT_SHELL:-bash -e}"

if ! find_python; then
    jobs=$(getconf _NPROCESSORS_ONLN || echo 1)
    exec "${shell[@]}" -c "${INPUT_RUN//'{concurrency}'/$jobs}"
fi
find_key
name_pipeline
tool=${INPUT_STEP:-$(printf '%s\n' "$INPUT_RUN" | sed -n 's/^[[:space:]]*\([A-Za-z0-9_./-]\{1,\}\).*/\1/p' | head -n 1)}
options=(--tool "${tool##*/}")
# A build that `start` began has its suggestion already: this is a step of it.
if [ "${INPUT_APPLY:-true}" = true ] && [ -z "${INFRAMIND_RUN_ID:-}" ]; then
    options+=(--apply --objective "${INPUT_OBJECTIVE:-time}")
fi
lines=$INPUT_RUN
unset "${!INPUT_@}" # they are this action's, not the build's
inframind run "${options[@]}" -- "${shell[@]}" -c "$lines"
