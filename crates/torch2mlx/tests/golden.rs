//! Ports `golden/*/in` as a user would, and compares what is written, byte for byte, with `golden/*/out` and `golden/*/report.json`.
//! `UPDATE=1` rewrites them; the diff is reviewed like code. That both sides also compute the same is tested by `cargo xtask numeric golden`.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;
use serde_json::Value;

/// The tool's own record of what it wrote.
const MANIFEST: &str = ".torch2mlx.json";

#[test]
fn golden() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../golden");
    let mut cases: Vec<PathBuf> = fs::read_dir(&root)
        .expect("the folder of golden cases")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no golden case in {}", root.display());
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
    let failed: Vec<String> = cases.par_iter().flat_map(|case| check(case, update)).collect();
    assert!(failed.is_empty(), "{}\nreview, then UPDATE=1 rewrites", failed.join("\n"));
}

/// Ports one case and says what is wrong with it.
fn check(case: &Path, update: bool) -> Vec<String> {
    let name = case.file_name().unwrap_or_default().to_string_lossy();
    let folder = tempfile::Builder::new().prefix("t2m").tempdir().expect("a folder");
    let (out, report) = (folder.path().join("out"), folder.path().join("report.json"));
    let output = Command::new(env!("CARGO_BIN_EXE_torch2mlx"))
        .args(["port", "in", "-q", "--out"])
        .arg(&out)
        .args(options(case))
        .arg("--report")
        .arg(&report)
        .current_dir(case)
        .output()
        .expect("the tool runs");
    if !output.status.success() {
        return vec![format!("{name}: the port failed: {}", String::from_utf8_lossy(&output.stderr))];
    }
    let report = fs::read_to_string(&report).expect("a report");
    let mut failed = broken_laws(&name, &report);
    let mut actual = files(&out);
    actual.remove(MANIFEST);
    let report = report.replace(concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), '"'), "\"version\": \"[VERSION]\"");
    actual.insert("report.json".into(), report.into_bytes());
    let mut expected = files(&case.join("out"));
    if let Ok(report) = fs::read(case.join("report.json")) {
        expected.insert("report.json".into(), report);
    }
    for path in actual.keys().chain(expected.keys().filter(|path| !actual.contains_key(*path))) {
        let (old, new) = (expected.get(path), actual.get(path));
        if old == new {
            continue;
        }
        let at = if path == "report.json" { case.join(path) } else { case.join("out").join(path) };
        match new {
            _ if !update => failed.push(difference(&format!("{name}: {path}"), old, new)),
            Some(new) => {
                fs::create_dir_all(at.parent().expect("a parent")).expect("folders");
                fs::write(at, new).expect("the file is written");
            }
            None => fs::remove_file(at).expect("the orphan is removed"),
        }
    }
    failed
}

/// What a case is ported with: `port = ["--fuse"]` in its `run.toml`.
fn options(case: &Path) -> Vec<String> {
    let run = fs::read_to_string(case.join("run.toml")).unwrap_or_default();
    let run: toml::Table = toml::from_str(&run).expect("run.toml is TOML");
    let options = run.get("port").and_then(toml::Value::as_array);
    options.into_iter().flatten().filter_map(toml::Value::as_str).map(str::to_owned).collect()
}

/// A file that broke a law is our bug, and no golden output.
fn broken_laws(name: &str, report: &str) -> Vec<String> {
    let report: Value = serde_json::from_str(report).expect("a report is JSON");
    let files = report["files"].as_array().expect("a list of files");
    let broken = files.iter().filter(|file| file["status"] == "fallback");
    broken.map(|file| format!("{name}: {} broke a law: {}", file["path"], file["findings"])).collect()
}

/// Every file below a folder, by its path with `/`. What Python leaves behind where it ran does not count.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(at) = folders.pop() {
        let Ok(entries) = fs::read_dir(&at) else { continue };
        for path in entries.map(|entry| entry.expect("an entry").path()) {
            if path.is_dir() {
                if path.file_name().is_some_and(|name| name != "__pycache__") {
                    folders.push(path);
                }
            } else {
                let below = path.strip_prefix(folder).expect("a path below").to_string_lossy().replace('\\', "/");
                files.insert(below, fs::read(&path).expect("a file"));
            }
        }
    }
    files
}

fn difference(name: &str, old: Option<&Vec<u8>>, new: Option<&Vec<u8>>) -> String {
    let text = |bytes: Option<&Vec<u8>>| bytes.map(|bytes| String::from_utf8_lossy(bytes).into_owned()).unwrap_or_default();
    let what = match (old, new) {
        (None, _) => " (new)",
        (_, None) => " (nothing writes it any more)",
        _ => "",
    };
    let (old, new) = (text(old), text(new));
    let diff = similar::TextDiff::from_lines(&old, &new);
    format!("{name}{what}\n{}", diff.unified_diff().context_radius(2).header("expected", "actual"))
}
