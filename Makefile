# SPDX-License-Identifier: Apache-2.0
# The one front door. `make demo` and `make test` work from a fresh clone on Debian bookworm with
# git and make; everything else is brought by tools/setup. The work is in tools/.
SHELL := /bin/bash
.DELETE_ON_ERROR:
smoke_targets := run-wasm-host run-wasi-hello-rust run-wasi-hello-c run-wasi-cli-args run-wasi-random \
  run-wasi-fs run-wasi-net

.PHONY: help demo test bench setup build page install format fmt-check layers lint gates conformance race deadlines mutants fuzz sbom reproducible clean
.PHONY: wasm-host-build wasm-hello-rust-build wasm-hello-c-build run-smoke $(smoke_targets)
.NOTPARALLEL:

JOBS ?= $(shell nproc)
PREFIX ?= /usr/local
SECONDS_EACH ?= 600
ROUNDS ?= 1000000
KILLS ?= 1000
ROUNDS_EACH ?= 20
CACHE := $(or $(WARRANT_BUILD_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/warrant-build)
export PATH := $(CACHE)/bin:$(PATH)
export JOBS

help: ## what can be made
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' Makefile | expand -t 22

demo: build ## install, build and run real tools, granted and not granted
	@tools/demo

test: ## everything that decides whether a change may go in
	@tools/test

bench: build ## measure against the peers and the floor; stores build/bench/
	@tools/build release
	@tools/bench

setup: ## install what is missing on this machine (root or sudo)
	@tools/setup

build: setup ## release programs in build/release/bin/
	@tools/build release programs

page: setup ## what a page serves to run guests, in build/page/ (docs/guide/browser.md)
	@tools/build core-wasm warrant_page
	@mkdir -p build/page
	@cp apps/browser/*.mjs build/core-wasm/warrant.wasm build/page/

install: build ## programs, library, headers and CMake package under PREFIX
	@tools/build release
	@cmake --install build/release --prefix '$(PREFIX)'

format: setup ## rewrite our C++ sources in the house format
	@tools/format --write

fmt-check: setup ## fail when a source is not in the house format
	@tools/format --check

lint: setup ## clang-tidy over all our sources
	@tools/build dev
	@tools/lint --all

gates: setup ## the architecture and text gates alone, in seconds
	@python3 -B tests/arch/gates_test.py

conformance: build ## a program for every corner of the specification, and those of others
	@tools/conformance

wasm-host-build: setup ## the smallest native program that runs a module, and the command
	@tools/build release wasm-host warrant

wasm-hello-rust-build: setup ## the guests of the Rust hello target
	@tools/demos wasi-hello-rust wasi-probe

wasm-hello-c-build: setup ## the guests of the C hello target
	@tools/demos wasi-hello-c wasi-probe

$(smoke_targets): run-%: setup ## (each) one phase of docs/host-adapter.md, granted and not granted
	@tools/smoke $@

run-smoke: setup ## all phases in order
	@tools/smoke $(smoke_targets)

layers: setup ## which room may name which, and generated files
	@python3 -B tools/check_layers.py .

kills: setup ## kill -9 at KILLS (1000) random points of runs of each kind, then verify their log
	@tools/build release
	@cd build/release && AUDIT_KILLS='$(KILLS)' ctest -V -R '^audit.kill$$'

race: setup ## ROUNDS (a million) rounds of every race against a granted directory
	@tools/build release race_test
	@build/release/tests/escape/race_test --rounds='$(ROUNDS)'

deadlines: setup ## measure each host call's end against deadline and signal, ROUNDS_EACH (20) times
	@tools/build release warrant e2e_guests net_guests netfetch_guests
	@cd build/release && DEADLINE_ROUNDS='$(ROUNDS_EACH)' ctest -V -R '^deadlines\.'

mutants: setup ## remove the enforcement of each key in turn: its proof must fail
	@tools/build release warrant policy_test contract_test e2e_guests
	@python3 -B tests/mutants/mutants.py build/release

fuzz: setup ## SECONDS_EACH (600) seconds of each fuzzer from its corpus
	@tools/run_fuzzers '$(SECONDS_EACH)'

sbom: ## what the program is made of, CycloneDX, in build/sbom.cdx.json
	@tools/sbom build/sbom.cdx.json

reproducible: setup ## build the program twice and compare
	@tools/reproducible

clean: ## remove build/; the caches outside the tree stay
	@rm -rf build
