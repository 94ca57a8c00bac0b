//! `torch2mlx convert` on files that the real `torch.save` wrote: `tests/convert/check.py` compares what comes out value by value, as `mlx` loads it;
//! `tests/convert/journey.py` ports a project, converts its checkpoints, and goes on training; `tests/convert/lacking.py` leaves names out of checkpoints, `tests/convert/shapes.py` gives arrays other shapes.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::numeric::Tally;
use crate::{defects, repo};

const SCRIPTS: [&str; 4] = ["check.py", "journey.py", "lacking.py", "shapes.py"];

pub(crate) fn run(python: &Path, filter: Option<&str>) -> Result<Tally> {
    let started = Instant::now();
    let tool = defects::build()?;
    let mut tally = Tally::default();
    for script in SCRIPTS {
        // A filter is a part of a case's name, or names a script.
        let names_script = SCRIPTS.iter().any(|script| filter == script.strip_suffix(".py"));
        let is_meant =
            filter.is_none_or(|filter| if names_script { script.strip_suffix(".py") == Some(filter) } else { script == SCRIPTS[0] });
        if !is_meant {
            continue;
        }
        let file = repo::root().join("tests/convert").join(script);
        let mut check = Command::new(python);
        check.args(["-s", "-W", "ignore"]).arg(file).arg(&tool).args(filter.filter(|_| !names_script));
        let output = check.env_remove("PYTHONPATH").output().with_context(|| format!("can't run tests/convert/{script}"))?;
        let said = String::from_utf8_lossy(&output.stdout);
        let last = said.lines().last().unwrap_or_default();
        let counts = last.strip_suffix(" failed").and_then(|line| line.split_once(" passed, "));
        let Some((Ok(passed), Ok(failed))) = counts.map(|(passed, failed)| (passed.parse::<usize>(), failed.parse::<usize>())) else {
            anyhow::bail!(
                "tests/convert/{script} broke off: {}",
                String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or("no message")
            );
        };
        said.lines().filter(|line| line.starts_with("FAILED")).for_each(|line| println!("{line}"));
        tally.passed += passed;
        tally.failed += failed;
    }
    println!("convert: {} passed, {} failed ({:.1} s)", tally.passed, tally.failed, started.elapsed().as_secs_f64());
    Ok(tally)
}
