# The commands of the README. Every one of them works without a network once the runtime is there.

.PHONY: setup demo test bench compare docs lint

# Assembles the XLA runtime if it is not there yet.
setup:
	@python3 scripts/setup.py

demo: setup
	cargo run --release --example hessian_modes

test: setup
	cargo test

bench: setup
	cargo bench

# For example: make compare ROWS=A,F OPTIONS="--same-composition --minutes 40"
compare: setup
	cargo build --release --example workloads
	python3 scripts/compare.py --rows "$(ROWS)" $(OPTIONS)

docs: setup
	RUSTDOCFLAGS=-Dwarnings cargo doc --no-deps

lint: setup
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
