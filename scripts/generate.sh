#!/usr/bin/env bash
# Makes every generated file, in the order in which they depend on each other:
# Go's own (//go:generate: the list of adapters, api/openapi.json), then the web
# app's types from the API description.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

go generate ./...
scripts/notice.sh
if [[ -f web/package.json && -f api/openapi.json ]]; then
  npm_ready web
  (cd web && npm run --silent --if-present generate)
fi
