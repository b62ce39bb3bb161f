#!/usr/bin/env bash
# Runs the benchmark program in bench/, which writes bench/RESULTS.md.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

compgen -G 'bench/*.go' >/dev/null || { say "there is no benchmark yet: it is a program in bench/" >&2; exit 1; }
make --no-print-directory build
go build -o bin/bench ./bench
go build -o bin/withpostgres ./internal/platform/db/dbtest/withpostgres
# The web app first: its figures are read from bin/bench-web.json.
CHROMIUM=$(find_chromium) || { scripts/ensure-deps.sh && CHROMIUM=$(find_chromium); }
export CHROMIUM
npm_ready e2e
SWITCHBOARD_BIN=$PWD/bin/switchboard node e2e/bench-web.mjs >bin/bench-web.json
bin/withpostgres bin/bench -switchboard bin/switchboard "$@"
