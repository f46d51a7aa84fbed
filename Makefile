# The two commands that people need, and the parts they are made of.
#   make run     build and serve on http://127.0.0.1:3001, with everything that is missing installed
#   make test    everything that decides whether a change is good
#   make quick   format, lints and quick tests of the crates that you changed
#   make test-container   in Docker without --privileged, for real (needs root; 5 minutes)
#   make test-attacks   the hostile programs three times in a row, then with 8 at once
#   make test-cgroup2   the sandbox's tests and attacks on Debian's kernel in qemu, with control
#                       groups version 2 only; takes long without KVM
#   make test-cgroup2 SELECTION=short   the same without attacks and measurements
#   make run-services   the distributed form on this machine: PostgreSQL, Redis, InfluxDB, two API
#                       servers behind nginx, two workers; on private ports, until Ctrl-C
#   make soak    20,000 runs after which nothing may have grown; five minutes and more
#   make chaos   200 rounds of kill -9 at random over the distributed form, under load; ten minutes
#   make scale   5,000 submissions at once, 10,000 WebSockets, 1,000 watchers, and the distributed form
#                beside the embedded one; ten minutes, on a machine that does nothing else
#   make fairness   how long one client that does its worst makes another wait: a table for each of four
#                forms; half an hour, on a machine that does nothing else
#   make bench-clients   1,000 programs through the SandboxFusion adapter, 128 at a time, beside
#                /api/run/batch and bare processes; a minute
#   make contract   requests of all kinds that the OpenAPI document allows and forbids: 100 of each for
#                each operation; ten minutes; SEED=N sends others
#   make client-types   the clients' types, after a change of the API and make web-types
#   make packages-under-load   real contest packages, three times each, while other work keeps every
#                core busy: the verdicts must not differ; PACKAGES='…' chooses others
#   make web     build the page that the binary then carries
#   make test-web   the page in a real browser, with the real service

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: bench-clients contract help run test quick test-web web web-check web-types test-attacks test-container test-cgroup2 soak chaos scale fairness packages-under-load run-services client-types check unit install-run install-test clean

help:
	@sed -n 's/^#   //p' Makefile

LISTEN ?= 127.0.0.1:3001
DATA ?= ./data

run: install-run web
	cargo build --release --locked --bin letscode
	exec target/release/letscode serve --listen $(LISTEN) --data $(DATA)

test: install-test
	scripts/leftovers before target/leftovers
	$(MAKE) --no-print-directory web
	$(MAKE) --no-print-directory check
	$(MAKE) --no-print-directory web-check
	$(MAKE) --no-print-directory unit
	npm run --silent --prefix web test
	npm run --silent --prefix web test:browser
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

SERVICES ?= $(DATA)/services
run-services: install-test web
	cargo build --release --locked --bin letscode
	exec scripts/run-services target/release/letscode $(SERVICES)

# What the test does with a few hundred runs at every change.
RUNS ?= 20000
soak: install-test
	LETSCODE_SOAK=$(RUNS) cargo test --release --locked --package letscode --test processes soak:: -- --nocapture

# What the test does with a few rounds at every change. SEED=N repeats a run's deaths.
ROUNDS ?= 200
chaos: install-test
	LETSCODE_CHAOS=$(ROUNDS) $(if $(SEED),LETSCODE_CHAOS_SEED=$(SEED)) \
	    cargo test --release --locked --package letscode --test slow chaos:: -- --nocapture

scale: install-test
	LETSCODE_SCALE=1 cargo test --release --locked --package letscode --test slow scale:: -- --nocapture --test-threads=1

# Rows and tables can be selected: FAIRNESS='LETSCODE_FAIRNESS_FORMS=embedded LETSCODE_FAIRNESS_ATTACKS=spin,sleep'
ROUNDS_OF_FAIRNESS ?= 3
fairness: install-test
	LETSCODE_FAIRNESS=$(ROUNDS_OF_FAIRNESS) $(FAIRNESS) \
	    cargo test --release --locked --package letscode --test slow fairness:: -- --nocapture

