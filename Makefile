# The two commands that people need, and the parts they are made of.
#   make run     build and serve on http://127.0.0.1:3001, with everything that is missing installed
#   make test    everything that decides whether a change is good
#   make test-container   in Docker without --privileged, for real (needs root; 5 minutes)
#   make test-attacks   the hostile programs three times in a row, then with 8 at once
#   make test-cgroup2   the sandbox's tests and attacks on Debian's kernel in qemu, with control
#                       groups version 2 only; takes long without KVM
#   make test-cgroup2 SELECTION=short   the same without attacks and measurements

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: help run test test-attacks test-container test-cgroup2 check unit install-run install-test clean

help:
	@sed -n 's/^#   //p' Makefile

LISTEN ?= 127.0.0.1:3001
DATA ?= ./data

run: install-run
	cargo build --release --locked --bin letscode
	exec target/release/letscode serve --listen $(LISTEN) --data $(DATA)

test: install-test
	scripts/leftovers before target/leftovers
	$(MAKE) --no-print-directory check
	$(MAKE) --no-print-directory unit
	# Says in the log what this machine is, and sweeps the empty cgroup folder that a jail helper
	# leaves when a test kills it: the next helper's duty, in a service as well.
	cargo run --quiet --locked --bin letscode -- doctor
	scripts/leftovers after target/leftovers

test-container: install-run
	scripts/install-missing container
	cargo build --locked --bin letscode
	scripts/test-container "$${CARGO_TARGET_DIR:-target}/debug/letscode"

# In one process, so that as many run at once as is said; its lines come one after the other.
ATTACKS = cargo test --locked --package letscode --test attacks -- --show-output
test-attacks: install-test
	for turn in 1 2 3; do time $(ATTACKS); done
	time LETSCODE_ATTACKS_AT_ONCE=8 $(ATTACKS)

# Its own command: it boots a machine, and the change that breaks it is rare.
SELECTION ?= full
test-cgroup2:
	scripts/test-cgroup2 '$(SELECTION)'

check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

# Doc tests are not run by nextest; where nextest is absent cargo's own runner does both.
unit:
	if cargo nextest --version >/dev/null 2>&1; then \
	    cargo nextest run --workspace --locked --no-fail-fast && \
	    cargo test --workspace --locked --doc --quiet; \
	else \
	    cargo test --workspace --locked --no-fail-fast; \
	fi

install-run:
	scripts/install-missing run

install-test:
	scripts/install-missing test

clean:
	cargo clean
