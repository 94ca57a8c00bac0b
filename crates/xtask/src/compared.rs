//! Programs with `# run` lines that are made on the way: ported, run under both frameworks, and told apart by what came of each.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};

use crate::case::Case;
use crate::numeric;
use crate::suites::adversary::{self, Trap};

/// Where the programs stand below their base, and their ports.
pub(crate) const SOURCES: &str = "torch";
pub(crate) const PORTS: &str = "mlx";

/// What came of a program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Agreed,
    Silent,
    Raised,
    /// It has a TODO, and is not run.
    Todo,
    /// It raises under torch: no case.
    Broken,
    /// It is known to fail as it was written.
    Known,
}

pub(crate) struct Judged {
    case: Case,
    pub(crate) verdict: Verdict,
    /// What differs, or what was raised.
    pub(crate) error: String,
}

impl Judged {
    /// `p7.py:3` of `target/fuzz-programs/1/torch/p7.py:3`
    fn place(&self) -> &str {
        self.case.id.rsplit('/').next().unwrap_or(&self.case.id)
    }

    /// `p7`
    pub(crate) fn stem(&self) -> &str {
        self.place().split('.').next().unwrap_or_default()
    }
}

/// What came of a folder of programs.
pub(crate) struct Outcome {
    pub(crate) judged: Vec<Judged>,
}

impl Outcome {
    fn count(&self, verdict: Verdict) -> usize {
        self.judged.iter().filter(|judged| judged.verdict == verdict).count()
    }

    pub(crate) fn tally(&self) -> numeric::Tally {
        let (agreed, failed) = (self.count(Verdict::Agreed), self.count(Verdict::Silent) + self.count(Verdict::Raised));
        // A command that finds nothing to run is broken as well.
        numeric::Tally { passed: agreed, failed: if agreed == 0 { failed.max(1) } else { failed } }
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
    let outcome = judge(python, base)?;
    if outcome.judged.iter().all(|judged| judged.verdict == Verdict::Todo) {
        bail!("{title}: no program can be run");
    }
    for judged in &outcome.judged {
        let how = match judged.verdict {
            Verdict::Silent => "SILENT",
            Verdict::Raised => "RAISES",
            _ => continue,
        };
        println!("{how} {}\n    {}\n    {}", judged.case.id, numeric::text_of(&judged.case), judged.error);
    }
    let places: Vec<&str> = outcome.judged.iter().filter(|judged| judged.verdict == Verdict::Silent).map(Judged::place).collect();
    let silent = if places.is_empty() { String::new() } else { format!(" ({})", places.join(", ")) };
    println!(
        "{title}: {} cases, {} agreed, {} silent differences{silent}, {} raised, {} with a TODO, {} known to fail; {} more raise under torch and don't count ({:.1} s)",
        outcome.judged.len() - outcome.count(Verdict::Broken),
        outcome.count(Verdict::Agreed),
        places.len(),
        outcome.count(Verdict::Raised),
        outcome.count(Verdict::Todo),
        outcome.count(Verdict::Known),
        outcome.count(Verdict::Broken),
        started.elapsed().as_secs_f64()
    );
    Ok(outcome)
}

/// Ports and runs the programs below `base`.
pub(crate) fn judge(python: &Path, base: &Path) -> Result<Outcome> {
    let (_, traps, problems) = adversary::traps(&base.join(SOURCES), &base.join(PORTS))?;
    if let Some(problem) = problems.first() {
        bail!("{problem}");
    }
    let (with_todo, traps): (Vec<Trap>, Vec<Trap>) = traps.into_iter().partition(|trap| trap.todo.is_some());
    let cases: Vec<_> = traps.into_iter().map(|trap| trap.case).collect();
    let verdicts = if cases.is_empty() { Default::default() } else { numeric::execute(python, &cases, &base.join("run"))? };
    let mut judged = Vec::new();
    for case in cases {
        let error = numeric::complaint(verdicts.get(&case.id)).unwrap_or_default().to_owned();
        let verdict = match () {
            () if error.is_empty() => Verdict::Agreed,
            () if case.fails.is_some() => Verdict::Known,
            () if error.contains("torch side") => Verdict::Broken,
            () if error.contains("mlx side") => Verdict::Raised,
            () => Verdict::Silent,
        };
        judged.push(Judged { case, verdict, error });
    }
    let todos = with_todo.into_iter().map(|trap| Judged { case: trap.case, verdict: Verdict::Todo, error: trap.todo.unwrap_or_default() });
    judged.extend(todos);
    Ok(Outcome { judged })
}
