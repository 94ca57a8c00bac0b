//! Cases that run PyTorch against the helper that stands in for it.

use anyhow::{Context, Result};
use serde::Deserialize;
use toml::Spanned;

use super::Found;
use crate::case::Case;
use crate::repo;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    pub(super) case: Vec<Spanned<toml::Table>>,
    /// Why there is no case: a golden project whose text alone matters.
    pub(super) not_executed: Option<String>,
    /// Options of the port: `["--fuse"]`. The test of the golden projects reads them.
    #[serde(default, rename = "port")]
    pub(super) _port: Vec<String>,
}

pub(super) fn collect() -> Result<Found> {
    let files = repo::files(&repo::root().join("tests/numeric/helpers"), "toml")?;
    let mut cases = Vec::new();
    for file in &files {
        let text = repo::read(file)?;
        let name = repo::relative(file);
        let parsed: File = toml::from_str(&text).with_context(|| format!("{name} is not a file of cases"))?;
        for case in parsed.case {
            let line = repo::line_of(&text, case.span().start);
            cases.push(Case::from_table(format!("{name}:{line}"), case.get_ref())?);
        }
    }
    Ok(Found { inputs: files.len(), cases, ..Found::default() })
}
