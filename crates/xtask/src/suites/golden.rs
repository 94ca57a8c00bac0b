//! Whole little projects: `golden/<case>/in` under PyTorch, `golden/<case>/out` under MLX.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::json;

use super::Found;
use super::helpers::File;
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
        cases.extend(found.cases);
        problems.extend(found.problems);
    }
    Ok(Found { inputs: folders.len(), cases, problems })
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
