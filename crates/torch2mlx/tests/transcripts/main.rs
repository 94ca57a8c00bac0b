//! Runs the transcripts in `tests/cli/*.md`: what a user types, and what stdout, stderr, the exit code and the folder are afterwards.
//!
//! Every `##` section has a folder of its own; what stands before the first one is done in each. A block ```` ```file NAME ```` writes a file.
//! A block ```` ```console ```` holds commands behind `$ `, run by `sh`, each followed by its stdout, its stderr behind `! `, and `[exit N]` if it is not 0.
//! `UPDATE=1` rewrites what follows the commands.

mod case;
mod documents;

use std::fs;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use case::Case;

#[test]
fn transcripts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cli");
    let mut cases: Vec<PathBuf> = fs::read_dir(&folder)
        .expect("the folder of transcripts")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|suffix| suffix == "md"))
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no transcripts in {}", folder.display());
    let update = update();
    let mut failed = Vec::new();
    for case in cases {
        let expected = fs::read_to_string(&case).expect("a transcript");
        let actual = run(&expected);
        if actual == expected {
            continue;
        }
        if update {
            fs::write(&case, &actual).expect("the transcript is written");
        } else {
            failed.push(format!("{}\n{}", case.display(), difference(&expected, &actual)));
        }
    }
    assert!(failed.is_empty(), "{}\nreview, then UPDATE=1 rewrites", failed.join("\n"));
}

/// The transcript with what the commands print now.
fn run(transcript: &str) -> String {
    let mut sections: Vec<String> = vec![String::new()];
    for line in transcript.split_inclusive('\n') {
        if line.starts_with("## ") {
            sections.push(String::new());
        }
        sections.last_mut().expect("the first").push_str(line);
    }
    let run_section = |(i, section): (usize, &String)| {
        let case = Case::new();
        if i > 0 {
            case.section(&sections[0]);
        }
        case.section(section)
    };
    sections.par_iter().enumerate().map(run_section).collect()
}

fn difference(expected: &str, actual: &str) -> String {
    let diff = similar::TextDiff::from_lines(expected, actual);
    diff.unified_diff().context_radius(4).header("expected", "actual").to_string()
}

/// Whether what is stale is to be rewritten.
fn update() -> bool {
    std::env::var_os("UPDATE").is_some_and(|value| value == "1")
}
