# The newcomer's commands. Each brings along what it needs; on a fresh Debian 12 machine start with
# `make demo`. What does the work: tools/setup.sh, CMakePresets.json, tools/.

SHELL := /bin/bash
.DEFAULT_GOAL := help
PRESET ?= release
BUILD := build/$(PRESET)
JOBS ?= $(shell nproc)
PYTHON := .venv/bin/python
SUITES ?=
export PATH := $(CURDIR)/.venv/bin:$(PATH)

step = @printf '\033[1m==>\033[0m %s\n'

.PHONY: help setup configure build debug sanitize tsan demo test fuzz fuzz-smoke test-agreement test-cluster test-drivers test-modules test-sdk test-docs walkthrough examples bench bench-cluster bench-latency soak format tidy clean distclean

help: ## this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile
	@echo
	@echo "  PRESET=release|debug|sanitize|tsan   which build (default: release)"
	@echo "  SUITES='cql drivers …'               which suites 'make test' runs (default: all)"

setup: ## install what is missing: Debian packages, Python environments
	@tools/setup.sh

configure: setup
	@test -e $(BUILD)/build.ninja || { printf '\033[1m==>\033[0m %s\n' "Configuring $(BUILD)"; \
	    mkdir -p .deps; cmake --preset $(PRESET) > .deps/cmake.log 2>&1 || { tail -n 20 .deps/cmake.log; \
	    echo "build: CMake could not configure $(BUILD) (see .deps/cmake.log)." >&2; exit 1; }; }

build: configure ## the server: build/release/nacre
	$(step) "Building $(BUILD) (the first time about five minutes for Wasmtime and as much for Nacre)"
	@ninja -C $(BUILD) -j $(JOBS) || { echo "build: the compiler's first error stands above." >&2; exit 1; }

debug: ## a build without optimisation: build/debug/nacre
	@$(MAKE) --no-print-directory build PRESET=debug

sanitize: ## tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(MAKE) --no-print-directory test PRESET=sanitize

tsan: ## unit tests under ThreadSanitizer
	@$(MAKE) --no-print-directory test PRESET=tsan SUITES=unit

demo: build ## a server, cqlsh, user functions on real input, a crash and what is left after it
	@$(PYTHON) tools/demo --binary $(BUILD)/nacre

test: build ## every test: tidy, unit, fuzz, cql, cqlsh, drivers, drivers-scylla, crash, security, udf, udf-clang, tool, examples
	@$(PYTHON) tools/run-tests --build $(CURDIR)/$(BUILD) $(SUITES)

fuzz-smoke: setup ## every fuzz target for some seconds
	@$(PYTHON) tools/fuzz --smoke

# The second word of `make fuzz NAME` is a target's name, not a goal of its own.
ifeq (fuzz,$(firstword $(MAKECMDGOALS)))
FUZZ_NAME := $(word 2,$(MAKECMDGOALS))
.PHONY: $(FUZZ_NAME)
$(FUZZ_NAME): ; @:
endif
fuzz: setup ## make fuzz NAME [SECONDS=900]: one fuzz target for long (fuzz/README.md)
	@$(PYTHON) tools/fuzz $(FUZZ_NAME) --seconds $(or $(SECONDS),900)

test-drivers: build ## the drivers of Python, Java, Node, Go and Rust; 20 seconds of mixed load
	@$(PYTHON) tools/run-tests --build $(CURDIR)/$(BUILD) $(or $(SUITES),drivers drivers-scylla java node go rust)
	@PYTHONPATH=tests NACRE_BINARY=$(CURDIR)/$(BUILD)/nacre $(PYTHON) tests/drivers/mixed_load.py

# Apart from `make test`, as Rust, Node.js and Zig bring their own packages and minutes of compiling.
test-modules: build ## guest modules built by clang, Rust, scylla-udf, AssemblyScript, Zig; a million rows through each
	@$(PYTHON) tools/run-tests --build $(CURDIR)/$(BUILD) udf-modules

test-sdk: build ## functions by the helper libraries of sdk/, built with the real toolchains
	@$(PYTHON) tools/run-tests --build $(CURDIR)/$(BUILD) sdk

test-docs: build ## every command and listing of docs/using, on fresh servers
	@$(PYTHON) tools/run-tests --build $(CURDIR)/$(BUILD) docs

examples: setup ## the aggregates of examples/: build/examples/NAME.cql creates one
	@PYTHONPATH=tests $(PYTHON) -m harness.examples

walkthrough: build ## nacre function init, build, check, test, bench, deploy, and a SELECT, in every language
	@$(PYTHON) tools/run-tests --build $(CURDIR)/$(BUILD) walkthrough

test-agreement: build ## the same random statements on Nacre and on a real Cassandra; ARGS="--seed N --rounds N"
	@PYTHONPATH=tests NACRE_BINARY=$(CURDIR)/$(BUILD)/nacre $(PYTHON) -m agreement.run $(ARGS)

test-cluster: build ## two gateways before three real Cassandra nodes, which are killed and restarted; downloads Cassandra
	@tools/cassandra-node fetch
	@$(PYTHON) tools/run-tests --build $(CURDIR)/$(BUILD) cluster

bench: build ## full scans with built-in, WebAssembly and Lua aggregates; the cost of a call by each ABI
	@$(PYTHON) bench/run --build $(BUILD)

bench-latency: build ## point reads and writes beside everything that could disturb them; ARGS="--cassandra --picture FILE"
	@cargo build --quiet --release --locked --manifest-path bench/latency/Cargo.toml --target-dir build/latency
	@.venv/bin/pip install --quiet --disable-pip-version-check -r bench/latency/requirements.txt
	@$(PYTHON) bench/latency/run --build $(BUILD) --json build/latency/figures.json --picture build/latency/figures.svg $(ARGS)

soak: build ## half an hour of everything at once: memory, descriptors, wrong answers
	@$(PYTHON) bench/latency/soak --build $(BUILD) $(ARGS)

bench-cluster: build ## a user's aggregate and single reads through gateways, beside the nodes themselves; ARGS="--rows N"
	@tools/cassandra-node fetch
	@$(PYTHON) bench/cluster --build $(CURDIR)/$(BUILD) $(ARGS)

tidy: setup ## only the checks of layers and style
	@$(PYTHON) tools/run-tests tidy

format: setup ## clang-format over the C++ sources
	@git ls-files 'src/*.h' 'src/*.cc' 'bench/*.cc' 'fuzz/*.h' 'fuzz/*.cc' 'sdk/cpp/*.h' 'sdk/*.cc' 'tests/sdk/*.cc' 'examples/*.h' 'examples/*.cc' | xargs clang-format-19 -i

clean: ## remove what this preset built (not Wasmtime, not the Python environments)
	rm -rf $(BUILD)

distclean: ## remove everything that was made
	rm -rf build .venv .venv-scylla .deps tests/drivers/*/target tests/drivers/node/node_modules
