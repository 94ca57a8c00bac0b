//! `cargo xtask test`: everything that CI runs, in the order of what fails fastest.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result};

use crate::{convert, coverage, defects, fuzz_ops, fuzz_programs, numeric, python, repo, respell};

/// A few seconds of `cargo xtask fuzz-ops`, always the same calls.
const FUZZED_DRAWS: usize = 1_500;

/// One respelling of a few programs: the command is not run as a whole here.
const RESPELLED: (&str, &str) = ("ret-dict", "starred");

/// How many random programs, and the seed that draws them.
const FUZZED_PROGRAMS: (u32, u32) = (12, 5);

/// The same of random projects.
const FUZZED_PROJECTS: (u32, u32) = (40, 1);

pub(crate) fn run() -> Result<bool> {
    let python = python::interpreter()?;
    let mut total = numeric::Tally::default();
    for (name, args) in [
        ("format", &["fmt", "--all", "--check"][..]),
        ("lints", &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"]),
    ] {
        let started = Instant::now();
        let ok = cargo().args(args).status().with_context(|| format!("can't run cargo {}", args[0]))?.success();
        println!("{name}: {} ({:.1} s)", if ok { "passed" } else { "FAILED" }, started.elapsed().as_secs_f64());
        add(&mut total, usize::from(ok), usize::from(!ok));
    }

    let (passed, failed) = rust_tests(&python)?;
    add(&mut total, passed, failed);
    for folder in ["tests/numeric", "tests/corpus"] {
        let (passed, failed) = python_tests(&python, folder)?;
        add(&mut total, passed, failed);
    }
    let tally = numeric::run(&python, None)?;
    add(&mut total, tally.passed, tally.failed);
    let covered = coverage::run()?;
    add(&mut total, usize::from(covered), usize::from(!covered));
    let wrong = fuzz_ops::run(&python, &fuzz_ops::Plan { draws: FUZZED_DRAWS, seed: 1, filter: None })?;
    add(&mut total, 1, wrong);
    let (transform, filter) = RESPELLED;
    let tally = respell::run(&python, transform, Some(filter))?.tally();
    add(&mut total, tally.passed, tally.failed);
    for (generator, (count, seed)) in [(fuzz_programs::PROGRAMS, FUZZED_PROGRAMS), (fuzz_programs::PROJECTS, FUZZED_PROJECTS)] {
        let tally = generator.run(&python, count, seed)?.tally();
        add(&mut total, tally.passed, tally.failed);
    }
    let tally = defects::run(&python)?;
    add(&mut total, tally.passed, tally.failed);
    let tally = convert::run(&python, None)?;
    add(&mut total, tally.passed, tally.failed);
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(total.failed == 0)
}

fn add(total: &mut numeric::Tally, passed: usize, failed: usize) {
    total.passed += passed;
    total.failed += failed;
}

fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // Goldens are compared here, never rewritten.
    command.current_dir(repo::root()).env_remove("UPDATE");
    command
}

/// Shows the output as it comes and sums the `test result:` lines. A run that fails without a failed test (it didn't compile) is one failure.
fn rust_tests(python: &Path) -> Result<(usize, usize)> {
    let started = Instant::now();
    // The page about `verify` runs both frameworks.
    let mut command = cargo();
    command.args(["test", "--workspace", "--no-fail-fast"]).env("T2M_PYTHON", python).stdout(Stdio::piped());
    let mut child = command.spawn().context("can't run cargo test")?;
    let (mut passed, mut failed) = (0, 0);
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.context("can't read what cargo test says")?;
            match line.strip_prefix("test result: ") {
                Some(counts) => {
                    passed += count_before(counts, " passed");
                    failed += count_before(counts, " failed");
                }
                None if line.ends_with("... ok") || line.is_empty() || line.starts_with("running ") => {}
                None => println!("{line}"),
            }
        }
    }
    let ok = child.wait().context("cargo test did not end")?.success();
    if !ok && failed == 0 {
        failed = 1;
    }
    println!("rust tests: {passed} passed, {failed} failed ({:.1} s)", started.elapsed().as_secs_f64());
    Ok((passed, failed))
}

fn count_before(text: &str, word: &str) -> usize {
    text.split(word).next().and_then(|head| head.rsplit(' ').next()).and_then(|n| n.parse().ok()).unwrap_or(0)
}

/// The tests of our own Python: the harness and the checker must find what is planted.
fn python_tests(python: &Path, folder: &str) -> Result<(usize, usize)> {
    let output = Command::new(python)
        .args(["-s", "-m", "unittest", "discover", "-p", "test_*.py"])
        .current_dir(repo::root().join(folder))
        .env_remove("PYTHONPATH")
        .output()
        .with_context(|| format!("can't run the tests of {folder}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let ran = said.lines().rev().find_map(|l| l.strip_prefix("Ran ")).map_or(0, |rest| count_before(rest, " test"));
    let problems = said.lines().filter(|l| l.starts_with("FAIL: ") || l.starts_with("ERROR: ")).count();
    let failed = if output.status.success() && ran > 0 { 0 } else { problems.max(1) };
    if failed > 0 {
        println!("{said}");
    }
    println!("{folder}: {} passed, {failed} failed", ran.saturating_sub(failed));
    Ok((ran.saturating_sub(failed), failed))
}

#[cfg(test)]
mod tests {
    use super::count_before;

    #[test]
    fn counts_are_read_from_the_summaries_of_cargo_and_unittest() {
        let line = "FAILED. 12 passed; 3 failed; 0 ignored; 0 measured; 0 filtered out";
        assert_eq!((count_before(line, " passed"), count_before(line, " failed")), (12, 3));
        assert_eq!(count_before("41 tests in 3.2s", " test"), 41);
    }
}
