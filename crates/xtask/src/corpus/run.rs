//! Fetches a package, ports it with the release binary, and looks at the result from outside.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use super::Package;
use super::cost::{self, Cost};
use super::measure::Measured;
use crate::{python, repo};

const SHOWN: usize = 8;

/// How many times the work of reading and parsing alone a port may cost. The aim is 2.5; a busy machine, whose caches others empty, costs more.
const MOST_WORK: f64 = 3.8;
/// Seconds of parsing from which on the two can be compared: below, reading the tables counts.
const COMPARABLE: f64 = 1.0;

/// One package's run: what is committed, and what depends on the machine.
pub(crate) struct Run {
    name: String,
    pub(crate) measured: Measured,
    examples: Vec<String>,
    megabytes: f64,
    port: Cost,
    parse: Cost,
}

/// The part of `torch2mlx port --report` that is measured.
#[derive(Deserialize)]
struct Report {
    totals: Totals,
    todos_by_code: BTreeMap<String, usize>,
    files: Vec<File>,
}

#[derive(Deserialize)]
struct Totals {
    ported: usize,
    ported_with_todos: usize,
    fallback: usize,
    failed: usize,
    sites_ported: usize,
    todos: usize,
    forwards: usize,
    forwards_clean: usize,
}

#[derive(Deserialize)]
struct File {
    path: String,
    status: String,
}

/// What `tests/corpus/check.py` found.
#[derive(Deserialize)]
struct Check {
    files: usize,
    broken: Vec<String>,
    torch_left: Vec<String>,
    methods_left: Vec<String>,
    comments_lost: Vec<String>,
    undefined: Vec<String>,
}

/// The release binary, built.
pub(crate) fn binary() -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo).args(["build", "--quiet", "--release", "--package", "torch2mlx"]).current_dir(repo::root()).status();
    if !built.context("can't run cargo build")?.success() {
        bail!("torch2mlx doesn't build");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| repo::root().join("target"), PathBuf::from);
    Ok(target.join("release").join(format!("torch2mlx{}", std::env::consts::EXE_SUFFIX)))
}

/// Where earlier ports wait to be deleted. Some file systems (ext4) look for a minute at all that was just deleted whenever a file is made: what is measured next
/// would cost a third more.
fn earlier() -> PathBuf {
    repo::root().join("target/corpus/earlier")
}

fn set_aside(work: &Path) -> Result<()> {
    if !work.exists() {
        return Ok(());
    }
    let place = earlier();
    std::fs::create_dir_all(&place).with_context(|| format!("can't create {}", place.display()))?;
    let aside = place.join(work.file_name().unwrap_or_default());
    std::fs::rename(work, &aside).with_context(|| format!("can't move {} to {}", work.display(), aside.display()))
}

/// Deletes the earlier ports.
pub(crate) fn clean_up() -> Result<()> {
    let place = earlier();
    if place.exists() {
        std::fs::remove_dir_all(&place).with_context(|| format!("can't delete {}", place.display()))?;
    }
    Ok(())
}

/// Ports one package, with those that it is built on.
pub(crate) fn package(python: &Path, binary: &Path, package: &Package) -> Result<Run> {
    let Package { name, version, folder, with, .. } = package;
    let home = fetch(python, package)?;
    if !home.join(folder).is_dir() {
        bail!("{name} {version} holds no folder `{folder}`");
    }
    let source = if with.is_empty() { home.join(folder) } else { home };
    let work = repo::root().join("target/corpus").join(name);
    set_aside(&work)?;
    std::fs::create_dir_all(&work).with_context(|| format!("can't create {}", work.display()))?;
    let (out, report_file) = (work.join(folder), work.join("report.json"));
    let log = std::fs::File::create(work.join("log")).context("can't create the log")?;
    let mut command = Command::new(binary);
    command.arg("port").arg(&source).args(["--quiet", "--no-respect-gitignore"]).stdout(Stdio::null()).stderr(log);
    let (status, port) = cost::run(command.arg("--out").arg(&out).arg("--report").arg(&report_file))?;
    let mut command = Command::new(binary);
    command.arg("port").arg(&source).args(["--quiet", "--no-respect-gitignore"]).stdout(Stdio::null()).stderr(Stdio::null());
    let (_, parse) = cost::run(command.arg("--parse-only"))?;
    let mut run = Run {
        name: format!("{name} {version}"),
        measured: Measured::default(),
        examples: Vec::new(),
        megabytes: megabytes(&source)?,
        port,
        parse,
    };
    if !status.success() || !report_file.exists() {
        run.measured.crashes = 1;
        run.examples.push(format!("torch2mlx ended with {status}: see {}", repo::relative(&work.join("log"))));
        return Ok(run);
    }
    let report: Report =
        serde_json::from_str(&repo::read(&report_file)?).context("the report has another schema than this command knows")?;
    let check = check(python, &source, &out, &report)?;
    run.fill(&report, &check);
    Ok(run)
}

/// The package's files, installed once into the cache without what it depends on.
fn fetch(python: &Path, package: &Package) -> Result<PathBuf> {
    let wanted: Vec<String> =
        std::iter::once(format!("{}=={}", package.name, package.version)).chain(package.with.iter().cloned()).collect();
    let home = python::cache().join("corpus").join(wanted.join("+").replace("==", "-"));
    if !home.exists() {
        let part = home.with_extension("part");
        let target = part.to_string_lossy().into_owned();
        let mut args = vec!["--no-deps", "--no-compile", "--upgrade", "--target", &target];
        args.extend(wanted.iter().map(String::as_str));
        python::install(python, &args)?;
        std::fs::rename(&part, &home).with_context(|| format!("can't create {}", home.display()))?;
    }
    Ok(home)
}

