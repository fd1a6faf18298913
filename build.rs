//! Links the XLA runtime, which `native/check` has found.
//!
//! XLA_EXTENSION_DIR names the runtime; `.cargo/config.toml` sets it to what `make setup` made.
//!
//! A crate that depends on this one runs its programs with `cargo run` or `cargo test` without
//! further ado, because cargo puts the folder that `rustc-link-search` names on the loader's path.
//! For a program started without cargo its own build script adds an rpath:
//!
//! ```text
//! println!("cargo::rustc-link-arg=-Wl,-rpath,{}", std::env::var("DEP_COTANGENT_XLA_LIB").unwrap());
//! ```

use std::env;
use std::io;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-env-changed=XLA_EXTENSION_DIR");
    if env::var_os("DOCS_RS").is_some() {
        return; // Documentation is built there without the runtime.
    }
    let dir = env::var_os("XLA_EXTENSION_DIR").map(PathBuf::from).unwrap_or_default();
    let (include, lib) = (dir.join("include"), dir.join("lib"));
    println!("cargo::rerun-if-changed={}", lib.display());
    compile("native/defaults.cc", "cotangent_defaults", &include);
    // This layout comes from a Python wheel, whose library hides the loading of plugins.
    if lib.join("libtensorflow_cc.so.2").exists() {
        compile("native/pjrt_plugin.cc", "cotangent_pjrt", &include);
    }
    if let Err(error) = put_on_loader_path(&lib) {
        println!("cargo::error=cannot link {} into the build folder: {error}", lib.display());
    }
    println!("cargo::rustc-link-arg=-Wl,-rpath,{}", lib.display());
    println!("cargo::metadata=INCLUDE={}", include.display());
    println!("cargo::metadata=LIB={}", lib.display());
}

/// Compiles a file and links all of it: nothing in this crate refers to it by name.
fn compile(source: &str, library: &str, include: &Path) {
    println!("cargo::rerun-if-changed={source}");
    let mut build = cc::Build::new();
    build.cpp(true).std("c++17").pic(true).opt_level(1).debug(false).cargo_metadata(false);
    build.flag("-isystem").flag(include.as_os_str());
    // As XLA was built: some of its types differ in debug builds.
    build.define("NDEBUG", None).file(source).compile(library);
    println!("cargo::rustc-link-search=native={}", env::var("OUT_DIR").unwrap_or_default());
    println!("cargo::rustc-link-lib=static:+whole-archive={library}");
}

/// Makes the library folder visible inside cargo's target folder: `cargo run` and `cargo test`
/// put those link-search folders on the loader's path that lie there, for doctests too.
fn put_on_loader_path(lib: &Path) -> io::Result<()> {
    let link = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("lib");
    if link.is_symlink() {
        std::fs::remove_file(&link)?;
    }
    std::os::unix::fs::symlink(lib, &link)?;
    println!("cargo::rustc-link-search=native={}", link.display());
    Ok(())
}
