//! `cargo xtask fuzz-ops`: calls with random argument forms, shapes and dtypes, drawn from the signatures and the examples of rows, ported and run under both frameworks.
//!
//! What PyTorch refuses is not counted. What differs without a TODO is made smaller and printed as an example.

mod draw;
mod random;
mod run;
mod spec;
mod target;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use t2m_semantic::tables::Tables;

use crate::{python, repo};
use draw::{Draw, draw};
use run::{Difference, Judged, Outcome};
use target::{About, Target};

const DRAWS: usize = 20_000;
const BATCH: usize = 6_000;
const ROUNDS_OF_SHRINKING: usize = 6;
const VARIANTS: usize = 14;
/// So many times its share of turns a target gets at most.
const MOST_TURNS: usize = 10;
const SHOWN_TODOS: usize = 12;

/// What is drawn.
pub(crate) struct Plan<'a> {
    pub(crate) draws: usize,
    pub(crate) seed: u64,
    pub(crate) filter: Option<&'a str>,
}

/// `cargo xtask fuzz-ops [DRAWS] [--seed N] [FILTER]`: a part of a name, or several with commas between them.
pub(crate) fn command(args: &[&str]) -> Result<bool> {
    let mut plan = Plan { draws: DRAWS, seed: std::process::id().into(), filter: None };
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        match (*arg, arg.parse()) {
            ("--seed", _) => {
                let seed = args.next().context("--seed wants a number")?;
                plan.seed = seed.parse().with_context(|| format!("`{seed}` is no seed"))?;
            }
            (_, Ok(draws)) => plan.draws = draws,
            (filter, _) => plan.filter = Some(filter),
        }
    }
    Ok(run(&python::interpreter()?, &plan)? == 0)
}

/// A draw that came out differently.
struct Found {
    draw: Draw,
    judged: Judged,
    times: usize,
}

/// Whose turn it is: PyTorch refuses most draws of some rows, which get more turns for it, so that one run executes each row about as often as any other.
struct Turns {
    executed: Vec<usize>,
    rounds: Vec<usize>,
    at: usize,
    all: usize,
    share: usize,
}

impl Turns {
    fn of(targets: usize, draws: usize) -> Self {
        Self { executed: vec![0; targets], rounds: vec![0; targets], at: 0, all: 0, share: draws / targets + 1 }
    }

    /// A target, and how often it was drawn before.
    fn next(&mut self) -> (usize, usize) {
        for _ in 0..self.rounds.len() {
            let at = self.step();
            if self.executed[at] < self.share && self.rounds[at] < self.share * MOST_TURNS {
                return self.take(at);
            }
        }
        // All have their share, or can't get it.
        let at = self.step();
        self.take(at)
    }

    fn step(&mut self) -> usize {
        self.at = (self.at + 1) % self.rounds.len();
        self.at
    }

    fn take(&mut self, at: usize) -> (usize, usize) {
        self.rounds[at] += 1;
        self.all += 1;
        (at, self.rounds[at] - 1)
    }
}

/// Draws until so many were executed by both; gives the number of calls that disagree.
pub(crate) fn run(python: &Path, plan: &Plan<'_>) -> Result<usize> {
    let started = Instant::now();
    let tables = tables()?;
    let about = About::read()?;
    let targets = target::all(&tables, &about, plan.filter);
    if targets.is_empty() {
        bail!("no row is called `{}`", plan.filter.unwrap_or_default());
    }
    let (mut executed, mut refused, mut with_todo, mut limits) = (0, 0, 0, 0);
    let mut turns = Turns::of(targets.len(), plan.draws);
    let mut todos: BTreeMap<String, usize> = BTreeMap::new();
    let mut found: BTreeMap<(Difference, String), Found> = BTreeMap::new();
    while executed < plan.draws {
        let mut draws = Vec::new();
        let wanted = ((plan.draws - executed) * 2).clamp(100, BATCH);
        while draws.len() < wanted {
            let (target, round) = turns.next();
            draws.extend(draw(&targets, target, plan.seed, round));
            if turns.all > 1000 && executed + draws.len() == 0 {
                bail!("nothing can be drawn for `{}`", plan.filter.unwrap_or_default());
            }
        }
        let before = executed;
        for (draw, judged) in draws.iter().zip(run::batch(python, &tables, &targets, &draws)?) {
            let name = &targets[draw.target].signature.name;
            if matches!(judged.outcome, Outcome::Agrees | Outcome::Differs(..)) {
                turns.executed[draw.target] += 1;
            }
            match &judged.outcome {
                Outcome::Agrees => executed += 1,
                Outcome::Refused => refused += 1,
                Outcome::Todo => {
                    with_todo += 1;
                    *todos.entry(name.clone()).or_default() += 1;
                }
                Outcome::Differs(difference, error) if about.is_limit(&targets, draw, *difference, error) => {
                    executed += 1;
                    limits += 1;
                }
                Outcome::Differs(difference, _) => {
                    executed += 1;
                    let entry = found.entry((*difference, name.clone()));
                    let kept = entry.or_insert_with(|| Found {
                        draw: draw.clone(),
                        judged: Judged { outcome: Outcome::Refused, mlx: String::new() },
                        times: 0,
                    });
                    kept.times += 1;
                    if kept.times == 1 || draw.weight() < kept.draw.weight() {
                        (kept.draw, kept.judged) = (draw.clone(), judged);
                    }
                }
            }
        }
        if executed == before {
            bail!("not one of {wanted} draws could be executed");
        }
    }
    shrink(python, &tables, &about, &targets, &mut found)?;
    std::fs::remove_dir_all(run::folder()).context("can't clean up")?;
    for ((difference, name), found) in &found {
        show(&targets, *difference, name, found);
    }
    let mut most: Vec<_> = todos.into_iter().collect();
    most.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    let most: Vec<String> = most.iter().take(SHOWN_TODOS).map(|(name, times)| format!("{name} {times}")).collect();
    if !most.is_empty() {
        println!("most TODOs: {}", most.join(", "));
    }
    let times: usize = found.values().map(|found| found.times).sum();
    println!(
        "fuzz-ops: seed {}, {} spellings: {executed} draws run under both frameworks, {refused} refused by PyTorch, {with_todo} with a TODO; of those run {limits} raise at a known limit of MLX, {times} disagree, in {} ways ({:.1} s)",
        plan.seed,
        targets.len(),
        found.len(),
        started.elapsed().as_secs_f64()
    );
    Ok(found.len())
}

