//! A folder in which commands run, and the page that they stand on.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Stands in front of an `sh` block that a document shows and no test runs, with the reason.
const NOT_RUN: &str = "<!-- not run: ";

pub(crate) struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("t2m").tempdir().expect("a folder") }
    }

    /// Where the commands run: below the folder, which is also their home.
    pub(crate) fn place(&self) -> PathBuf {
        let place = self.folder.path().join("work");
        fs::create_dir_all(&place).expect("a folder");
        place
    }

    /// Does what a page or a part of it says, and gives it back with what the commands print now.
    pub(crate) fn section(&self, text: &str) -> String {
        let mut out = String::new();
        let mut lines = text.split_inclusive('\n');
        let mut before = "";
        while let Some(line) = lines.next() {
            out += line;
            let before = std::mem::replace(&mut before, line);
            let Some(info) = line.trim_end().strip_prefix("```").filter(|info| !info.is_empty()) else { continue };
            let body = lines.by_ref().take_while(|line| line.trim_end() != "```");
            if let Some(name) = file_name(info) {
                let body: String = body.collect();
                self.write(name, &body);
                out += &body;
            } else if info == "console" {
                for command in body.filter_map(|line| line.strip_prefix("$ ")) {
                    out += &format!("$ {command}{}", self.command(command.trim_end()));
                }
            } else if info == "sh" && !before.starts_with(NOT_RUN) {
                for command in body {
                    let output = self.run(command.trim_end());
                    assert!(output.status.success(), "{command}{}", String::from_utf8_lossy(&output.stderr));
                    out += command;
                }
            } else {
                out.extend(body);
            }
            out += "```\n";
        }
        out
    }

    fn write(&self, name: &str, body: &str) {
        let path = self.place().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("folders");
        fs::write(path, body).expect("a file");
    }

    /// A command of its own, as a shell script.
    pub(crate) fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let bin = self.folder.path().join("bin");
        fs::create_dir_all(&bin).expect("a folder");
        fs::write(bin.join(name), format!("#!/bin/sh\n{script}\n")).expect("a file");
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).expect("it can run");
    }

    fn run(&self, command: &str) -> Output {
        let program = Path::new(env!("CARGO_BIN_EXE_torch2mlx"));
        let mut path = vec![self.folder.path().join("bin"), program.parent().expect("a folder").to_owned()];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        Command::new("sh")
            .args(["-c", command])
            .current_dir(self.place())
            .env("PATH", std::env::join_paths(path).expect("a search path"))
            .env("HOME", self.folder.path())
            .env("GIT_CEILING_DIRECTORIES", self.folder.path())
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("LC_ALL", "C")
            .env_remove("XDG_CONFIG_HOME")
            .env_remove("VIRTUAL_ENV")
            .env_remove("CONDA_PREFIX")
            .env_remove("FORCE_COLOR")
            .env_remove("CLICOLOR_FORCE")
            .env("RUST_BACKTRACE", "0")
            .output()
            .expect("sh runs")
    }

    /// What a command prints, as a transcript shows it.
    fn command(&self, command: &str) -> String {
        let output = self.run(command);
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
        let mut text: String = text.lines().map(|line| format!("{}\n", measured(line.trim_end()))).collect();
        // A line that looks like a command or an end would be read as one.
        text = text.replace("\n```", "\n ```");
        text
    }
}

/// Times, and how far roundings are apart.
fn measured(line: &str) -> String {
    if line.starts_with("  time ") {
        return "  time [TIME]".into();
    }
    let mut out = line.to_owned();
    for before in ["largest difference ", "mean "] {
        if let Some(start) = out.find(before).map(|at| at + before.len()) {
            let end = out[start..].find([',', ' ']).map_or(out.len(), |length| start + length);
            if out[start..end].parse::<f64>().is_ok() {
                out.replace_range(start..end, "[D]");
            }
        }
    }
    out
}

/// `file NAME`, or `LANGUAGE file=NAME` where a page shows the file in colour.
fn file_name(info: &str) -> Option<&str> {
    info.strip_prefix("file ").or_else(|| info.split_once(" file=").map(|(_, name)| name))
}
