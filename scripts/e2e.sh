#!/usr/bin/env bash
# The browser stories against bin/switchboard, which must be built.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

[[ -x bin/switchboard ]] || { say "bin/switchboard is missing: make build" >&2; exit 1; }
CHROMIUM=$(find_chromium) || { scripts/ensure-deps.sh && CHROMIUM=$(find_chromium); }
export CHROMIUM
export SWITCHBOARD_BIN=$PWD/bin/switchboard
npm_ready e2e
cd e2e && npm test --silent
