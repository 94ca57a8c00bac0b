//! What is executed under both frameworks, and where it is written down.

mod golden;
mod helpers;
mod rows;
mod rules;

use anyhow::Result;

use crate::case::Case;

/// One kind of thing that is executed.
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    /// How many inputs (files, folders) were found, and the cases in them.
    pub(crate) collect: fn() -> Result<(usize, Vec<Case>)>,
}

pub(crate) const SUITES: [Suite; 4] = [
    Suite { name: "rows", what: "examples of mappings/*.toml", collect: rows::collect },
    Suite { name: "rules", what: "`run` blocks of rules/*.md", collect: rules::collect },
    Suite { name: "helpers", what: "cases of tests/numeric/helpers/*.toml", collect: helpers::collect },
    Suite { name: "golden", what: "cases of golden/*/run.toml", collect: golden::collect },
];