# Packages that lie beside the repository, with our solutions of them.
SOLUTIONS := crates/cli/tests/real_packages
PACKAGES ?= $(wildcard $(addprefix ../shared/packages/,$(notdir $(wildcard $(SOLUTIONS)/*))))
packages-under-load: install-run
	cargo build --release --locked --bin letscode
	@if [ -z '$(PACKAGES)' ]; then echo "note: there are no packages in ../shared/packages; PACKAGES='FOLDER …' names others"; \
	else scripts/packages-under-load --solutions $(SOLUTIONS) target/release/letscode $(PACKAGES); fi

bench-clients: install-run
	cargo build --release --locked --bin letscode
	scripts/bench-clients --serve target/release/letscode

CONTRACT_EXAMPLES ?= 100
contract: install-test
	LETSCODE_CONTRACT_EXAMPLES=$(CONTRACT_EXAMPLES) $(if $(SEED),LETSCODE_CONTRACT_SEED=$(SEED)) \
	    cargo test --locked --package letscode --test it contract:: -- --nocapture

quick:
	scripts/quick

check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	if cargo deny --version >/dev/null 2>&1; then \
	    cargo deny --locked --offline check licenses bans sources; \
	else \
	    echo "note: cargo-deny is not installed: licences and sources of dependencies are not checked"; \
	fi

# Doc tests are not run by nextest; where nextest is absent cargo's own runner does both.
unit:
	if cargo nextest --version >/dev/null 2>&1; then \
	    cargo nextest run --workspace --locked --no-fail-fast && \
	    cargo test --workspace --locked --doc --quiet; \
	else \
	    cargo test --workspace --locked --no-fail-fast; \
	fi

# The page is part of the binary, which is built without it where Node.js and npm can't build it:
# the API works all the same, and the front page says what is missing.
PAGE := web/dist/page/index.html
NODE_IS_NEW := node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)'

web:
	@if ! command -v npm >/dev/null 2>&1 || ! $(NODE_IS_NEW); then \
	    echo "note: the page is not built: it needs npm and Node.js 20.19 or later; the API works without"; \
	else \
	    $(MAKE) --no-print-directory $(PAGE); \
	fi

# Not `npm ci`: it refuses a lock without the optional packages of other systems, which not every registry has.
web/node_modules/.package-lock.json: web/package-lock.json
	npm install --prefix web --no-save --no-audit --no-fund
	touch $@

$(PAGE): web/node_modules/.package-lock.json $(shell find web/src web/build web/index.html web/vite.config.ts -type f)
	npm run --silent --prefix web build

web-check:
	npm run --silent --prefix web check

# The page in a real browser, with the binary that cargo built. Screenshots: target/screenshots
test-web: install-test web
	cargo build --quiet --locked --bin letscode
	npm run --silent --prefix web test:browser

# After a change of the server's contract: the document and the page's types made from it.
web-types:
	UPDATE_CONTRACT=1 npm run --silent --prefix web test:contract
	npm run --silent --prefix web types

# The clients' types, from the same document as the page's.
DATAMODEL_CODE_GENERATOR = datamodel-code-generator==0.89.0 black==26.10.1
client-types:
	python3 -m venv target/client-types
	target/client-types/bin/pip install --quiet $(DATAMODEL_CODE_GENERATOR)
	target/client-types/bin/datamodel-codegen --input web/openapi.json --input-file-type openapi \
	  --output clients/python/src/letscode/generated/models.py --output-model-type pydantic_v2.BaseModel \
	  --snake-case-field --use-standard-collections --use-union-operator --use-annotated \
	  --target-python-version 3.10 --disable-timestamp --field-constraints --formatters black \
	  --allow-population-by-field-name --collapse-root-models --use-schema-description \
	  --use-double-quotes --enum-field-as-literal all
	npm ci --silent --prefix clients/typescript
	npm run --silent --prefix clients/typescript types

install-run:
	scripts/install-missing run
	scripts/rust-crates --if-possible

install-test:
	scripts/install-missing test
	scripts/install-clients || [ $$? -eq 75 ]
	scripts/rust-crates --if-possible

clean:
	cargo clean
