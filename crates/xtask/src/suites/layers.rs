//! What `mappings/names/layer_state.toml` says of the state of layers, held against PyTorch, and against ports of them through `convert --for`.
//! `tests/layer_state.toml` says how the layers are made.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context, Result};
use serde_json::json;

use super::{Found, checkpoints, packages};
use crate::case::Case;
use crate::repo;

type Lists = BTreeMap<String, Vec<String>>;

const TABLE: &str = "mappings/names/layer_state.toml";
const MADE: &str = "tests/layer_state.toml";

pub(super) fn collect() -> Result<Found> {
    let lists = |path: &str| -> Result<Lists> {
        toml::from_str(&repo::read(&repo::root().join(path))?).with_context(|| format!("{path} is no table of lists"))
    };
    let (table, made) = (lists(TABLE)?, lists(MADE)?);
    let mut problems: Vec<String> = Vec::new();
    for layer in table.keys().chain(made.keys()) {
        if !table.contains_key(layer) || made.get(layer).is_none_or(Vec::is_empty) {
            problems.push(format!("{MADE}: `{layer}` is not in both tables"));
        }
    }
    problems.dedup();
    let sources = packages::emptied("layers-part")?;
    std::fs::create_dir_all(&sources)?;
    std::fs::write(sources.join("layers.py"), source(&made)).context("can't write the layers")?;
    let port = packages::emptied("layers")?;
    packages::run_port(std::slice::from_ref(&sources), &port, &[]).context("the layers can't be ported")?;
    let convert = checkpoints::Conversion::new()?;
    let mut cases = Vec::new();
    for (layer, arguments) in &made {
        for (i, made) in arguments.iter().enumerate() {
            let class = class(layer, i);
            // Named and shaped as in PyTorch's `state_dict`, whatever the file was.
            let text = format!("from layers import {class}\nmodel = {class}()\n");
            let torch = format!("{text}sorted((name, list(value.shape)) for name, value in model.state_dict().items())");
            let mlx = format!(
                "from mlx.utils import tree_flatten\n{text}sorted((name, list(value.shape)) for name, value in tree_flatten(model.parameters()))"
            );
            let fields = toml::Table::from_iter([
                ("torch".to_owned(), torch.into()),
                ("mlx".to_owned(), mlx.into()),
                ("model".to_owned(), "model".into()),
            ]);
            let mut case = Case::from_table(format!("{MADE} nn.{layer}({made})"), &fields)?;
            case.fields.insert("path_torch".to_owned(), json!([sources]));
            case.fields.insert("path_mlx".to_owned(), json!([port]));
            convert.add_to(&mut case, &port, &format!("layer-{class}"));
            cases.push(case);
        }
        // All names that there are, and no others.
        let Some(specs) = table.get(layer) else { continue };
        // It may hold others, too.
        let specs = specs.iter().filter(|spec| *spec != "...");
        let names: Vec<&str> = specs.map(|spec| spec.split(' ').next().unwrap_or(spec).trim_end_matches('?')).collect();
        let classes = (0..arguments.len()).map(|i| class(layer, i)).collect::<Vec<_>>().join(", ");
        let torch = format!(
            "from fnmatch import fnmatch\nfrom layers import {classes}\nfound = {{name.removeprefix('layer.') for cls in ({classes},) for name in cls().state_dict() if name.startswith('layer.')}}\n\
             specs = {names:?}\n[sorted(n for n in found if not any(fnmatch(n, s) for s in specs)), sorted(s for s in specs if not any(fnmatch(n, s) for n in found))]"
        );
        // Both sides make the same modules: their weights are matched in order.
        let mlx = format!("from layers import {classes}\n[cls() for cls in ({classes},)]\n[[], []]");
        let fields = toml::Table::from_iter([("torch".to_owned(), torch.into()), ("mlx".to_owned(), mlx.into())]);
        let mut case = Case::from_table(format!("{TABLE} {layer}"), &fields)?;
        case.fields.insert("path_torch".to_owned(), json!([sources]));
        case.fields.insert("path_mlx".to_owned(), json!([port]));
        cases.push(case);
    }
    Ok(Found { inputs: made.len(), cases, problems })
}

fn class(layer: &str, i: usize) -> String {
    format!("{layer}{}", ["A", "B", "C", "D", "E", "F"].get(i).copied().unwrap_or("Z"))
}

/// A module for each way to make a layer, beside one that has weights in any case.
fn source(made: &Lists) -> String {
    let mut text = "import torch.nn as nn\n".to_owned();
    for (layer, arguments) in made {
        for (i, arguments) in arguments.iter().enumerate() {
            let class = class(layer, i);
            // Writing to a string can't fail.
            let _ = write!(
                text,
                "\n\nclass {class}(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.layer = nn.{layer}({arguments})\n        self.other = nn.Linear(1, 1)\n\n    \
                 def forward(self, *args):\n        return self.layer(*args)\n"
            );
        }
    }
    text
}
