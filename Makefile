# `make` alone lists what there is. Every target installs what it needs; what is there already is left alone.

# One selection of packages and targets for all of cargo's commands: another one would give the dependencies other
# features, and build them again.
WORKSPACE = --workspace --locked
TEST_ARGS ?=
# Tests that hang are ended and named long before.
TEST_LIMIT ?= 60m
BENCH_ARGS ?=
MUTANTS_ARGS ?=

.PHONY: help demo test guard mutants bench setup build guests lint docs fmt

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run the examples and a client against them
	@scripts/setup.sh --demo
	@echo "demo: building stockade: some minutes the first time, since that compiles Wasmtime"
	cargo build $(WORKSPACE) --bin stockade
	@scripts/demo.sh

test: setup lint build guests ## Everything that CI checks (TEST_ARGS="-- name" for some of the tests)
	scripts/in-time.sh $(TEST_LIMIT) cargo test $(WORKSPACE) $(TEST_ARGS)
	$(if $(TEST_ARGS),,scripts/check-instructions.sh)

guard: setup build guests ## Compare the instructions that an event takes with the baseline
	scripts/check-instructions.sh

mutants: setup build guests ## Look for faults in critical files that no test notices (MUTANTS_ARGS="--help")
	target/debug/stockade-mutants $(MUTANTS_ARGS)

bench: setup ## Measure Stockade beside its peers (BENCH_ARGS="help" says what can be measured)
	@scripts/bench.sh $(BENCH_ARGS)

setup: ## Install compilers for guests and what the tests take, where missing
	@scripts/setup.sh

build: ## Build stockade: target/debug/stockade
	cargo build $(WORKSPACE) --all-targets

guests: build ## Build the examples and the test guests into components
	scripts/build-guest.sh products chat bench-guest
	target/debug/build-guests

lint: ## Formatting, clippy and documentation, warnings being errors
	cargo fmt --all --check
	cargo clippy $(WORKSPACE) --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" cargo doc $(WORKSPACE) --no-deps

fmt: ## Format the sources
	cargo fmt --all
