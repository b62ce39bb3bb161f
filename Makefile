# Everything a developer or a CI runs. `make` alone lists the targets.
# A machine needs git, make, Go ≥ 1.26 and Node ≥ 20.19; the rest is fetched by
# scripts/ensure-deps.sh where it may.

export CGO_ENABLED := 0
SHELL := /bin/bash
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run dev build web test check generate adapter bench bench-large faults fuzz e2e screenshots clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{ printf "  make %-12s %s\n", $$1, $$2 }'

run: build ## build everything and start the demo on 8080 or the next free port
	bin/switchboard demo $(ARGS)

dev: ## web app with hot reload (5173) in front of the program on 8080; Ctrl-C ends both
	scripts/dev.sh $(ARGS)

build: web ## build the web app and bin/switchboard
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/switchboard ./cmd/switchboard

web: # the web app alone, only when its sources changed
	@scripts/web-build.sh

test: ## every test on SQLite and PostgreSQL, the web app's tests, the browser stories
	@scripts/test.sh

check: ## format, vet, lint, architecture, generated files, web lint and types
	@scripts/check.sh

generate: ## make all generated files: API description, web types, list and documentation of channel types
	@scripts/generate.sh

adapter: ## the folder of a new channel type: make adapter name=line title='LINE'
	@go run ./scripts/newadapter -name '$(name)' -title '$(title)'

bench: ## the figures of bench/RESULTS.md, at most 10 minutes
	@scripts/bench.sh $(ARGS)

bench-large: ## builds the 10 million message data set first, up to 90 minutes per engine
	@scripts/bench.sh -large $(ARGS)

faults: ## the failure matrix at full figures (TIER=2 for a campaign)
	@scripts/faults.sh

fuzz: ## every fuzz target for FUZZ_SECONDS each (default 600)
	@scripts/fuzz.sh each "$${FUZZ_SECONDS:-600}"

e2e: build ## the browser stories alone
	@scripts/e2e.sh

screenshots: build ## a picture of each page (1440 and 390 px, light and dark, English and Arabic)
	@scripts/screenshots.sh

clean: ## remove what was built; never touches data
	rm -rf bin web/node_modules e2e/node_modules
	find internal/server/webui/dist -mindepth 1 ! -name .gitkeep -delete
