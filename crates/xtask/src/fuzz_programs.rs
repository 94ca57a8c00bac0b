//! `cargo xtask fuzz-programs`: random functions of a few statements (views, in-place writes, containers, callees), ported and run under both frameworks.
//!
//! Rows are fuzzed by `fuzz-ops`, one call each. What only shows between statements shows here: who shares whose memory, and who sees a write.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::compared::{self, Judged, Outcome, Verdict};
use crate::{python, repo};

const DRAW: &str = "tests/fuzz-programs/draw.py";
const SHRINK: &str = "tests/fuzz-programs/shrink.py";
const TARGET: &str = "target/fuzz-programs";
/// Programs of a few statements are as small as they get before that.
const MOST_ROUNDS: usize = 20;
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
    script(python, DRAW, &[seed.to_string().as_ref(), count.to_string().as_ref(), sources.as_os_str()])?;
    let outcome = compared::programs(python, &format!("fuzz-programs {count} --seed {seed}"), &base)?;
    shrink(python, &outcome, &base)?;
    Ok(outcome)
}

fn script(python: &Path, script: &str, arguments: &[&OsStr]) -> Result<()> {
    let status = Command::new(python).arg(repo::root().join(script)).args(arguments).status();
    if !status.with_context(|| format!("can't run {script}"))?.success() {
        bail!("{script} failed");
    }
    Ok(())
}

/// Takes parts away from all that differs, as long as it still differs in the same way, and prints what is left beside its port.
fn shrink(python: &Path, outcome: &Outcome, base: &Path) -> Result<()> {
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
        script(python, SHRINK, &[written.as_os_str(), variants.as_os_str()])?;
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
