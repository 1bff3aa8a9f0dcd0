# Two commands for a fresh machine: `make run` and `make test`. Everything is safe to run twice.

CARGO ?= cargo
SEEDS ?= 200
export SNUG_SEEDS = $(SEEDS)

.PHONY: help run build install uninstall test lint fmt bench simulate

help: ## Says what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

run: ## Installs what is missing, builds, makes certificates, starts server and client
	@scripts/packages.sh build window
	@scripts/run.sh

build: ## Builds server and client with optimisation
	@scripts/packages.sh build
	$(CARGO) build --profile quick --bins

install: ## Puts client and server among your programs (PREFIX=~/.local): menu, and links to invites
	@scripts/packages.sh build window
	@scripts/install.sh

uninstall: ## Takes them away; messages, keys and settings stay
	@scripts/install.sh remove

test: ## Installs what is missing and runs every test
	@scripts/packages.sh build display
	@scripts/test.sh

lint: ## Formatting, clippy with warnings denied, dependency rules
	@scripts/packages.sh build
	@scripts/lint.sh

fmt: ## Formats the code
	$(CARGO) fmt --all

simulate: ## Runs the simulation with other seeds: make simulate SEEDS=1000 (or SEEDS=7..8 for one)
	@scripts/packages.sh build
	@scripts/simulate.sh

bench: ## Measures load and memory against a real server, and the floor beside it
	@scripts/packages.sh build
	@scripts/bench.sh
