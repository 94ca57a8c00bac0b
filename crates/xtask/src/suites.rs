//! What is executed under both frameworks, and where it is written down.

pub(crate) mod adversary;
mod checkpoints;
mod examples;
mod golden;
mod helpers;
mod layers;
mod packages;
mod rows;
mod rules;
mod scripts;
mod setup;

use anyhow::Result;

use crate::case::Case;

/// One kind of thing that is executed.
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    pub(crate) what: &'static str,
    pub(crate) collect: fn() -> Result<Found>,
}

/// What a suite found.
#[derive(Default)]
pub(crate) struct Found {
    /// Files or folders that should hold cases.
    pub(crate) inputs: usize,
    pub(crate) cases: Vec<Case>,
    /// Inputs that hold no case and don't say why.
    pub(crate) problems: Vec<String>,
}

pub(crate) const SUITES: [Suite; 10] = [
    Suite { name: "rows", what: "examples of mappings/*.toml", collect: rows::collect },
    Suite { name: "rules", what: "`run` blocks of rules/*.md", collect: rules::collect },
    Suite { name: "helpers", what: "cases of tests/numeric/helpers/*.toml", collect: helpers::collect },
    Suite {
        name: "layers",
        what: "layers of tests/layer_state.toml and what their state holds, through `convert --for`",
        collect: layers::collect,
    },
    Suite { name: "golden", what: "cases of golden/*/run.toml", collect: golden::collect },
    Suite { name: "adversary", what: "`# run` lines of tests/numeric/adversary/*.py, ported on the way", collect: adversary::collect },
    Suite { name: "scripts", what: "tests/numeric/scripts/*.py, whole training scripts, ported on the way", collect: scripts::collect },
    Suite { name: "examples", what: "cases of tests/examples/*.toml", collect: examples::collect },
    Suite {
        name: "checkpoints",
        what: "models of tests/checkpoints.toml, their weights through `convert --for`",
        collect: checkpoints::collect,
    },
    Suite { name: "packages", what: "cases of tests/packages/*.toml, published packages ported whole", collect: packages::collect },
];

/// What stands behind `key=` where a case is written in one line.
fn value_of(key: &str, value: &str) -> toml::Value {
    match (key, value.parse::<f64>()) {
        ("grad", _) => value.split(',').map(str::to_owned).collect::<Vec<_>>().into(),
        ("tol" | "limit", Ok(number)) => number.into(),
        // `train=10` is `train = { steps = 10 }`.
        ("train", Ok(steps)) => toml::Table::from_iter([("steps".to_owned(), toml::Value::Integer(steps as i64))]).into(),
        _ => value.into(),
    }
}
