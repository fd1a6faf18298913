//! Stops the build with one sentence where the XLA runtime is missing.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-env-changed=XLA_EXTENSION_DIR");
    if env::var_os("DOCS_RS").is_some() {
        return; // Documentation is built there without the runtime.
    }
    let dir = env::var_os("XLA_EXTENSION_DIR").map(PathBuf::from).unwrap_or_default();
    let (include, lib) = (dir.join("include"), dir.join("lib"));
    println!("cargo::rerun-if-changed={}", lib.display());
    if !include.join("xla").is_dir() || !lib.is_dir() {
        println!(
            "cargo::error=the XLA runtime is missing: run `make setup` in the checkout of \
             cotangent, or set XLA_EXTENSION_DIR to a folder with XLA's include/ and lib/"
        );
    }
}
