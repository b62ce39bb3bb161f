#!/usr/bin/env bash
# Builds web/ into internal/server/webui/dist, only when a source changed since
# the last time: the stamp is a hash over names and contents.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

[[ -f web/package.json ]] || { say "web app: no sources yet"; exit 0; }
stamp=bin/.web-stamp
now=$(find web -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -not -path '*/coverage/*' -not -name '*.tsbuildinfo' -print0 |
  LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum)
if [[ -f internal/server/webui/dist/index.html && -f $stamp && $(<"$stamp") == "$now" ]]; then
  exit 0
fi
npm_ready web
(cd web && npm run --silent build)
touch internal/server/webui/dist/.gitkeep
mkdir -p bin
printf '%s' "$now" >"$stamp"
