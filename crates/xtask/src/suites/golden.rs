//! Whole little projects: `golden/<case>/in` under PyTorch, `golden/<case>/out` under MLX; and, where `--fuse` finds something in one, its port with that.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::helpers::File;
use super::{Found, packages};
use crate::case::Case;
use crate::repo;

pub(super) fn collect() -> Result<Found> {
    let folders: Vec<_> = repo::entries(&repo::root().join("golden"))?.into_iter().filter(|p| p.join("in").is_dir()).collect();
    let (mut cases, mut problems) = (Vec::new(), Vec::new());
    for folder in &folders {
        let file = folder.join("run.toml");
        if !file.exists() {
            problems.push(format!("{}: there is no run.toml, so this project is not executed", repo::relative(folder)));
            continue;
        }
        let found = self::cases(&file, &folder.join("in"), &folder.join("out"))?;
        if let Some(port) = fused(folder)? {
            cases.extend(found.cases.iter().map(|case| case.on(&port, "--fuse")));
        }
        cases.extend(found.cases);
        problems.extend(found.problems);
    }
    Ok(Found { inputs: folders.len(), cases, problems })
}

/// The port with `--fuse`, if that is another one.
fn fused(folder: &Path) -> Result<Option<PathBuf>> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let port = packages::emptied(&format!("golden-{name}-fused"))?;
    packages::run_port(&[folder.join("in")], &port, &["--fuse"])?;
    let is_other = |plain: &PathBuf| {
        let same_place = port.join(plain.strip_prefix(folder.join("out")).unwrap_or(plain));
        let bytes = |file: &Path| std::fs::read(file).with_context(|| format!("can't read {}", file.display()));
        Ok::<bool, anyhow::Error>(bytes(plain)? != bytes(&same_place)?)
    };
    let mut folders = vec![folder.join("out")];
    while let Some(at) = folders.pop() {
        for plain in repo::files(&at, "py")? {
            if is_other(&plain)? {
                return Ok(Some(port));
            }
        }
        folders.extend(repo::entries(&at)?.into_iter().filter(|entry| entry.is_dir()));
    }
    Ok(None)
}

/// The cases of one file about a project and its port: one text for both sides, unless `mlx` is given.
pub(super) fn cases(file: &Path, project: &Path, port: &Path) -> Result<Found> {
    let (mut cases, mut problems) = (Vec::new(), Vec::new());
    let text = repo::read(file)?;
    let name = repo::relative(file);
    let parsed: File = toml::from_str(&text).with_context(|| format!("{name} is not a file of cases"))?;
    if parsed.case.is_empty() && parsed.not_executed.is_none() {
        problems.push(format!("{name}: no case; say why: not_executed = \"...\""));
    }
    for case in parsed.case {
        let line = repo::line_of(&text, case.span().start);
        let mut table = case.into_inner();
        if let (false, Some(torch)) = (table.contains_key("mlx"), table.get("torch").cloned()) {
            table.insert("mlx".to_owned(), torch);
        }
        let mut case = Case::from_table(format!("{name}:{line}"), &table)?;
        case.fields.insert("path_torch".to_owned(), json!([project]));
        case.fields.insert("path_mlx".to_owned(), json!([port]));
        cases.push(case);
    }
    Ok(Found { inputs: 1, cases, problems })
}
