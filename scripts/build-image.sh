#!/bin/sh
# Builds what the image of the Dockerfile holds, after install-packages.sh: the XLA runtime, every
# example, and all crates that they need, so that the demo then runs without a network.
set -eu
cd "$(dirname "$0")/.."

make setup
cargo build --locked --release --examples
cargo run --locked --release --example hessian_modes -- --function poly --point 1,0
