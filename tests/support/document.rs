//! Texts: documents that tests write, and programs that read back.

use cotangent::Jaxpr;
use std::path::Path;

/// Checks that a document holds this text. `UPDATE_EXPECT=1` writes it anew.
#[track_caller]
pub fn check(path: &str, text: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&file, text).unwrap();
    }
    let written = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(written == text, "{path} is not up to date, `UPDATE_EXPECT=1` writes it; now:\n{text}");
}

/// The text of a program describes that program.
#[track_caller]
pub fn reads_back(jaxpr: &Jaxpr) {
    let text = jaxpr.to_string();
    let back = Jaxpr::parse(&text, jaxpr.constants()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    assert!(back == *jaxpr, "instead of\n{text}\nit reads back as\n{back}");
}
