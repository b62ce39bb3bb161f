#!/usr/bin/env bash
# Runs the benchmark program in bench/, which writes bench/RESULTS.md. It starts
# a throw-away PostgreSQL of its own.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

make --no-print-directory build
go build -o bin/bench ./bench
bin/bench -switchboard bin/switchboard "$@"
