#!/bin/sh
# Installs, on Debian or Ubuntu, what the build needs beside Rust: a C++ compiler, make, and Python 3
# with pip. Needs root.
set -eu

export DEBIAN_FRONTEND=noninteractive
apt-get update
apt-get install --yes --no-install-recommends ca-certificates g++ make python3 python3-pip
rm -rf /var/lib/apt/lists/*
