# Targets for development; `make` without a target lists them. Commands longer than a line are in scripts/.

# A change of Cargo.toml without Cargo.lock is an error, so that all builds use the same crates.
CARGO_FLAGS := --locked

# The stack for `make redrive`, by default the one of samconfig.toml.
STACK ?= cloudtrail-alarms

# Seed of the property tests. It is fixed, so that a change and not the seed causes a failure. `make test SEED=$RANDOM` draws other cases.
SEED ?= 1

# Many tests wait for other processes, so more tests run at once than there are processors.
TEST_THREADS ?= $(shell expr 2 '*' $$(nproc))

.DEFAULT_GOAL := help
.PHONY: help build run test lints tools validate redrive docs bench clean

help: ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 18

build: ## Build the function and the tool
	cargo build $(CARGO_FLAGS)

run: ## Show the main job: sample events in, answers and the alarm email out
	scripts/tools cargo-lambda
	python3 scripts/run.py

test: ## Run every check: words, format, lints, docs, unit, property and integration tests
	$(MAKE) --jobs=2 tools lints
	PROPTEST_RNG_SEED=$(SEED) RUST_TEST_THREADS=$(TEST_THREADS) cargo test $(CARGO_FLAGS) --workspace

lints: ## Check words, format, lints and the documentation of the code
	python3 scripts/test_words.py
	scripts/words
	cargo fmt --all --check
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc $(CARGO_FLAGS) --workspace --no-deps --lib
	cargo package $(CARGO_FLAGS) --quiet --allow-dirty --no-verify --package cloudwatch-filter-pattern

tools: ## Install the tools of the integration tests
	scripts/tools athena moto dynalite libfaketime receivers sam

validate: ## Check the template with SAM's own tools and a scanner, and build the deployment package
	scripts/validate --build

redrive: ## Send the dead-letter queue of STACK back through the function
	scripts/tools moto
	.tools/moto/bin/python scripts/redrive.py $(STACK)

docs: ## Build the documentation as a site (the first time, building mdBook takes minutes)
	scripts/tools mdbook
	scripts/site

bench: ## Check instruction counts against limits, then measure times, also of other languages
	scripts/bench
	cargo bench $(CARGO_FLAGS)
	scripts/baselines
	scripts/tools moto
	.tools/moto/bin/python scripts/runtime.py --payload target/baselines/typical-full.json
	scripts/backtest.py target/baselines/typical-full.json

clean: ## Remove all build results and installed tools
	rm -rf target .tools .aws-sam
