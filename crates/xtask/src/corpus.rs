//! `cargo xtask corpus`: ports published packages and holds the result against the committed table, which may only get better.

mod cost;
mod measure;
mod run;

use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::{python, repo};
use measure::Measured;

const TABLE: &str = "tests/corpus.toml";
const HEAD: &str = "# Published packages that `cargo xtask corpus` ports, and what came of it. The numbers may only get better; `--write` stores them.\n\n";

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Corpus {
    package: Vec<Package>,
}

/// A package, pinned, and the last committed measurement.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Package {
    name: String,
    version: String,
    /// The import package inside of the distribution: what is ported.
    folder: String,
    /// Packages that it is built on and can't do without, pinned: they are ported with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    with: Vec<String>,
    measured: Option<Measured>,
}

/// Runs all packages, or one; stores the numbers or compares with the stored ones.
pub(crate) fn command(args: &[&str]) -> Result<bool> {
    let write = args.contains(&"--write");
    let only: Vec<&&str> = args.iter().filter(|arg| **arg != "--write").collect();
    let path = repo::root().join(TABLE);
    let mut corpus: Corpus = toml::from_str(&repo::read(&path)?).with_context(|| format!("{TABLE} is not a corpus table"))?;
    if let Some(unknown) = only.iter().find(|name| !corpus.package.iter().any(|package| package.name == ***name)) {
        bail!("{TABLE} has no package `{unknown}`");
    }
    let python = python::interpreter()?;
    let binary = run::binary()?;
    run::clean_up()?; // of a run that was interrupted
    let mut good = true;
    for index in 0..corpus.package.len() {
        let package = &mut corpus.package[index];
        if !only.is_empty() && !only.iter().any(|name| package.name == **name) {
            continue;
        }
        let run = run::package(&python, &binary, package)?;
        print!("{}", run.told());
        if let Some(line) = run.too_much_work() {
            good = false;
            println!("  WORSE: {line}");
        }
        if write {
            package.measured = Some(run.measured);
            // Behind every package: an interrupted run keeps what it measured.
            store(&path, &corpus)?;
            continue;
        }
        let worse = match &package.measured {
            Some(stored) => run.measured.worse_than(stored),
            None => vec!["nothing is stored for this package: run with --write".to_owned()],
        };
        good &= worse.is_empty();
        for line in worse {
            println!("  WORSE: {line}");
        }
    }
    run::clean_up()?;
    Ok(good)
}

fn store(path: &Path, corpus: &Corpus) -> Result<()> {
    let text = toml::to_string(corpus).context("the table can't be written as TOML")?;
    std::fs::write(path, HEAD.to_owned() + &text).with_context(|| format!("can't write {}", path.display()))
}
