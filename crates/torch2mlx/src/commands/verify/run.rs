//! Runs the cases on both sides and has them judged; what differs runs once more with a trace, which names the place.

use std::path::Path;

use anyhow::Context;
use serde_json::{Map, Value, json};
use t2m_verify::{Engine, Side, Verdict};

use super::interpreters::Pythons;
use crate::args::RunArgs;

/// What came of all cases.
pub(super) struct Ran {
    pub(super) verdicts: Vec<Verdict>,
}

pub(super) fn both(cases: &[Map<String, Value>], pythons: &Pythons, how: &RunArgs) -> anyhow::Result<Ran> {
    let work = tempfile::Builder::new().prefix("torch2mlx-verify").tempdir()?;
    let engine = Engine::unpack(&work.path().join("engine"))?;
    let folder = work.path().join("run");
    write_cases(&folder, cases)?;
    say(how, format_args!("running {} under PyTorch", count(cases)));
    engine.run(&pythons.torch, Side::Torch, &folder)?;
    say(how, format_args!("running {} under MLX", count(cases)));
    engine.run(&pythons.mlx, Side::Mlx, &folder)?;
    let mut verdicts = engine.compare(&pythons.mlx, &folder)?;
    let again: Vec<Map<String, Value>> =
        cases.iter().zip(&verdicts).filter(|(_, verdict)| wants_trace(verdict, how)).map(|(case, verdict)| traced(case, verdict)).collect();
    if !again.is_empty() {
        say(how, format_args!("tracing {}", count(&again)));
        let folder = work.path().join("trace");
        write_cases(&folder, &again)?;
        engine.run(&pythons.torch, Side::Torch, &folder)?;
        engine.run(&pythons.mlx, Side::Mlx, &folder)?;
        merge(&mut verdicts, engine.compare(&pythons.mlx, &folder)?);
    }
    Ok(Ran { verdicts: told(verdicts) })
}

/// What is left to tell: no modes of functions.
pub(super) fn told(verdicts: Vec<Verdict>) -> Vec<Verdict> {
    let named = |mut verdict: Verdict| {
        if let (true, Some(name)) = (verdict.function, verdict.id.strip_suffix(" (eval)")) {
            verdict.id = name.to_owned();
        }
        verdict
    };
    verdicts.into_iter().filter(|verdict| !verdict.skipped).map(named).collect()
}

/// A mismatch is traced, a port that raised while it was called, and with `--plot` everything that ran.
fn wants_trace(verdict: &Verdict, how: &RunArgs) -> bool {
    match &verdict.stopped {
        Some(stopped) => stopped.side == "mlx" && stopped.stage == "call",
        None => !verdict.skipped && (!verdict.ok || how.plot.is_some()),
    }
}

/// The same case with a trace, without the clock. Where small weights alone show the difference, they are traced.
fn traced(case: &Map<String, Value>, verdict: &Verdict) -> Map<String, Value> {
    let mut case = case.clone();
    let first = verdict.parts.iter().find(|part| !part.ok).map(|part| part.name.as_str());
    case.insert("trace".into(), if first == Some("outputs with small weights") { json!("small") } else { json!(true) });
    case.insert("cost".into(), json!(false));
    case
}

/// A trace tells where; numbers, cost and notes are those of the plain run.
fn merge(verdicts: &mut [Verdict], traced: Vec<Verdict>) {
    for second in traced {
        if let Some(first) = verdicts.iter_mut().find(|verdict| verdict.id == second.id) {
            first.divergence = second.divergence.or(first.divergence.take());
            first.layers = second.layers;
        }
    }
}

pub(super) fn write_cases(folder: &Path, cases: &[Map<String, Value>]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    let lines: String = cases.iter().map(|case| Value::Object(case.clone()).to_string() + "\n").collect();
    std::fs::write(folder.join("cases.jsonl"), lines).with_context(|| format!("cannot write to `{}`", folder.display()))
}

pub(super) fn say(how: &RunArgs, what: std::fmt::Arguments<'_>) {
    if !how.quiet {
        crate::tell!("{what}");
    }
}

pub(super) fn count(cases: &[Map<String, Value>]) -> String {
    format!("{} case{}", cases.len(), if cases.len() == 1 { "" } else { "s" })
}
