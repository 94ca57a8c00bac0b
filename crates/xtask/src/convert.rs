//! `torch2mlx convert` on files that the real `torch.save` wrote: `tests/convert/check.py` compares what comes out value by value, as `mlx` loads it.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::numeric::Tally;
use crate::{defects, repo};

pub(crate) fn run(python: &Path, filter: Option<&str>) -> Result<Tally> {
    let started = Instant::now();
    let tool = defects::build()?;
    let mut check = Command::new(python);
    check.args(["-s", "-W", "ignore"]).arg(repo::root().join("tests/convert/check.py")).arg(tool).args(filter);
    let output = check.env_remove("PYTHONPATH").output().context("can't run tests/convert/check.py")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let last = said.lines().last().unwrap_or_default();
    let counts = last.strip_suffix(" failed").and_then(|line| line.split_once(" passed, "));
    let Some((Ok(passed), Ok(failed))) = counts.map(|(passed, failed)| (passed.parse::<usize>(), failed.parse::<usize>())) else {
        anyhow::bail!(
            "tests/convert/check.py broke off: {}",
            String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("no message")
        );
    };
    said.lines().filter(|line| line.starts_with("FAILED")).for_each(|line| println!("{line}"));
    println!("convert: {passed} passed, {failed} failed ({:.1} s)", started.elapsed().as_secs_f64());
    Ok(Tally { passed, failed })
}
