#!/usr/bin/env bash
# Everything that is judged without running the program. Goes on after a
# failure, so that one run shows all of it.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

format() {
  local files
  files=$(git ls-files -co --exclude-standard '*.go' | while read -r f; do [[ ! -f $f ]] || echo "$f"; done | xargs -r gofmt -l)
  [[ -z $files ]] || { say "gofmt -w $(tr '\n' ' ' <<<"$files")"; return 1; }
}

tidy() { go mod tidy -diff && go mod verify >/dev/null; }

lint() { go tool -modfile=tools/go.mod staticcheck ./...; }

architecture() { go test -count 1 ./internal/archtest; }

# Generated files as `make generate` leaves them: compared with what was there
# before, so that a change not yet committed is judged too.
generated_paths=(NOTICE api web/src/api/schema.d.ts internal/adapter/all docs/channels.md)
fingerprint() {
  find "${generated_paths[@]}" -type f -print0 2>/dev/null | LC_ALL=C sort -z | xargs -0 -r sha256sum
}
generated() {
  local before after
  before=$(fingerprint || true)
  scripts/generate.sh || return 1
  after=$(fingerprint || true)
  if [[ $before != "$after" ]]; then
    say "make generate changes these files; run it and commit them:"
    diff <(echo "$before") <(echo "$after") | awk '/^[<>]/ { print "  " $3 }' | sort -u
    git --no-pager diff --stat -- "${generated_paths[@]}" 2>/dev/null || true
    return 1
  fi
}

web_ready() { [[ -f web/package.json ]]; }
web_lint() { npm_ready web && (cd web && npx --no-install biome ci .); }
web_types() { npm_ready web && (cd web && npx --no-install tsc -b); }

scripts() { local f; for f in scripts/*.sh .ci/run; do bash -n "$f" || return 1; done; }

# Known holes in what we use: asked where the data bases can be reached, never
# the reason for a failure.
holes() {
  if command -v govulncheck >/dev/null 2>&1; then
    timeout 120 govulncheck ./... 2>&1 | tail -n 20 || say "(govulncheck found something or could not reach its data base)"
  else
    say "govulncheck is not installed: skipped"
  fi
  if web_ready; then
    (cd web && timeout 60 npm audit --omit=dev --loglevel=error 2>&1 | tail -n 20) || say "(npm audit found something or could not reach its data base)"
  fi
}

phase 'scripts parse' scripts
phase 'gofmt' format
phase 'go mod tidy' tidy
phase 'go vet' go vet ./...
phase 'architecture' architecture
phase 'staticcheck' lint
phase 'generated files' generated
if web_ready; then
  phase 'web lint' web_lint
  phase 'web types' web_types
fi
if [[ ${CHECK_HOLES:-} == 1 ]]; then phase 'known holes (information)' holes; fi
summary
