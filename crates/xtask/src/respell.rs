//! `cargo xtask respell`: the adversary programs in another, equivalent spelling, ported anew and run under both frameworks.
//!
//! What agrees as it was written and differs silently in another spelling is a bug: kinds were lost on the way.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::compared::{self, Outcome};
use crate::suites::adversary;
use crate::{python, repo};

const SCRIPT: &str = "tests/respell/respell.py";
const TARGET: &str = "target/respell";

/// `cargo xtask respell TRANSFORM [FILTER]`.
pub(crate) fn command(transform: &str, filter: Option<&str>) -> Result<bool> {
    Ok(run(&python::interpreter()?, transform, filter)?.tally().failed == 0)
}

pub(crate) fn run(python: &Path, transform: &str, filter: Option<&str>) -> Result<Outcome> {
    let base = repo::root().join(TARGET).join(transform);
    let sources = compared::emptied(&base)?;
    let mut script = Command::new(python);
    script.arg(repo::root().join(SCRIPT)).arg(transform).arg(repo::root().join(adversary::FOLDER)).arg(&sources).args(filter);
    if !script.status().with_context(|| format!("can't run {SCRIPT}"))?.success() {
        bail!("{SCRIPT} can't respell as `{transform}`");
    }
    compared::programs(python, &format!("respell {transform}"), &base)
}
