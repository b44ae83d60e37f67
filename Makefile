# `make` alone prints the targets. Everything but `lint` needs Go and nothing
# else that the targets do not find or install themselves.

GO        ?= go
TESTFLAGS ?= -parallel 5 -timeout 30m
PACKAGES  ?= ./...
BENCHFLAGS ?=
FUZZTIME  ?= 20s
BENCHTIME ?= 1s
SCALE     ?= full
ROUNDS    ?= 3
SOAKCOUNT ?= 200

GOLANGCI_VERSION := v2.15.0
GOLANGCI := .tools/golangci-lint-$(GOLANGCI_VERSION)

.PHONY: help build postgresql test test-race test-docker test-all test-heavy same demo lint generate fuzz bench microbench strength soak clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## build ./understudy, one static binary
	CGO_ENABLED=0 $(GO) build -trimpath -o understudy ./cmd/understudy

postgresql: ## find PostgreSQL's server programs, or install them
	@scripts/postgresql.sh ensure

test: postgresql ## run all tests
	$(GO) test $(TESTFLAGS) $(PACKAGES)

test-race: postgresql ## run all tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race $(TESTFLAGS) $(PACKAGES)

test-docker: ## run the tests on servers in docker; starts an engine and builds an image where needed
	integration/docker/test.sh $(TESTFLAGS) ./...

test-all: ## run all tests on PostgreSQL 14 to 18, and on pairs of them (PAIRS="15:18 …"); makes in .docker what is missing
	GO="$(GO)" TESTFLAGS="$(TESTFLAGS)" integration/versions/test.sh .docker $(PAIRS)

test-heavy: postgresql ## run the tests that take minutes and gigabytes: 500 MB in a value, 12,000 tables, rules at random, a host that vanishes
	UNDERSTUDY_TEST_HEAVY=1 $(GO) test -count=1 -timeout 2h -parallel 1 -run 'TestLargestValues|TestMany|TestRandomMasks|TestTargetDiskFull|TestOurHostVanishes' ./integration
	UNDERSTUDY_TEST_HEAVY=1 $(GO) test -count=1 -timeout 2h -run 'Distinct|TakeAnything' ./transform/mask

same: postgresql ## copy the database SOURCE=postgres://… keeping everything, on a throw-away server, and compare
	UNDERSTUDY_TEST_SERVERS=local UNDERSTUDY_SAME_SOURCE='$(SOURCE)' $(GO) test -count=1 -v -run '^TestSame$$' ./integration

demo: postgresql ## see a refresh, a failure, a reset, a rehearsal, a branch and a scheduled refresh on two throw-away servers
	$(GO) run ./cmd/understudy demo

lint: $(GOLANGCI) ## check form, import rules and known mistakes
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "gofmt: not formatted:"; echo "$$files"; exit 1; fi
	$(GO) vet ./...
	$(GOLANGCI) run --allow-parallel-runners ./...
	$(GO) mod tidy -diff

$(GOLANGCI):
	GOBIN=$(CURDIR)/.tools $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_VERSION)
	mv .tools/golangci-lint $@

generate: ## write generated files anew
	$(GO) generate ./...

fuzz: postgresql ## fuzz every fuzz test for FUZZTIME (default 20s)
	scripts/fuzz.sh $(FUZZTIME)

bench: postgresql ## measure a refresh against raw COPY, pg_dump and pgcopydb (SCALE=small|quarter|half|full, ROUNDS=3)
	$(GO) run ./integration/bench -scale $(SCALE) -rounds $(ROUNDS) -json .bench/$(SCALE).json $(BENCHFLAGS)

microbench: postgresql ## run the Go benchmarks for BENCHTIME each (default 1s)
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) ./...

strength: postgresql ## attack masked copies in full size, and print what docs/privacy.md claims
	UNDERSTUDY_TEST_HEAVY=1 $(GO) test -count=1 -timeout 1h -parallel 1 -v -run 'TestStrength|TestShapeKeepsPlannerEstimates' ./integration | grep -E 'strength|q-error|---|^ok|FAIL'

soak: postgresql ## SOAKCOUNT runs (default 200) with faults at random: kills, cut links, schema changes
	UNDERSTUDY_TEST_SOAK=$(SOAKCOUNT) $(GO) test -count=1 -timeout 4h -v -run '^TestSoak$$' ./integration

clean: ## delete what the targets above have made
	rm -rf understudy .tools .bench
