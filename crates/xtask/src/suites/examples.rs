//! The bundled examples: `examples/<name>` under PyTorch, the port that the tool makes of it now under MLX.

use std::process::Command;

use anyhow::{Context, Result, bail};

use super::Found;
use super::golden;
use crate::repo;

pub(super) fn collect() -> Result<Found> {
    let files = repo::files(&repo::root().join("tests/examples"), "toml")?;
    let sources = repo::root().join("examples");
    let out = repo::root().join("target/examples_mlx");
    port(&sources, &out)?;
    let (mut cases, mut problems) = (Vec::new(), Vec::new());
    for file in &files {
        let name = file.file_stem().unwrap_or_default();
        let found = golden::cases(file, &sources.join(name), &out.join(name))?;
        cases.extend(found.cases);
        problems.extend(found.problems);
    }
    for example in repo::entries(&sources)?.iter().filter(|path| path.is_dir()) {
        if !files.iter().any(|file| file.file_stem() == example.file_name()) {
            problems.push(format!("{}: no file in tests/examples executes it", repo::relative(example)));
        }
    }
    Ok(Found { inputs: files.len(), cases, problems })
}

fn port(sources: &std::path::Path, out: &std::path::Path) -> Result<()> {
    let mut command = Command::new(env!("CARGO"));
    command.args(["run", "--quiet", "--package", "torch2mlx", "--", "port", "--quiet", "--force"]).arg(sources).arg("--out").arg(out);
    let output = command.current_dir(repo::root()).output().context("can't run cargo")?;
    if !output.status.success() {
        bail!("the examples can't be ported: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
