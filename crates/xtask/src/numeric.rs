//! Runs cases under both frameworks through the engine of `torch2mlx verify`, and counts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use t2m_verify::{Engine, Side, Verdict};

use crate::case::Case;
use crate::suites::SUITES;
use crate::{python, repo};

/// Seconds of work below which another pair of interpreters costs more than it saves.
const PART: f64 = 15.0;
/// Parts for each processor: the last ones to end are short then.
const PARTS_PER_CORE: f64 = 3.0;
const SHOWN_FAILURES: usize = 60;

/// What came of one or more suites.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

/// `cargo xtask numeric [FILTER]`.
pub(crate) fn command(filter: Option<&str>) -> Result<bool> {
    let tally = run(&python::interpreter()?, filter)?;
    println!("{} passed, {} failed", tally.passed, tally.failed);
    Ok(tally.failed == 0)
}

/// `rows`, `rows:vision_ops` (only that suite is collected, which is the quick way), or a part of ids in any suite.
fn suite_and_part(filter: Option<&str>) -> (Option<&str>, Option<&str>) {
    let is_suite = |name: &str| SUITES.iter().any(|suite| suite.name == name);
    match filter.and_then(|filter| filter.split_once(':')) {
        Some((suite, part)) if is_suite(suite) => (Some(suite), Some(part)),
        _ if filter.is_some_and(is_suite) => (filter, None),
        _ => (None, filter),
    }
}

/// Runs all suites, or the part of them that the filter names. A suite that has inputs and no cases counts as a failure.
pub(crate) fn run(python: &Path, filter: Option<&str>) -> Result<Tally> {
    let started = Instant::now();
    let (only, part) = suite_and_part(filter);
    let mut suites = Vec::new();
    for suite in SUITES.iter().filter(|suite| only.is_none_or(|name| suite.name == name)) {
        let mut found = (suite.collect)()?;
        if found.inputs > 0 && found.cases.is_empty() {
            found.problems.push(format!("{}: {} inputs and not one case to execute", suite.name, found.inputs));
        }
        if let Some(part) = part {
            found.cases.retain(|case| case.id.contains(part));
            found.problems.retain(|problem| problem.contains(part));
        }
        suites.push((suite, found));
    }
    let cases: Vec<Case> = suites.iter().flat_map(|(_, found)| found.cases.iter().cloned()).collect();
    let has_problems = suites.iter().any(|(_, found)| !found.problems.is_empty());
    if let (true, Some(filter)) = (cases.is_empty() && !has_problems, filter) {
        bail!("no numeric case matches `{filter}`: name a suite ({}) or a part of a case's id", names());
    }
    let verdicts = if cases.is_empty() { BTreeMap::new() } else { execute(python, &cases, &folder())? };
    let mut tally = Tally::default();
    let mut shown = 0;
    for (suite, found) in &suites {
        for problem in &found.problems {
            println!("FAILED {problem}");
        }
        let (mut failed, mut known) = (0, 0);
        for case in &found.cases {
            let error = match (complaint(verdicts.get(&case.id)), &case.fails) {
                (None, None) => continue,
                (Some(_), Some(reason)) => {
                    println!("known to fail: {}: {reason}", case.id);
                    known += 1;
                    continue;
                }
                (None, Some(_)) => "it passes, and is expected to fail: take `expect` and `reason` away",
                (Some(error), None) => error,
            };
            failed += 1;
            shown += 1;
            if shown <= SHOWN_FAILURES {
                println!("FAILED {}\n    {}\n    {error}", case.id, text_of(case));
            }
        }
        tally.passed += found.cases.len() - failed - known;
        tally.failed += failed + found.problems.len();
        let uncompared = found.cases.iter().filter(|case| case.fields.get("check").is_some_and(|check| check == "none")).count();
        let only_run = if uncompared > 0 { format!(", {uncompared} of them without a comparison") } else { String::new() };
        let known = if known > 0 { format!(", {known} known to fail") } else { String::new() };
        println!("numeric {}: {} executed{only_run} ({}), {failed} failed{known}", suite.name, found.cases.len(), suite.what);
    }
    if shown > SHOWN_FAILURES {
        println!("... and {} failures more: see {}", shown - SHOWN_FAILURES, repo::relative(&folder()));
    }
    let rows = suites.iter().filter(|(suite, _)| suite.name == "rows").map(|(_, found)| found.cases.len()).sum::<usize>();
    let models = cases.iter().filter(|case| case.fields.contains_key("model")).count();
    println!(
        "numeric: under both frameworks {rows} rows, {} other cases, {models} of them with a model: {:.1} s",
        cases.len() - rows,
        started.elapsed().as_secs_f64()
    );
    Ok(tally)
}

