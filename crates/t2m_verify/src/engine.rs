//! The embedded Python package, unpacked, and its three programs: the two sides, and the judge of what they wrote.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};
use include_dir::{Dir, include_dir};
use t2m_semantic::tables::MAPPINGS;

use crate::verdict::Verdict;

static PYTHON: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/python");
/// Where the engine seeks the helpers that generated modules are made from.
const HELPERS: &str = "t2m_helpers";

/// Which framework runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Torch,
    Mlx,
}

impl Side {
    pub fn name(self) -> &'static str {
        match self {
            Self::Torch => "torch",
            Self::Mlx => "mlx",
        }
    }
}

/// The Python package in a folder of its own.
#[derive(Debug)]
pub struct Engine {
    home: PathBuf,
}

impl Engine {
    /// Writes the package into `home`, over what an earlier run left there.
    pub fn unpack(home: &Path) -> Result<Self> {
        if home.exists() {
            std::fs::remove_dir_all(home).with_context(|| format!("can't empty {}", home.display()))?;
        }
        write(&PYTHON, PYTHON.path(), home)?;
        let helpers = MAPPINGS.get_dir("helpers").context("the helpers are not embedded")?;
        write(helpers, helpers.path(), &home.join(HELPERS))?;
        Ok(Self { home: home.to_owned() })
    }

    /// Runs `cases.jsonl` of a folder under one framework.
    pub fn run(&self, python: &Path, side: Side, folder: &Path) -> Result<()> {
        let output = self.call(python, side.name(), folder)?;
        if !output.status.success() {
            bail!("the {} side failed: {}", side.name(), String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }

    /// Judges what the two sides left in a folder, in the order of its cases.
    pub fn compare(&self, python: &Path, folder: &Path) -> Result<Vec<Verdict>> {
        let output = self.call(python, "compare", folder)?;
        // Exit code 1 says that a case failed; a traceback ends with it too.
        let judged = output.status.success() || (output.status.code() == Some(1) && output.stderr.is_empty());
        if !judged {
            bail!("the judge failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let path = folder.join("report.jsonl");
        let report = std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
        report.lines().map(|line| serde_json::from_str(line).context("report.jsonl is broken")).collect()
    }

    fn call(&self, python: &Path, task: &str, folder: &Path) -> Result<Output> {
        let mut command = Command::new(python);
        // User folders and variables must not decide what is imported.
        command
            .args([OsStr::new("-s"), OsStr::new("-Wignore"), self.home.as_os_str(), OsStr::new(task), folder.as_os_str()])
            .env_remove("PYTHONPATH")
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::null());
        command.output().with_context(|| format!("can't run {}", python.display()))
    }
}

/// The Python files of an embedded folder.
fn write(dir: &Dir<'_>, root: &Path, home: &Path) -> Result<()> {
    for file in dir.files().filter(|file| file.path().extension().is_some_and(|extension| extension == "py")) {
        let path = home.join(file.path().strip_prefix(root).unwrap_or(file.path()));
        let folder = path.parent().unwrap_or(home);
        std::fs::create_dir_all(folder).with_context(|| format!("can't create {}", folder.display()))?;
        std::fs::write(&path, file.contents()).with_context(|| format!("can't write {}", path.display()))?;
    }
    dir.dirs().try_for_each(|dir| write(dir, root, home))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_package_and_the_helpers_are_unpacked_over_older_ones() {
        let folder = tempfile::tempdir().expect("a folder");
        let home = folder.path().join("engine");
        std::fs::create_dir(&home).expect("a folder");
        std::fs::write(home.join("old.py"), "").expect("a file");
        Engine::unpack(&home).expect("it is unpacked");
        assert!(!home.join("old.py").exists());
        for file in ["__main__.py", "t2m_engine/compare.py", "t2m_helpers/__init__.py"] {
            assert!(home.join(file).is_file(), "{file}");
        }
    }
}
