#!/usr/bin/env bash
# Every test there is. Goes on after a failure and ends with the seconds per
# phase and one line "N passed, N failed, N skipped" over all runners.
#
#   SWITCHBOARD_TEST_SQLITE_ONLY=1  do without PostgreSQL
#   GOTESTFLAGS='-run X -count 1'   passed on to go test
#   PACKAGES='./internal/…'         instead of ./...
set -euo pipefail
source "$(dirname "$0")/lib.sh"

scripts/ensure-deps.sh
counts=$(mktemp)
export COUNTS=$counts
trap 'rm -f "$counts"' EXIT
mkdir -p bin
go build -o bin/testsum ./scripts/testsum

go_tests() {
  go build -o bin/withpostgres ./internal/platform/db/dbtest/withpostgres
  # shellcheck disable=SC2086 # flags and packages are lists of words
  bin/withpostgres go test -json -p 2 -timeout 20m ${GOTESTFLAGS:-} ${PACKAGES:-./...} | bin/testsum go
}

web_tests() {
  [[ -f web/package.json ]] || { say "no web app yet"; return; }
  npm_ready web && (cd web && npm test --silent 2>&1) | bin/testsum vitest
}

build() {
  [[ -d cmd/switchboard ]] || { say "no program yet"; return; }
  make --no-print-directory build
}

stories() {
  [[ -f e2e/package.json && -d cmd/switchboard ]] || { say "no browser stories yet"; return; }
  scripts/e2e.sh 2>&1 | bin/testsum node
}

phase 'build' build
phase 'go tests' go_tests
phase 'fuzzing of what changed' scripts/fuzz.sh changed 90
phase 'web tests' web_tests
phase 'browser stories' stories
ok=0
summary || ok=1
bin/testsum total
exit $ok
