#!/usr/bin/env bash
# Writes what is suggested into the environment of the job's next steps, and reports the start. Never fails.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/inframind.sh"

find_python || exit 0
find_key
name_pipeline
suggested=$(inframind optimize --format env --tool "${INPUT_TOOL:-}" --objective "${INPUT_OBJECTIVE:-time}") || exit 0
while IFS='=' read -r name value; do
    [ -z "$name" ] || export "$name=$value"
done <<<"$suggested"
# Each attempt, job and entry of a matrix is a build, and nobody knows its name before it begins: first come, first owned.
random=$("$PYTHON" -c 'import os; print(os.urandom(8).hex())') || exit 0
INFRAMIND_RUN_ID="github-${GITHUB_RUN_ID:-0}-${GITHUB_RUN_ATTEMPT:-1}-${GITHUB_JOB:-job}-$random"
export INFRAMIND_RUN_ID
started=$(inframind start --format env --tool "${INPUT_TOOL:-}") || exit 0
printf '%s\n%s\n' "$suggested" "$started" >>"${GITHUB_ENV:-/dev/null}"
