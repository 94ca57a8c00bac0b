//! `cargo xtask fuzz-programs`: random functions of a few statements (views, in-place writes, containers, callees), ported and run under both frameworks.
//!
//! Rows are fuzzed by `fuzz-ops`, one call each. What only shows between statements shows here: who shares whose memory, and who sees a write.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::compared::{self, Outcome};
use crate::{python, repo};

const SCRIPT: &str = "tests/fuzz-programs/draw.py";
const TARGET: &str = "target/fuzz-programs";
const DEFAULT_COUNT: &str = "1000";

/// `cargo xtask fuzz-programs [COUNT] [--seed N]`: without a seed, the clock gives one.
pub(crate) fn command(args: &[&str]) -> Result<bool> {
    let (count, seed) = match args {
        [] => (DEFAULT_COUNT, None),
        ["--seed", seed] => (DEFAULT_COUNT, Some(*seed)),
        [count] => (*count, None),
        [count, "--seed", seed] => (*count, Some(*seed)),
        _ => bail!("usage: cargo xtask fuzz-programs [COUNT] [--seed N]"),
    };
    let number = |text: &str| text.parse::<u32>().with_context(|| format!("`{text}` is no number"));
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    let seed = seed.map_or_else(|| Ok(now()), number)?;
    Ok(run(&python::interpreter()?, number(count)?, seed)?.tally().failed == 0)
}

pub(crate) fn run(python: &Path, count: u32, seed: u32) -> Result<Outcome> {
    let base = repo::root().join(TARGET).join(seed.to_string());
    let sources = compared::emptied(&base)?;
    let mut script = Command::new(python);
    script.arg(repo::root().join(SCRIPT)).args([seed.to_string(), count.to_string()]).arg(&sources);
    if !script.status().with_context(|| format!("can't run {SCRIPT}"))?.success() {
        bail!("{SCRIPT} drew no programs");
    }
    compared::programs(python, &format!("fuzz-programs {count} --seed {seed}"), &base)
}
