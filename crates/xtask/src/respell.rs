//! `cargo xtask respell`: the adversary programs in another, equivalent spelling, ported anew and run under both frameworks.
//!
//! What agrees as it was written and differs silently in another spelling is a bug: kinds were lost on the way.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::suites::adversary::{self, Trap};
use crate::{numeric, python, repo};

const SCRIPT: &str = "tests/respell/respell.py";
const TARGET: &str = "target/respell";

/// What came of one transformation.
#[derive(Default)]
pub(crate) struct Outcome {
    agreed: usize,
    silent: Vec<String>,
    raised: usize,
    todos: usize,
    /// The respelling itself raises under torch: no case.
    broken: usize,
    /// It is known to fail as it was written.
    known: usize,
}

impl Outcome {
    pub(crate) fn tally(&self) -> numeric::Tally {
        let failed = self.silent.len() + self.raised;
        // A command that finds nothing to run is broken as well.
        numeric::Tally { passed: self.agreed, failed: if self.agreed == 0 { failed.max(1) } else { failed } }
    }
}

/// `cargo xtask respell TRANSFORM [FILTER]`.
pub(crate) fn command(transform: &str, filter: Option<&str>) -> Result<bool> {
    Ok(run(&python::interpreter()?, transform, filter)?.tally().failed == 0)
}

pub(crate) fn run(python: &Path, transform: &str, filter: Option<&str>) -> Result<Outcome> {
    let started = Instant::now();
    let base = repo::root().join(TARGET).join(transform);
    if base.exists() {
        std::fs::remove_dir_all(&base).with_context(|| format!("can't empty {}", base.display()))?;
    }
    let sources = base.join("torch");
    std::fs::create_dir_all(&sources).with_context(|| format!("can't create {}", sources.display()))?;
    let mut script = Command::new(python);
    script.arg(repo::root().join(SCRIPT)).arg(transform).arg(repo::root().join(adversary::FOLDER)).arg(&sources).args(filter);
    if !script.status().with_context(|| format!("can't run {SCRIPT}"))?.success() {
        bail!("{SCRIPT} can't respell as `{transform}`");
    }
    let (_, traps, problems) = adversary::traps(&sources, &base.join("mlx"))?;
    if let Some(problem) = problems.first() {
        bail!("{problem}");
    }
    let (with_todo, traps): (Vec<Trap>, Vec<Trap>) = traps.into_iter().partition(|trap| trap.todo.is_some());
    let cases: Vec<_> = traps.into_iter().map(|trap| trap.case).collect();
    if cases.is_empty() {
        bail!("no adversary program can be run as `{transform}`");
    }
    let verdicts = numeric::execute(python, &cases, &base.join("run"))?;
    let mut outcome = Outcome { todos: with_todo.len(), ..Outcome::default() };
    for case in &cases {
        let Some(error) = numeric::complaint(verdicts.get(&case.id)) else {
            outcome.agreed += 1;
            continue;
        };
        let how = match () {
            () if case.fails.is_some() => {
                outcome.known += 1;
                continue;
            }
            () if error.contains("torch side") => {
                outcome.broken += 1;
                continue;
            }
            () if error.contains("mlx side") => {
                outcome.raised += 1;
                "RAISES"
            }
            () => {
                let name = case.id.rsplit('/').next().unwrap_or(&case.id);
                outcome.silent.push(name.to_owned());
                "SILENT"
            }
        };
        println!("{how} {}\n    {}\n    {error}", case.id, numeric::text_of(case));
    }
    let silent = if outcome.silent.is_empty() { String::new() } else { format!(" ({})", outcome.silent.join(", ")) };
    println!(
        "respell {transform}: {} cases, {} agreed, {} silent differences{silent}, {} raised, {} with a TODO, {} known to fail; {} more raise under torch and don't count ({:.1} s)",
        cases.len() - outcome.broken + outcome.todos,
        outcome.agreed,
        outcome.silent.len(),
        outcome.raised,
        outcome.todos,
        outcome.known,
        outcome.broken,
        started.elapsed().as_secs_f64()
    );
    Ok(outcome)
}
