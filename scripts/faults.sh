#!/usr/bin/env bash
# The failure matrix (tests named TestFault…) at full figures. `make test` runs
# the same code at a tenth. SWITCHBOARD_TEST_TIER: 1 = faults, 2 = campaign.
set -euo pipefail
source "$(dirname "$0")/lib.sh"

scripts/ensure-deps.sh
export SWITCHBOARD_TEST_TIER=${TIER:-1}
mkdir -p bin
go build -o bin/testsum ./scripts/testsum
go build -o bin/withpostgres ./internal/platform/db/dbtest/withpostgres
# Each guard of access deleted once: some test must notice. It takes an hour, so a campaign only.
[[ ${TIER:-1} -lt 2 ]] || go run ./scripts/guards
bin/withpostgres go test -json -count 1 -p 1 -timeout 4h -run '^TestFault' ./... | bin/testsum go
