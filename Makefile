# What can be done here; `make` alone lists it. What is longer than a line is in scripts/.

# As one lock file, so one set of crates: a change of Cargo.toml without Cargo.lock is an error, not a download.
CARGO_FLAGS := --locked

# The stack that `make redrive` works on, by default the one of samconfig.toml.
STACK ?= cloudtrail-alarms

# What property tests draw from, so that a failure is of the change and not of the draw. `make test SEED=$RANDOM` draws others.
SEED ?= 1

.DEFAULT_GOAL := help
.PHONY: help build run test tools validate redrive bench clean

help: ## List the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 18

build: ## Build the function and the tool
	cargo build $(CARGO_FLAGS)

run: ## Show the main job: sample events in, results and the alarm mail out
	scripts/tools moto cargo-lambda
	.tools/moto/bin/python scripts/run.py

test: tools ## Run every check: format, lints, docs, unit, property and integration tests
	cargo fmt --all --check
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS='-D warnings' cargo doc $(CARGO_FLAGS) --workspace --no-deps --lib
	PROPTEST_RNG_SEED=$(SEED) cargo test $(CARGO_FLAGS) --workspace

tools: ## Install what the integration tests run against
	scripts/tools moto dynalite libfaketime receivers sam

validate: ## Hold the template against SAM's own tools and a scanner, and build what is deployed
	scripts/validate --build

redrive: ## Send the dead-letter queue of STACK back through the function
	scripts/tools moto
	.tools/moto/bin/python scripts/redrive.py $(STACK)

bench: ## Count instructions against their limits, then report times, also beside other languages
	scripts/bench
	cargo bench $(CARGO_FLAGS)
	scripts/baselines
	scripts/tools moto
	.tools/moto/bin/python scripts/runtime.py --payload target/baselines/typical-full.json
	scripts/backtest.py target/baselines/typical-full.json

clean: ## Remove everything that was built or installed here
	rm -rf target .tools .aws-sam
