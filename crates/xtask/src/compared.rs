//! Programs with `# run` lines that are made on the way: ported, run under both frameworks, and told apart by what came of each.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::numeric;
use crate::suites::adversary::{self, Trap};

/// Where the programs stand below their base.
const SOURCES: &str = "torch";

/// What came of a folder of programs.
#[derive(Default)]
pub(crate) struct Outcome {
    agreed: usize,
    silent: Vec<String>,
    raised: usize,
    todos: usize,
    /// It raises under torch: no case.
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

/// Empties `base` and makes the folder that the programs are to be written to.
pub(crate) fn emptied(base: &Path) -> Result<PathBuf> {
    if base.exists() {
        std::fs::remove_dir_all(base).with_context(|| format!("can't empty {}", base.display()))?;
    }
    let sources = base.join(SOURCES);
    std::fs::create_dir_all(&sources).with_context(|| format!("can't create {}", sources.display()))?;
    Ok(sources)
}

/// Ports and runs the programs below `base`, and prints what differs, and a line of counts that begins with `title`.
pub(crate) fn programs(python: &Path, title: &str, base: &Path) -> Result<Outcome> {
    let started = Instant::now();
    let (_, traps, problems) = adversary::traps(&base.join(SOURCES), &base.join("mlx"))?;
    if let Some(problem) = problems.first() {
        bail!("{problem}");
    }
    let (with_todo, traps): (Vec<Trap>, Vec<Trap>) = traps.into_iter().partition(|trap| trap.todo.is_some());
    let cases: Vec<_> = traps.into_iter().map(|trap| trap.case).collect();
    if cases.is_empty() {
        bail!("{title}: no program can be run");
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
        "{title}: {} cases, {} agreed, {} silent differences{silent}, {} raised, {} with a TODO, {} known to fail; {} more raise under torch and don't count ({:.1} s)",
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
