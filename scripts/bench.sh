#!/usr/bin/env bash
# Runs the benchmark program in bench/, which writes bench/RESULTS.md. It starts
# a throw-away PostgreSQL of its own.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

make --no-print-directory build
go build -o bin/bench ./bench
# For the figures of the web app.
CHROMIUM=$(find_chromium) || { scripts/ensure-deps.sh && CHROMIUM=$(find_chromium); }
export CHROMIUM
npm_ready e2e
bin/bench -switchboard bin/switchboard "$@"
