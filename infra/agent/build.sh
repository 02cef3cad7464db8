#!/usr/bin/env bash
# Builds the agent: build.sh [release|asan|fuzz] [FOLDER]. Without a folder, in .bench/agent of the repository.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
preset="${1:-release}"
folder="${2:-$here/../../.bench/agent/$preset}"
cd "$here"
cmake --preset "$preset" -B "$folder" --log-level=WARNING >/dev/null
cmake --build "$folder" --parallel "${AGENT_JOBS:-$(nproc)}"
