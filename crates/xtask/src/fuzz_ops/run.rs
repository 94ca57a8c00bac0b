//! A batch of draws: one program, one port, both frameworks once.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail, ensure};
use serde_json::{Map, Value, json};
use t2m_port::{Options, Status, port};
use t2m_semantic::tables::Tables;
use t2m_semantic::{Project, ProjectFile};
use t2m_syntax::{SourceFile, stack};

use super::draw::Draw;
use super::target::Target;
use crate::case::Case;
use crate::{numeric, repo};

const HEADER: &str = "import math\nimport numpy as np\nimport torch\nimport torch.nn.functional as F\n\n";
const MARK: &str = "# draw ";
const TODO: &str = "# TODO(torch2mlx):";
const DRAWS_PER_FILE: usize = 400;
const SECONDS_OF_A_DRAW: usize = 30;

/// How two frameworks can disagree, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Difference {
    Values,
    Gradients,
    Shape,
    DType,
    Structure,
    /// The port raises where PyTorch does not.
    Raises,
}

pub(super) enum Outcome {
    Agrees,
    /// PyTorch raises, or gives nothing that could be compared.
    Refused,
    /// The port has a TODO.
    Todo,
    Differs(Difference, String),
}

/// A draw's function in MLX.
pub(super) struct Judged {
    pub(super) outcome: Outcome,
    pub(super) mlx: String,
}

/// Where batches are run: two runs at the same time have two folders.
pub(super) fn folder() -> PathBuf {
    repo::root().join("target/fuzz-ops").join(std::process::id().to_string())
}

pub(super) fn batch(python: &Path, tables: &Tables, targets: &[Target], draws: &[Draw]) -> Result<Vec<Judged>> {
    let mut judged = Vec::new();
    let mut cases = Vec::new();
    for (index, (prelude, mlx)) in ported(tables, targets, draws)?.into_iter().enumerate() {
        let outcome = if mlx.contains(TODO) { Outcome::Todo } else { Outcome::Agrees };
        if matches!(outcome, Outcome::Agrees) {
            cases.push(case(&draws[index], targets, &prelude, &mlx));
        }
        judged.push(Judged { outcome, mlx });
    }
    if cases.is_empty() {
        return Ok(judged);
    }
    let verdicts = numeric::execute(python, &cases, &folder())?;
    for (index, judged) in judged.iter_mut().enumerate() {
        if let Some(verdict) = verdicts.get(&draws[index].id) {
            judged.outcome = match (verdict.ok, &verdict.error) {
                (true, _) => Outcome::Agrees,
                (false, error) => complaint(error.as_deref().unwrap_or("no reason given")),
            };
        }
    }
    Ok(judged)
}

fn complaint(error: &str) -> Outcome {
    let refused = ["torch side: ", "torch gives None", "result: moments of"];
    if refused.iter().any(|start| error.starts_with(start)) || error.contains("can't be compared") {
        return Outcome::Refused;
    }
    let behind = |at: &str| error.contains(at);
    let difference = if error.starts_with("mlx side: ") {
        Difference::Raises
    } else if error.starts_with("gradient of") {
        Difference::Gradients
    } else if behind(": shape [") {
        Difference::Shape
    } else if behind(": dtype ") {
        Difference::DType
    } else if behind(" from torch, ") || behind(" torch gives '") {
        Difference::Values
    } else {
        Difference::Structure
    };
    Outcome::Differs(difference, error.to_owned())
}

fn case(draw: &Draw, targets: &[Target], prelude: &str, mlx: &str) -> Case {
    let mut fields = Map::new();
    let call = draw.use_of();
    let torch = draw.function(targets);
    fields.insert("torch".to_owned(), json!(format!("{torch}{call}")));
    fields.insert("mlx".to_owned(), json!(format!("{mlx}\n{call}")));
    fields.insert("setup_mlx".to_owned(), json!(prelude));
    fields.insert("check".to_owned(), json!(draw.check.as_deref().unwrap_or("floats")));
    fields.insert("limit".to_owned(), json!(SECONDS_OF_A_DRAW));
    if let Some(tol) = draw.tol {
        fields.insert("tol".to_owned(), json!(tol));
    }
    let grads = draw.grads();
    if !grads.is_empty() {
        fields.insert("grad".to_owned(), json!(grads));
    }
    let inputs: Map<String, Value> = draw.specs().into_iter().map(|(name, spec)| (name, json!(spec))).collect();
    fields.insert("inputs".to_owned(), Value::Object(inputs));
    Case { id: draw.id.clone(), fields, fails: None }
}

/// For each draw the imports and the text of its function in MLX.
fn ported(tables: &Tables, targets: &[Target], draws: &[Draw]) -> Result<Vec<(String, String)>> {
    let mut project = Project::default();
    for (number, part) in draws.chunks(DRAWS_PER_FILE).enumerate() {
        let path = format!("draws_{number}.py");
        let functions = part.iter().enumerate().map(|(index, draw)| format!("{MARK}{index}\n{}\n", draw.function(targets)));
        let text: String = std::iter::once(HEADER.to_owned()).chain(functions).collect();
        let source = match SourceFile::parse(&path, text.as_str()) {
            Ok(source) => source,
            Err(error) => {
                let line = repo::line_of(&text, error.offset.into());
                bail!("a drawn program is not Python: {}: `{}`", error.message, text.lines().nth(line - 1).unwrap_or_default());
            }
        };
        project.files.push(ProjectFile { source, path: path.as_str().into() });
    }
    let ported = stack::with_deep_stack(|| port(&project, tables, &Options::default()));
    let mut found = Vec::new();
    for (file, part) in ported.files.iter().zip(draws.chunks(DRAWS_PER_FILE)) {
        ensure!(file.status != Status::Fallback, "the port of drawn programs broke a law: {}", first_todo(&file.text));
        let mut parts = file.text.split(MARK);
        let prelude = parts.next().unwrap_or_default().to_owned();
        let before = found.len();
        found.extend(parts.map(|text| (prelude.clone(), text.split_once('\n').map_or("", |(_, text)| text).trim_end().to_owned())));
        ensure!(found.len() - before == part.len(), "{} drawn functions became {}", part.len(), found.len() - before);
    }
    Ok(found)
}

fn first_todo(text: &str) -> &str {
    text.lines().find(|line| line.contains(TODO)).unwrap_or("no TODO says which")
}
