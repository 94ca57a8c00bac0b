//! Whole little projects: `golden/<case>/in` under PyTorch, `golden/<case>/out` under MLX.

use anyhow::{Context, Result};
use serde_json::json;

use super::helpers::File;
use crate::case::Case;
use crate::repo;

pub(super) fn collect() -> Result<(usize, Vec<Case>)> {
    let folders: Vec<_> = repo::entries(&repo::root().join("golden"))?.into_iter().filter(|p| p.join("in").is_dir()).collect();
    let mut cases = Vec::new();
    for folder in &folders {
        let file = folder.join("run.toml");
        if !file.exists() {
            // Text-only goldens show formatting; whoever adds one says so by leaving the file out.
            continue;
        }
        let text = repo::read(&file)?;
        let name = repo::relative(&file);
        let parsed: File = toml::from_str(&text).with_context(|| format!("{name} is not a file of cases"))?;
        for case in parsed.case {
            let line = repo::line_of(&text, case.span().start);
            let mut table = case.into_inner();
            if let (false, Some(torch)) = (table.contains_key("mlx"), table.get("torch").cloned()) {
                table.insert("mlx".to_owned(), torch);
            }
            let mut case = Case::from_table("golden", format!("{name}:{line}"), &table)?;
            case.fields.insert("path_torch".to_owned(), json!([folder.join("in")]));
            case.fields.insert("path_mlx".to_owned(), json!([folder.join("out")]));
            cases.push(case);
        }
    }
    Ok((folders.len(), cases))
}
