//! Checkpoints of published models and of golden programs: what PyTorch saved goes through `torch2mlx convert --for`, is loaded strictly, and the model
//! gives the same numbers. `tests/checkpoints.toml` lists the models, which are cases of other suites.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Found, golden, packages};
use crate::case::Case;
use crate::{defects, repo};

/// The models of one file of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Models {
    /// Ids of cases. Without it, all cases of the file that name a model.
    models: Option<Vec<String>>,
    /// Ids of those that are known to fail, and why.
    #[serde(default)]
    fails: BTreeMap<String, String>,
}

/// What the engine needs to convert the weights of a case.
pub(super) struct Conversion {
    program: PathBuf,
    folder: PathBuf,
}

impl Conversion {
    pub(super) fn new() -> Result<Self> {
        let folder = repo::root().join("target/checkpoints");
        std::fs::create_dir_all(&folder)?;
        Ok(Self { program: defects::build()?, folder })
    }

    /// The case's model gets its weights from a checkpoint. `name` is that of the file.
    pub(super) fn add_to(&self, case: &mut Case, port: impl Serialize, name: &str) {
        let checkpoint = self.folder.join(format!("{name}.pt"));
        case.fields.insert("convert".into(), json!({ "program": self.program, "port": port, "checkpoint": checkpoint }));
    }
}

pub(super) fn collect() -> Result<Found> {
    let path = repo::root().join("tests/checkpoints.toml");
    let files: BTreeMap<String, Models> = toml::from_str(&repo::read(&path)?).context("tests/checkpoints.toml is no list of models")?;
    let convert = Conversion::new()?;
    let mut cases: Vec<Case> = Vec::new();
    for (name, models) in &files {
        let file = repo::root().join(name);
        let found = if name.starts_with("golden/") {
            let project = file.parent().context("a case is in a folder")?;
            golden::cases(&file, &project.join("in"), &project.join("out"))?.cases
        } else {
            packages::project(&file)?
        };
        let mut wanted = 0;
        for mut case in found.into_iter().filter(|case| case.fields.contains_key("model")) {
            let id = case.id.split_once(' ').map_or("", |(_, id)| id).to_owned();
            if models.models.as_ref().is_some_and(|ids| !ids.contains(&id)) {
                continue;
            }
            wanted += 1;
            case.fails = models.fails.get(&id).cloned().or(case.fails);
            // Gradients and training are compared in the suite that the case is from.
            case.fields.remove("grad");
            case.fields.remove("train");
            // Three conversions come on top.
            let limit = case.fields.get("limit").and_then(serde_json::Value::as_u64).unwrap_or(60);
            case.fields.insert("limit".into(), json!(2 * limit));
            case.id = format!("checkpoint of {}", case.id);
            let port = case.fields.get("path_mlx").and_then(|paths| paths.get(0)).cloned().context("a case of a port")?;
            convert.add_to(&mut case, port, &cases.len().to_string());
            cases.push(case);
        }
        if let Some(ids) = &models.models
            && wanted < ids.len()
        {
            bail!("tests/checkpoints.toml: {name} has {wanted} of the {} models that it should", ids.len());
        }
    }
    Ok(Found { inputs: files.len(), cases, ..Found::default() })
}