/// The tables as they are now: a row can be mended and tried without a build.
pub(crate) fn tables() -> Result<Tables> {
    let mut tables = Tables::default();
    for file in repo::files(&repo::root().join("mappings"), "toml")? {
        tables.add_file(&repo::relative(&file), &repo::read(&file)?, false).map_err(|error| anyhow::anyhow!("{error}"))?;
    }
    Ok(tables)
}

/// Replaces each of them by a simpler one that fails in the same way, as long as there is one.
fn shrink(
    python: &Path,
    tables: &Tables,
    about: &About,
    targets: &[Target],
    found: &mut BTreeMap<(Difference, String), Found>,
) -> Result<()> {
    for _ in 0..ROUNDS_OF_SHRINKING {
        let mut owners = Vec::new();
        let mut draws = Vec::new();
        for (key, found) in found.iter() {
            for mut variant in found.draw.simpler(targets).into_iter().take(VARIANTS) {
                owners.push(key.clone());
                variant.id = format!("{} smaller {}", key.1, draws.len());
                draws.push(variant);
            }
        }
        if draws.is_empty() {
            return Ok(());
        }
        let mut changed = false;
        for ((key, draw), judged) in owners.iter().zip(&draws).zip(run::batch(python, tables, targets, &draws)?) {
            let same = match &judged.outcome {
                Outcome::Differs(difference, error) => *difference == key.0 && !about.is_limit(targets, draw, *difference, error),
                _ => false,
            };
            if let (true, Some(found)) = (same, found.get_mut(key))
                && draw.weight() < found.draw.weight()
            {
                (found.draw, found.judged) = (draw.clone(), judged);
                changed = true;
            }
        }
        if !changed {
            return Ok(());
        }
    }
    Ok(())
}

fn show(targets: &[Target], difference: Difference, name: &str, found: &Found) {
    let (draw, target) = (&found.draw, &targets[found.draw.target]);
    let Outcome::Differs(_, error) = &found.judged.outcome else { return };
    println!("FAILED {name} ({difference:?}, {} draws; {}): {error}", found.times, target.place);
    let inputs: Vec<(String, String)> = draw.specs();
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let body = |text: &str| text.trim_end().rsplit("return ").next().unwrap_or_default().to_owned();
    match draw.example(targets) {
        Some(torch) => {
            let inputs: String = inputs.iter().map(|(name, spec)| format!(", {name} = {}", quoted(spec))).collect();
            let grads = draw.grads();
            let grad = if grads.is_empty() { String::new() } else { format!(", grad = {grads:?}") };
            println!("  {{ torch = {}, mlx = {}{inputs}{grad} }},", quoted(&torch), quoted(&body(&found.judged.mlx)));
        }
        None => {
            let inputs: String = inputs.iter().map(|(name, spec)| format!(" | {name}={spec}")).collect();
            println!("    # run {}{inputs}", draw.use_of());
            for text in [&draw.function(targets), &found.judged.mlx] {
                text.trim_end().lines().for_each(|line| println!("    {line}"));
            }
        }
    }
}
