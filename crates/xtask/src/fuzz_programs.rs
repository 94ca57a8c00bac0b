//! `cargo xtask fuzz-programs`: random functions of a few statements (views, in-place writes, containers, callees), and `cargo xtask fuzz-projects`:
//! random models that are changed and trained, ported and run under both frameworks.
//!
//! Rows are fuzzed by `fuzz-ops`, one call each. What only shows between statements shows here: who shares whose memory, who sees a write, and what is trained.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::compared::{self, Judged, Outcome, Verdict};
use crate::{python, repo};

/// Programs of a few statements, or of a few pieces, are as small as they get before that.
const MOST_ROUNDS: usize = 20;

/// What draws programs and takes parts of them away: `draw.py` and `shrink.py` of a folder of `tests/`, which the command is named after.
pub(crate) struct Generator {
    name: &'static str,
    default_count: &'static str,
}

pub(crate) const PROGRAMS: Generator = Generator { name: "fuzz-programs", default_count: "1000" };
pub(crate) const PROJECTS: Generator = Generator { name: "fuzz-projects", default_count: "300" };

/// `cargo xtask NAME [COUNT] [--seed N]`: without a seed, the clock gives one.
pub(crate) fn command(generator: &Generator, args: &[&str]) -> Result<bool> {
    let (count, seed) = match args {
        [] => (generator.default_count, None),
        ["--seed", seed] => (generator.default_count, Some(*seed)),
        [count] => (*count, None),
        [count, "--seed", seed] => (*count, Some(*seed)),
        _ => bail!("usage: cargo xtask {} [COUNT] [--seed N]", generator.name),
    };
    let number = |text: &str| text.parse::<u32>().with_context(|| format!("`{text}` is no number"));
    let now = || std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |now| now.subsec_nanos());
    let seed = seed.map_or_else(|| Ok(now()), number)?;
    Ok(generator.run(&python::interpreter()?, number(count)?, seed)?.tally().failed == 0)
}

impl Generator {
    pub(crate) fn run(&self, python: &Path, count: u32, seed: u32) -> Result<Outcome> {
        let base = repo::root().join("target").join(self.name).join(seed.to_string());
        let sources = compared::emptied(&base)?;
        self.script(python, "draw.py", &[seed.to_string().as_ref(), count.to_string().as_ref(), sources.as_os_str()])?;
        let outcome = compared::programs(python, &format!("{} {count} --seed {seed}", self.name), &base)?;
        shrink(self, python, &outcome, &base)?;
        Ok(outcome)
    }

    fn script(&self, python: &Path, script: &str, arguments: &[&OsStr]) -> Result<()> {
        let script = format!("tests/{}/{script}", self.name);
        let status = Command::new(python).arg(repo::root().join(&script)).args(arguments).status();
        if !status.with_context(|| format!("can't run {script}"))?.success() {
            bail!("{script} failed");
        }
        Ok(())
    }
}

/// Takes parts away from all that differs, as long as it still differs in the same way, and prints what is left beside its port.
fn shrink(generator: &Generator, python: &Path, outcome: &Outcome, base: &Path) -> Result<()> {
    let failing = outcome.judged.iter().filter(|judged| matches!(judged.verdict, Verdict::Silent | Verdict::Raised));
    let mut failing: BTreeMap<&str, Reduced> =
        failing.map(|judged| Ok((judged.stem(), Reduced::read(base, judged.stem(), judged)?))).collect::<Result<_>>()?;
    let (current, tries) = (base.join("shrink"), base.join("tries"));
    let mut shrinking: Vec<&str> = failing.keys().copied().collect();
    for _ in 0..MOST_ROUNDS {
        let written = compared::emptied(&current)?;
        for name in &shrinking {
            write(&written.join(format!("{name}.py")), &failing[name].source)?;
        }
        let variants = compared::emptied(&tries)?;
        generator.script(python, "shrink.py", &[written.as_os_str(), variants.as_os_str()])?;
        let outcome = compared::judge(python, &tries)?;
        shrinking.retain(|name| {
            let known = &failing[name];
            let of_it = outcome.judged.iter().filter(|judged| judged.stem().rsplit_once('_').is_some_and(|(of, _)| of == *name));
            let smaller = of_it
                .filter(|judged| judged.verdict == known.verdict)
                .filter_map(|judged| Reduced::read(&tries, judged.stem(), judged).ok());
            let best = smaller.min_by_key(|reduced| reduced.source.len());
            best.map(|best| failing.insert(name, best)).is_some()
        });
        if shrinking.is_empty() {
            break;
        }
    }
    for (name, Reduced { source, port, verdict, error }) in failing {
        let how = if verdict == Verdict::Silent { "SILENT" } else { "RAISES" };
        println!("\n{how} {name}\n{}\n--- its port\n{}\n--- {error}", source.trim(), port.trim());
    }
    Ok(())
}

/// A program that differs, and how.
struct Reduced {
    source: String,
    port: String,
    verdict: Verdict,
    error: String,
}

impl Reduced {
    fn read(base: &Path, stem: &str, judged: &Judged) -> Result<Reduced> {
        let text = |side| repo::read(&base.join(side).join(format!("{stem}.py")));
        Ok(Reduced { source: text(compared::SOURCES)?, port: text(compared::PORTS)?, verdict: judged.verdict, error: judged.error.clone() })
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("can't write {}", path.display()))
}