pub(crate) fn complaint(verdict: Option<&Verdict>) -> Option<&str> {
    match verdict {
        Some(Verdict { ok: true, .. }) => None,
        Some(Verdict { error, .. }) => Some(error.as_deref().unwrap_or("no reason given")),
        None => Some("the harness gave no verdict"),
    }
}

fn names() -> String {
    SUITES.map(|suite| suite.name).join(", ")
}

pub(crate) fn text_of(case: &Case) -> String {
    let text = |key| case.fields.get(key).and_then(|v| v.as_str()).unwrap_or_default().replace('\n', "; ");
    format!("{}  ->  {}", text("torch"), text("mlx"))
}

fn folder() -> PathBuf {
    repo::root().join("target/numeric")
}

/// About how many seconds a case takes, as measured: whole models of packages are much dearer than rows.
fn cost(case: &Case) -> f64 {
    let has = |key: &str| case.fields.contains_key(key);
    match () {
        () if has("convert") => 0.3,
        () if has("path_libraries") || has("train") => 0.1,
        () if has("path_mlx") || has("model") => 0.05,
        () => 0.01,
    }
}

/// Neighbours stay together, for the next case often imports the same package. The dearest part comes first.
fn parts(cases: &[Case], cores: usize) -> Vec<&[Case]> {
    let total: f64 = cases.iter().map(cost).sum();
    let most = (total / (cores as f64 * PARTS_PER_CORE)).max(PART);
    let (mut parts, mut start, mut sum) = (Vec::new(), 0, 0.0);
    for (i, case) in cases.iter().enumerate() {
        sum += cost(case);
        if sum >= most || i + 1 == cases.len() {
            parts.push((sum, &cases[start..=i]));
            (start, sum) = (i + 1, 0.0);
        }
    }
    parts.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    parts.into_iter().map(|(_, part)| part).collect()
}

/// Both frameworks and the judge, in a folder that is emptied before.
pub(crate) fn execute(python: &Path, cases: &[Case], base: &Path) -> Result<BTreeMap<String, Verdict>> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if base.exists() {
        std::fs::remove_dir_all(base).with_context(|| format!("can't empty {}", base.display()))?;
    }
    let engine = &Engine::unpack(&base.join("engine"))?;
    let parts = parts(cases, cores);
    let next = AtomicUsize::new(0);
    // Each processor takes the next part.
    let work = || {
        let mut verdicts = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(part) = parts.get(index) else { return Ok(verdicts) };
            verdicts.extend(shard(engine, python, &base.join(index.to_string()), part)?);
        }
    };
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..cores.min(parts.len())).map(|_| scope.spawn(work)).collect();
        let mut all = BTreeMap::new();
        for thread in running {
            let part: Result<Vec<Verdict>> = thread.join().map_err(|_| anyhow::anyhow!("a part of the numeric tests stopped"))?;
            all.extend(part?.into_iter().map(|verdict| (verdict.id.clone(), verdict)));
        }
        Ok(all)
    })
}

fn shard(engine: &Engine, python: &Path, folder: &Path, cases: &[Case]) -> Result<Vec<Verdict>> {
    std::fs::create_dir_all(folder).with_context(|| format!("can't create {}", folder.display()))?;
    let lines: String = cases.iter().map(|case| case.line() + "\n").collect();
    std::fs::write(folder.join("cases.jsonl"), lines).with_context(|| format!("can't write {}", folder.display()))?;
    engine.run(python, Side::Torch, folder)?;
    engine.run(python, Side::Mlx, folder)?;
    engine.compare(python, folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_every_case_once_and_the_dearest_comes_first() {
        let case = |i: usize, key: &str| Case {
            id: format!("{i}"),
            fields: serde_json::Map::from_iter([(key.to_owned(), true.into())]),
            fails: None,
        };
        let cases: Vec<Case> = (0..6000).map(|i| case(i, if i < 5500 { "torch" } else { "convert" })).collect();
        let parts = parts(&cases, 2);
        let mut ids: Vec<&str> = parts.iter().flat_map(|part| part.iter().map(|case| case.id.as_str())).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), cases.len());
        let costs: Vec<f64> = parts.iter().map(|part| part.iter().map(cost).sum()).collect();
        assert!(costs.is_sorted_by(|a, b| a >= b), "{costs:?}");
        assert!(costs[0] < 1.5 * costs.iter().sum::<f64>() / costs.len() as f64, "no part is much dearer than the others: {costs:?}");
    }

    #[test]
    fn a_few_cases_are_one_part() {
        let cases = [Case { id: "1".to_owned(), fields: serde_json::Map::new(), fails: None }];
        assert_eq!(parts(&cases, 8).len(), 1);
        assert!(parts(&[], 8).is_empty());
    }
}
