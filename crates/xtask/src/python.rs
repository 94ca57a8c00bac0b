//! The Python environment of the tests: made once from pinned requirements, in a cache folder keyed by them.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::repo;

const REQUIREMENTS: &str = "tests/requirements.txt";
const CANDIDATES: [&str; 5] = ["python3.13", "python3.12", "python3.11", "python3.10", "python3"];
const DONE: &str = "complete";

/// The cache folder: `T2M_CACHE_DIR`, else `target/t2m-python`.
pub(crate) fn cache() -> PathBuf {
    std::env::var_os("T2M_CACHE_DIR").map_or_else(|| repo::root().join("target/t2m-python"), PathBuf::from)
}

/// The interpreter that has the pinned requirements; makes its environment if there is none yet.
pub(crate) fn interpreter() -> Result<PathBuf> {
    let requirements = repo::root().join(REQUIREMENTS);
    let (base, version) = find_python()?;
    let mut hasher = DefaultHasher::new();
    (repo::read(&requirements)?, &version).hash(&mut hasher);
    let cache = cache();
    let home = cache.join(format!("{:016x}", hasher.finish()));
    let python = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    // Written last: an interrupted installation is not taken for a finished one.
    if home.join(DONE).exists() {
        return Ok(python);
    }
    eprintln!("making the Python environment {} with {base} ({version})", home.display());
    let started = std::time::Instant::now();
    if home.exists() {
        std::fs::remove_dir_all(&home).with_context(|| format!("can't remove the unfinished {}", home.display()))?;
    }
    std::fs::create_dir_all(&cache).with_context(|| format!("can't create {}", cache.display()))?;
    call(Command::new(&base).args(["-m", "venv"]).arg(&home), "python can't make a virtual environment")?;
    install(&python, &["-r", &requirements.to_string_lossy()])?;
    std::fs::write(home.join(DONE), "").with_context(|| format!("can't write into {}", home.display()))?;
    eprintln!("made in {:.0} s", started.elapsed().as_secs_f64());
    Ok(python)
}

/// `pip install` with these arguments.
pub(crate) fn install(python: &Path, args: &[&str]) -> Result<()> {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]).args(args);
    call(&mut pip, &format!("can't install packages (is the package index reachable?): pip install {}", args.join(" ")))
}

fn find_python() -> Result<(String, String)> {
    for name in CANDIDATES {
        let asked = Command::new(name).args(["-c", "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"]).output();
        let Ok(output) = asked else { continue };
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let minor = version.strip_prefix("3.").and_then(|minor| minor.parse::<u32>().ok());
        if output.status.success() && minor.is_some_and(|minor| minor >= 10) {
            return Ok((name.to_owned(), version));
        }
    }
    bail!(
        "the tests need Python 3.10 or newer with venv and pip (on Debian: apt install python3-venv): none of {} is one",
        CANDIDATES.join(", ")
    )
}

/// Runs a quiet command; its failure is one line with the last thing that it said.
fn call(command: &mut Command, what: &str) -> Result<()> {
    let output = command.output().with_context(|| what.to_owned())?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    let error = said.lines().rev().find(|l| l.to_lowercase().contains("error")).or(said.lines().last()).unwrap_or("no message").trim();
    bail!("{what}: {error}")
}
