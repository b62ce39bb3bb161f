#!/usr/bin/env bash
# The web app's development server in front of the program. Ends both together.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

npm_ready web
go build -o bin/switchboard-dev ./cmd/switchboard
mkdir -p data
bin/switchboard-dev demo --data ./data/dev --listen 127.0.0.1:8080 "$@" &
server=$!
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true' EXIT
(cd web && npm run dev -- --host 127.0.0.1)
