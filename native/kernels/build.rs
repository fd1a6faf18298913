//! Compiles the C++ that XLA calls.

use std::env;
use std::path::PathBuf;

fn main() {
    println!("cargo::rerun-if-env-changed=XLA_EXTENSION_DIR");
    println!("cargo::rerun-if-changed=calls.cc");
    if env::var_os("DOCS_RS").is_some() {
        return; // Documentation is built there without the runtime.
    }
    let dir = env::var_os("XLA_EXTENSION_DIR").map(PathBuf::from).unwrap_or_default();
    let mut build = cc::Build::new();
    build.cpp(true).std("c++17").pic(true).opt_level(2).debug(false);
    build.flag("-isystem").flag(dir.join("include").as_os_str());
    build.file("calls.cc").compile("cotangent_calls");
}
