# ilsai. `make help` lists the targets.
SHELL := /bin/bash
GO    := scripts/go.sh
LINT  := $(GO) tool -modfile=tools/go.mod golangci-lint

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -X main.version=$(VERSION) -extldflags "-static-libgcc -static-libstdc++"
# Packages without the C++ of llama.cpp: the race detector would have it compiled a second time. Where nearly every test is of one
# goroutine, it gets a part of the random cases (-short); where goroutines meet, all of them.
RACE_PKGS  := ./llama/sched/... ./llama/schedtest/... ./tenancy/... ./server/...
RACE_SHORT := . ./models/... ./assistant/...

.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: run
run: build ## build, then start three demo shops on 127.0.0.1:8080
	bin/ilsai demo

.PHONY: test
test: setup-test ## vet, lint, every test, the demo in a browser, and the race detector on all packages but the C++ ones
	@printf '== vet\n' && $(GO) vet ./...
	@printf '== lint\n' && $(LINT) run ./...
	@printf '== widget\n' && scripts/widget.sh test
	@printf '== tests\n' && BROWSER_TESTS=1 $(GO) test -timeout 20m $(TESTFLAGS) ./...
	@printf '== race\n' && $(GO) test -race -timeout 20m $(TESTFLAGS) $(RACE_PKGS) && $(GO) test -race -short -timeout 20m $(TESTFLAGS) $(RACE_SHORT)

.PHONY: test-race
test-race: setup-test ## every test under the race detector (compiles llama.cpp once more)
	$(GO) test -race ./...

.PHONY: test-asan
test-asan: setup ## the cgo package under the address sanitizer, leaks included (compiles llama.cpp once more)
	scripts/test-asan.sh

.PHONY: test-browser
test-browser: setup-test widget ## the demo in a browser, used as people use it; part of test
	BROWSER_TESTS=1 $(GO) test ./cmd/ilsai -run '^TestBrowser$$' -count 1 -v

.PHONY: screenshots
screenshots: setup-test widget ## pictures of every state of the assistant, into out/screenshots
	BROWSER_TESTS=1 SCREENSHOTS=$(CURDIR)/out/screenshots $(GO) test ./cmd/ilsai -run '^TestBrowser$$' -count 1 -v

.PHONY: test-crash
test-crash: setup-test ## the crash loops and bars at full size: 200 kills on SQLite and PostgreSQL, 20 restarts, 8 points × 50, 100,000 requests
	ILSAI_CRASH_CYCLES=200 $(GO) test ./tenancy/store -run 'LedgerKilled|PostgresRestarted' -count 1 -v -timeout 60m
	ILSAI_BARS=full $(GO) test ./server -run 'Killed|StoredStrings|WhatClientsGot|KeysNeverCross|ThousandSends|NothingButTheToken|LimitsAreTold' -count 1 -v -timeout 60m

.PHONY: test-full
test-full: setup-test ## every test with bars at full size, of PKG=./server, say, or of all packages: hours, apart from the others
	ILSAI_BARS=full $(GO) test $(or $(PKG),./...) -count 1 -v -timeout 300m

.PHONY: attack
attack: setup-test ## attacks in SQL on tenants' own connections, guards off and on, for both engines (LIST=1 prints each), then every injected prompt
	@ILSAI_ATTACK=$(if $(LIST),list,table) $(GO) test ./tenancy/tenantdb -run 'Attack|Corpus' -count 1 -timeout 20m
	@ILSAI_BARS=full $(GO) test ./tenancy/tenantdb -run 'Matrix' -count 1 -timeout 60m -v | grep -v '^=== '
	@ILSAI_BARS=full $(GO) test ./cmd/ilsai -run 'Injection|AtRest' -count 1 -v -timeout 60m

.PHONY: sim
sim: setup ## 10,000 random histories of admission with faults; SEED=n replays one, SEEDS=n sets how many
	SIM_FIRST=$(or $(SEED),1) SIM_SEEDS=$(if $(SEED),1,$(or $(SEEDS),10000)) $(GO) test ./tenancy/admission -run '^TestSimulation' -count 1 -v -timeout 60m

