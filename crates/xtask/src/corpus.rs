//! `cargo xtask corpus`: ports published packages and holds the result against the committed table, which may only get better.

mod measure;
mod run;

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
    let mut good = true;
    for package in corpus.package.iter_mut().filter(|package| only.is_empty() || only.iter().any(|name| package.name == **name)) {
        let run = run::package(&python, &binary, &package.name, &package.version, &package.folder)?;
        print!("{}", run.told());
        match (&package.measured, write) {
            (_, true) => package.measured = Some(run.measured),
            (None, false) => {
                println!("  WORSE: nothing is stored for this package: run with --write");
                good = false;
            }
            (Some(stored), false) => {
                let worse = run.measured.worse_than(stored);
                good &= worse.is_empty();
                for line in worse {
                    println!("  WORSE: {line}");
                }
            }
        }
    }
    if write {
        let text = toml::to_string(&corpus).context("the table can't be written as TOML")?;
        std::fs::write(&path, HEAD.to_owned() + &text).with_context(|| format!("can't write {}", path.display()))?;
    }
    Ok(good)
}
