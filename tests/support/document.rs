//! Documents that tests write.

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