.PHONY: build
build: setup widget ## write bin/ilsai: one file that needs only libc, libm and the loader
	@mkdir -p bin
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/ilsai ./cmd/ilsai

.PHONY: cuda
cuda: setup ## write bin/libggml-cuda.so for the GPU of this machine, or for ARCH=80,90 or all; docs/gpu.md
	scripts/build-cuda.sh $(if $(ARCH),--arch $(ARCH))

.PHONY: widget
widget: ## build the pages that the program embeds, if node is there and they are not up to date
	@scripts/widget.sh build

.PHONY: bench
bench: build ## every measurement with its bars, pages with plots in out/ (about 20 minutes on 2 idle cores); docs/benchmarks.md
	@mkdir -p out
	bin/ilsai bench engine --questions assistant/testdata/questions/sales_dev.yaml --html out/engine.html
	bin/ilsai bench tenants --html out/tenants.html
	bin/ilsai bench answer --html out/answer.html
	bin/ilsai bench start --html out/start.html
	bin/ilsai bench gateway --html out/gateway.html
	bin/ilsai bench canary --requests 1000 --html out/canary.html

.PHONY: bench-canary
bench-canary: build ## secrets of 50 shops in 5,000 requests: none may reach another shop (about 5 minutes); SEED=n repeats one
	@mkdir -p out
	bin/ilsai bench canary --strict --seed $(or $(SEED),0) --html out/canary.html

.PHONY: bench-soak
bench-soak: build ## 50,000 short generations that end in every way: what the process holds must not grow (about 10 minutes); SIZE=n, SEED=n
	@mkdir -p out
	bin/ilsai bench soak --strict --generations $(or $(SIZE),50000) --seed $(or $(SEED),0) --html out/soak.html

# The hand-written sets, each with the least share of right outcomes.
EVALSETS = sales.yaml=90 sales_counter.yaml=90 inventory.yaml=90 inventory_counter.yaml=90 patients.yaml=90 patients_counter.yaml=90 \
	follow_ups.yaml=85 follow_ups_counter.yaml=85 unsupported.yaml=85 kinds.yaml=95 knowledge.yaml=90

.PHONY: eval
eval: build ## what the default model gets right on every set: generated and held out, then by hand (test halves); one table
	bin/ilsai eval $(EVALFLAGS) --split test --set models/heldout-sales.yaml=95/95 $(foreach s,inventory patients,--set models/heldout-$(s).yaml=90/90) $(foreach s,$(EVALSETS),--set assistant/testdata/questions/$(s))

.PHONY: privacy
privacy: setup ## recall and precision of the recognisers of personal data, in disguise and cut anywhere, and their speed
	$(GO) test ./assistant/privacy -run 'Corpus|Disguises|Split|Linear' -count 1 -v
	$(GO) test ./assistant/privacy -run '^$$' -bench Find

.PHONY: train
train: ## train the default model from its seed (CPU or CUDA) and export it to models/
	scripts/setup.sh train
	/usr/bin/python3 scripts/train/train.py

.PHONY: lint
lint: setup ## golangci-lint
	$(LINT) run ./...

.PHONY: fmt
fmt: setup ## gofmt and goimports, in place
	$(LINT) fmt ./...

.PHONY: fuzz
fuzz: setup ## each fuzz target for FUZZTIME (30s)
	scripts/fuzz.sh $(or $(FUZZTIME),30s)

.PHONY: env
env: ## the cgo environment as shell exports: eval "$$(make -s env)"
	@scripts/cgo-env.sh | sed -E 's/^([A-Z_]+)=(.*)$$/export \1="\2"/'

.PHONY: clean
clean: ## remove built files (not the data of a demo)
	rm -rf bin

.PHONY: setup setup-test
setup:
	@scripts/setup.sh build
setup-test:
	@scripts/setup.sh test
