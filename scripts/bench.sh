#!/usr/bin/env bash
# Runs the benchmark program in bench/, which writes bench/RESULTS.md.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

compgen -G 'bench/*.go' >/dev/null || { say "there is no benchmark yet: it is a program in bench/" >&2; exit 1; }
make --no-print-directory build
go build -o bin/bench ./bench
go build -o bin/withpostgres ./internal/platform/db/dbtest/withpostgres
bin/withpostgres bin/bench -switchboard bin/switchboard "$@"
