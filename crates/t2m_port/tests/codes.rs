//! Codes are listed and explained (tests beside them); here: each is emitted somewhere, and something shows it.

use std::path::{Path, PathBuf};

use t2m_port::codes;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The texts of all files below a folder with one of these suffixes, except those that `skip` names.
fn texts(folder: &str, suffixes: &[&str], skip: &[&str]) -> String {
    let mut folders = vec![root().join(folder)];
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if skip.iter().any(|part| path.ends_with(part)) {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|suffix| suffixes.iter().any(|known| suffix == *known)) {
                text += &std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            }
        }
    }
    text
}

/// The names of the constants, by code, as `codes!` lists them.
fn constants() -> Vec<(String, String)> {
    let list = include_str!("../src/codes/mod.rs");
    let lines = list.lines().filter_map(|line| line.trim().strip_suffix("\";")?.split_once(" = \"T2M"));
    lines.map(|(name, number)| (format!("T2M{number}"), name.to_owned())).collect()
}

#[test]
fn every_code_is_emitted_and_shown() {
    let constants = constants();
    assert_eq!(constants.len(), codes::all().len());
    let source = texts("crates", &["rs"], &["codes", "tests", "target"]);
    let rows = texts("mappings", &["toml"], &[]);
    let shown = [
        texts("crates/t2m_port/src/rules", &["md"], &[]),
        texts("crates/t2m_port/tests", &["md", "rs"], &[]),
        texts("golden", &["json"], &["in", "out"]),
        texts("tests/cli", &["md"], &[]),
        rows.clone(),
    ]
    .concat();
    let mut problems = Vec::new();
    for (code, name) in constants {
        let is_emitted = is_word_in(&format!("codes::{name}"), &source) || source.contains(&format!("\"{code}\""));
        if !is_emitted && !rows.contains(&format!("code = \"{code}\"")) {
            problems.push(format!("{code} ({name}) is emitted nowhere"));
        }
        // A broken law has no test case: it would be one of a bug.
        if !shown.contains(&code) && code != codes::INTERNAL {
            problems.push(format!("{code} ({name}) is shown by no page of a rule, row, golden report or transcript"));
        }
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

/// `codes::FORWARD` is not found in `codes::FORWARD_CALL`.
fn is_word_in(word: &str, text: &str) -> bool {
    text.match_indices(word).any(|(at, _)| !text[at + word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}