fn megabytes(folder: &Path) -> Result<f64> {
    let mut bytes = 0;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in repo::entries(&folder)? {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "py") {
                bytes += std::fs::metadata(&path).with_context(|| format!("can't read {}", path.display()))?.len();
            }
        }
    }
    Ok(bytes as f64 / 1e6)
}

fn check(python: &Path, source: &Path, out: &Path, report: &Report) -> Result<Check> {
    let mut command = Command::new(python);
    command.arg("-s").arg(repo::root().join("tests/corpus/check.py")).arg(source).arg(out).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().context("can't run tests/corpus/check.py")?;
    let copies = report.files.iter().filter(|file| matches!(file.status.as_str(), "fallback" | "failed"));
    if let Some(mut stdin) = child.stdin.take() {
        for file in copies {
            writeln!(stdin, "{}", file.path).context("can't talk to check.py")?;
        }
    }
    let output = child.wait_with_output().context("check.py did not end")?;
    if !output.status.success() {
        bail!("tests/corpus/check.py failed on {}", source.display());
    }
    serde_json::from_slice(&output.stdout).context("check.py said something unexpected")
}

impl Run {
    fn fill(&mut self, report: &Report, check: &Check) {
        let totals = &report.totals;
        self.measured = Measured {
            python_files: check.files,
            laws_broken: totals.fallback,
            crashes: 0,
            not_compiling: check.broken.len(),
            torch_left: check.torch_left.len(),
            methods_left: check.methods_left.len(),
            comments_lost: check.comments_lost.len(),
            undefined: check.undefined.len(),
            sites_ported: totals.sites_ported,
            todos: totals.todos,
            torch_files: totals.ported + totals.ported_with_todos + totals.fallback + totals.failed,
            torch_files_clean: totals.ported,
            forwards: totals.forwards,
            forwards_clean: totals.forwards_clean,
            todos_by_code: report.todos_by_code.clone(),
        };
        let fallbacks = report.files.iter().filter(|file| file.status == "fallback").map(|file| format!("law broken: {}", file.path));
        self.examples.extend(fallbacks.take(SHOWN));
        for (what, list) in [
            ("does not compile", &check.broken),
            ("torch without a TODO", &check.torch_left),
            ("tensor method without a TODO", &check.methods_left),
            ("comment lost", &check.comments_lost),
            ("undefined name", &check.undefined),
        ] {
            self.examples.extend(list.iter().take(SHOWN).map(|item| format!("{what}: {item}")));
        }
    }

    /// That the port costs too much work, if it does.
    pub(crate) fn too_much_work(&self) -> Option<String> {
        too_much(self.port.work(), self.parse.work())
    }

    /// The paragraph that is printed.
    pub(crate) fn told(&self) -> String {
        let m = &self.measured;
        let mut text = String::new();
        let peak = self.port.peak.map_or(String::new(), |mb| format!(", {mb} MB of memory"));
        let speed = self.megabytes / self.port.seconds.max(1e-9);
        let (port, parse) = (self.port.work(), self.parse.work());
        let _ = writeln!(
            text,
            "{}: {} files, {:.1} MB in {:.2} s ({speed:.1} MB/s{peak})\n  work {port:.2} s, {:.2} times that of reading and parsing alone ({parse:.2} s)\n  laws broken {}, crashes {}, not compiling {}, torch without a TODO {}, tensor methods without one {}, comments lost {}, undefined names {}",
            self.name,
            m.python_files,
            self.megabytes,
            self.port.seconds,
            port / parse.max(1e-9),
            m.laws_broken,
            m.crashes,
            m.not_compiling,
            m.torch_left,
            m.methods_left,
            m.comments_lost,
            m.undefined
        );
        let _ = writeln!(
            text,
            "  sites ported {} of {} ({})\n  files without a TODO {} of {} ({}), forward methods {} of {} ({})",
            m.sites_ported,
            m.sites_ported + m.todos,
            percent(m.sites_ported, m.sites_ported + m.todos),
            m.torch_files_clean,
            m.torch_files,
            percent(m.torch_files_clean, m.torch_files),
            m.forwards_clean,
            m.forwards,
            percent(m.forwards_clean, m.forwards)
        );
        let codes: Vec<String> = m.todos_by_code.iter().map(|(code, count)| format!("{code} {count}")).collect();
        let _ = writeln!(text, "  TODOs: {}", codes.join(", "));
        for example in &self.examples {
            let _ = writeln!(text, "  {example}");
        }
        text
    }
}

fn too_much(port: f64, parse: f64) -> Option<String> {
    let times = port / parse.max(1e-9);
    (parse >= COMPARABLE && times > MOST_WORK)
        .then(|| format!("work: {times:.2} times that of reading and parsing alone, at most {MOST_WORK} are allowed"))
}

fn percent(part: usize, whole: usize) -> String {
    if whole == 0 { "-".to_owned() } else { format!("{:.1}%", 100.0 * part as f64 / whole as f64) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_costs_many_times_its_parsing_is_told() {
        assert!(too_much(MOST_WORK * 2.0 + 0.1, 2.0).is_some());
        assert_eq!(too_much(MOST_WORK * 2.0 - 0.1, 2.0), None);
        assert_eq!(too_much(1.0, 0.1), None, "too short to compare");
    }
}
