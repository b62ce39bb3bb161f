#!/usr/bin/env bash
# Takes the pictures of the documents from the demo: of every page (bin/screenshots
# in full, docs/images/pages as sheets) and the two of the README. bin/switchboard
# must be built. PLACES=name,name takes those pages alone.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

[[ -x bin/switchboard ]] || { say "bin/switchboard is missing: make build" >&2; exit 1; }
CHROMIUM=$(find_chromium) || { scripts/ensure-deps.sh && CHROMIUM=$(find_chromium); }
export CHROMIUM
export SWITCHBOARD_BIN=$PWD/bin/switchboard
npm_ready e2e
cd e2e
node pictures.mjs
[[ -n ${PLACES:-} ]] || node readme-pictures.mjs
