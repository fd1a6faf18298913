//! Rules about the text of the project that no compiler checks: which folder may import which,
//! how long a file may be, and that the documents speak of what is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What each folder of `src` may import, bottom up. `docs/ARCHITECTURE.md` has the same table.
const IMPORTS: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("hlo", &["base"]),
    ("ir", &["base", "hlo"]),
    ("lax", &["base", "ir"]),
    ("transform", &["base", "ir", "lax"]),
    ("opt", &["base", "ir", "lax"]),
    ("lower", &["base", "hlo", "ir"]),
    // `lower` and `transform` for primitives that carry a program of their own.
    ("prims", &["base", "hlo", "ir", "lax", "lower", "transform"]),
    ("library", &["base", "ir", "lax"]),
    ("runtime", &["base"]),
    ("api", &["base", "hlo", "ir", "lax", "transform", "opt", "lower", "library", "runtime"]),
];

/// A file that is longer holds more than one idea.
const LONGEST_FILE: usize = 600;

/// The library returns errors. Clippy denies these too, where it sees them.
const PANICS: [&str; 7] = [
    ".unwrap()",
    ".expect(\"",
    ".expect(&",
    "panic!(",
    "todo!(",
    "unimplemented!(",
    "unreachable!(",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The files below a folder with this extension, as paths from the root.
fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let (mut found, mut folders) = (Vec::new(), vec![root().join(folder)]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == extension) {
                found.push(path.strip_prefix(root()).unwrap().to_path_buf());
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no {extension} files in {folder}");
    found
}

/// The lines of a source file that hold code of the library, with their numbers: no comments, and
/// nothing from the unit tests on, which stand at the end of a file.
fn code(path: &Path) -> Vec<(usize, String)> {
    let text = read(&root().join(path));
    let lines = text.lines().enumerate().map(|(i, line)| (i + 1, line.to_string()));
    lines
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .collect()
}

/// The names that follow `crate::` in a line, also those of a list in braces.
fn imports(line: &str) -> Vec<String> {
    let name = |text: &str| {
        let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
        text[..end].to_string()
    };
    let mut found = Vec::new();
    // `$crate::` in a macro is written for the user, who sees the root of the crate only; macros are found
    // there, too.
    let own = line.match_indices("crate::").filter(|(at, _)| !line[..*at].ends_with('$'));
    for (at, key) in own {
        let rest = &line[at + key.len()..];
        match rest.strip_prefix('{') {
            Some(list) => found.extend(list.split(',').map(|item| name(item.trim_start()))),
            None if rest[name(rest).len()..].starts_with('!') => {}
            None => found.push(name(rest)),
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn report(rule: &str, breaches: &[String]) {
    assert!(breaches.is_empty(), "{rule}:\n{}", breaches.join("\n"));
}

#[test]
fn folders_import_only_what_lies_below_them() {
    let mut breaches = Vec::new();
    let mut folders = BTreeSet::new();
    for path in files("src", "rs") {
        let parts: Vec<_> = path.iter().map(|p| p.to_string_lossy().into_owned()).collect();
        let [_, folder, _, ..] = parts.as_slice() else { continue };
        folders.insert(folder.clone());
        let Some((_, allowed)) = IMPORTS.iter().find(|(name, _)| name == folder) else {
            breaches.push(format!("src/{folder} is in no layer"));
            continue;
        };
        for (line, text) in code(&path) {
            for name in imports(&text) {
                // The error of `base` under its public name.
                let known = name == *folder || name == "Error";
                if !known && !allowed.contains(&name.as_str()) {
                    breaches.push(format!("{}:{line}: crate::{name}", path.display()));
                }
            }
            if text.contains("xla::") && folder != "runtime" {
                breaches.push(format!("{}:{line}: the xla crate", path.display()));
            }
        }
    }
    let known: BTreeSet<String> = IMPORTS.iter().map(|(name, _)| name.to_string()).collect();
    assert_eq!(folders, known, "the table of imports has other folders than src");
    report("a folder imports only what the table of imports allows", &breaches);
}

#[test]
fn the_architecture_page_has_the_same_table_of_imports() {
    let page = read(&root().join("docs/ARCHITECTURE.md"));
    for (folder, allowed) in IMPORTS {
        let row = page.lines().find(|line| line.contains(&format!("| `{folder}` |")));
        let row = row.unwrap_or_else(|| panic!("ARCHITECTURE.md has no row for `{folder}`"));
        let cell = row.split('|').nth(3).unwrap_or_default();
        let named: BTreeSet<&str> =
            cell.split(',').map(str::trim).filter(|name| !matches!(*name, "" | "–")).collect();
        assert_eq!(named, allowed.iter().copied().collect(), "the imports of {folder}");
    }
}

#[test]
fn no_file_is_long() {
    let long = |path: &PathBuf| read(&root().join(path)).lines().count() > LONGEST_FILE;
    let breaches: Vec<String> =
        files("src", "rs").iter().filter(|p| long(p)).map(|p| p.display().to_string()).collect();
    report("a file of the library has at most 600 lines", &breaches);
}

#[test]
fn every_file_says_what_it_holds() {
    let mut breaches = Vec::new();
    for folder in ["src", "tests", "examples", "benches"] {
        for path in files(folder, "rs") {
            if !read(&root().join(&path)).starts_with("//! ") {
                breaches.push(path.display().to_string());
            }
        }
    }
    report("a file opens with `//!`", &breaches);
}

#[test]
fn the_library_does_not_panic() {
    let mut breaches = Vec::new();
    for path in files("src", "rs") {
        for (line, text) in code(&path) {
            if PANICS.iter().any(|panic| text.contains(panic)) {
                breaches.push(format!("{}:{line}: {}", path.display(), text.trim()));
            }
        }
    }
    report("the library returns errors", &breaches);
}

#[test]
fn the_readme_lists_the_examples() {
    let readme = read(&root().join("README.md"));
    let listed: BTreeSet<&str> = readme
        .lines()
        .filter_map(|line| line.strip_prefix("| [`")?.split_once("`](examples/"))
        .map(|(name, _)| name)
        .collect();
    let built: BTreeSet<String> = fs::read_dir(root().join("examples"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file() || path.join("main.rs").is_file())
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(listed, built.iter().map(String::as_str).collect());
}

/// The documents that people read.
fn documents() -> Vec<PathBuf> {
    let top = fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path());
    let top = top.filter(|path| path.extension().is_some_and(|e| e == "md"));
    let top = top.map(|path| path.strip_prefix(root()).unwrap().to_path_buf());
    top.chain(files("docs", "md")).collect()
}

/// The text of a document without its blocks of code, which are left as empty lines.
fn prose(path: &Path) -> Vec<String> {
    let mut in_code = false;
    let prose = |line: &str| {
        let fence = line.trim_start().starts_with("```");
        in_code ^= fence;
        if in_code || fence { String::new() } else { line.to_string() }
    };
    read(&root().join(path)).lines().map(prose).collect()
}

/// The anchors of the headings, as GitHub makes them.
fn anchors(path: &Path) -> BTreeSet<String> {
    let anchor = |heading: &str| -> String {
        let kept = heading.trim().to_lowercase();
        let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    let lines = prose(path);
    let headings = lines.iter().filter(|line| line.starts_with('#'));
    headings.map(|line| anchor(line.trim_start_matches('#'))).collect()
}

#[test]
fn links_of_the_documents_resolve() {
    let mut breaches = Vec::new();
    for document in documents() {
        for (i, line) in prose(&document).iter().enumerate() {
            for rest in line.split("](").skip(1) {
                let target = rest.split(')').next().unwrap_or_default();
                if target.starts_with("http") {
                    continue;
                }
                let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
                let folder = document.parent().unwrap_or(Path::new(""));
                let file = if file.is_empty() { document.clone() } else { folder.join(file) };
                let there = root().join(&file).exists();
                if !there || !anchor.is_empty() && !anchors(&file).contains(anchor) {
                    breaches.push(format!("{}:{}: {target}", document.display(), i + 1));
                }
            }
        }
    }
    report("a link leads somewhere", &breaches);
}

#[test]
fn documents_have_one_sentence_per_line() {
    let mut breaches = Vec::new();
    for document in documents() {
        for (i, line) in prose(&document).iter().enumerate() {
            // The number of an item is followed by a full stop too.
            let text = line.trim_start().trim_start_matches(|c: char| c.is_ascii_digit());
            let text = text.strip_prefix(". ").unwrap_or(text);
            let mut ends = text.match_indices(". ").map(|(at, end)| &text[at + end.len()..]);
            let next = ends.find(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
            if next.is_some() && !line.starts_with('|') {
                breaches.push(format!("{}:{}: {line}", document.display(), i + 1));
            }
        }
    }
    report("a line of a document holds one sentence", &breaches);
}
