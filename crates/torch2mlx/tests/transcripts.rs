//! Runs the transcripts in `tests/cli/*.md`: what a user types, and what stdout, stderr, the exit code and the folder are afterwards.
//!
//! Every `##` section has a folder of its own; what stands before the first one is done in each. A block ```` ```file NAME ```` writes a file.
//! A block ```` ```console ```` holds commands behind `$ `, run by `sh`, each followed by its stdout, its stderr behind `! `, and `[exit N]` if it is not 0.
//! `UPDATE=1` rewrites what follows the commands.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use rayon::prelude::*;

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
    let update = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
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

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("t2m").tempdir().expect("a folder") }
    }

    /// Where the commands run: below the folder, which is also their home.
    fn place(&self) -> PathBuf {
        let place = self.folder.path().join("work");
        fs::create_dir_all(&place).expect("a folder");
        place
    }

    fn section(&self, text: &str) -> String {
        let mut out = String::new();
        let mut lines = text.split_inclusive('\n');
        while let Some(line) = lines.next() {
            out += line;
            if let Some(name) = line.trim_end().strip_prefix("```file ") {
                let body: Vec<&str> = lines.by_ref().take_while(|line| line.trim_end() != "```").collect();
                self.write(name, &body.concat());
                out += &format!("{}```\n", body.concat());
            } else if line.trim_end() == "```console" {
                for line in lines.by_ref().take_while(|line| line.trim_end() != "```") {
                    if let Some(command) = line.strip_prefix("$ ") {
                        out += line;
                        out += &self.command(command.trim_end());
                    }
                }
                out += "```\n";
            }
        }
        out
    }

    fn write(&self, name: &str, body: &str) {
        let path = self.place().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, body).expect("a file");
    }

    fn command(&self, command: &str) -> String {
        let program = Path::new(env!("CARGO_BIN_EXE_torch2mlx"));
        let mut path = vec![program.parent().expect("a folder").to_owned()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let output = Command::new("sh")
            .args(["-c", command])
            .current_dir(self.place())
            .env("PATH", std::env::join_paths(path).expect("a search path"))
            .env("HOME", self.folder.path())
            .env("GIT_CEILING_DIRECTORIES", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("FORCE_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env("RUST_BACKTRACE", "0")
            .output()
            .expect("sh runs");
        let mut out = self.filter(&output.stdout);
        for line in self.filter(&output.stderr).lines() {
            out += format!("! {line}").trim_end();
            out.push('\n');
        }
        match output.status.code() {
            Some(0) => {}
            Some(code) => out += &format!("[exit {code}]\n"),
            None => out += "[killed]\n",
        }
        out
    }

    /// What differs from machine to machine and from version to version is replaced.
    fn filter(&self, bytes: &[u8]) -> String {
        let place = fs::canonicalize(self.place()).expect("the folder");
        let mut text = String::from_utf8_lossy(bytes).replace(&*place.to_string_lossy(), "[DIR]");
        text = text.replace(concat!("torch2mlx ", env!("CARGO_PKG_VERSION")), "torch2mlx [VERSION]");
        text = text.replace(concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), '"'), "\"version\": \"[VERSION]\"");
        let mut text: String = text.lines().map(|line| format!("{}\n", line.trim_end())).collect();
        // A line that looks like a command or an end would be read as one.
        text = text.replace("\n```", "\n ```");
        text
    }
}

fn difference(expected: &str, actual: &str) -> String {
    let diff = similar::TextDiff::from_lines(expected, actual);
    diff.unified_diff().context_radius(4).header("expected", "actual").to_string()
}
