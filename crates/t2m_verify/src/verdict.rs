//! What the judge says about one case, as `report.jsonl` holds it. Text cases have the first fields alone.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verdict {
    pub id: String,
    pub ok: bool,
    /// The first thing that is wrong, in one line.
    pub error: Option<String>,
    pub seconds: f64,
    /// There is nothing to run: a function has no training mode.
    #[serde(default)]
    pub skipped: bool,
    /// It is of a function: `(eval)` behind its name says nothing.
    #[serde(default)]
    pub function: bool,
    #[serde(default)]
    pub stopped: Option<Stopped>,
    #[serde(default)]
    pub parts: Vec<Part>,
    #[serde(default)]
    pub divergence: Option<Divergence>,
    #[serde(default)]
    pub cost: Option<Costs>,
    #[serde(default)]
    pub notes: Vec<String>,
    /// Inputs that were proposed because none were declared.
    #[serde(default)]
    pub proposal: Option<serde_json::Map<String, Value>>,
    /// Each module call in order: its path, its class, the largest difference over the largest value.
    #[serde(default)]
    pub layers: Vec<(String, Option<String>, Option<f64>)>,
    /// The losses of both sides.
    #[serde(default)]
    pub losses: Option<Vec<Vec<Option<f64>>>>,
}

/// One side could not do its part.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stopped {
    /// `torch` or `mlx`.
    pub side: String,
    /// The step: `entry`, `import`, `arguments`, `construct`, `weights`, `inputs`, `call`, `gradients`, `training`, ...
    pub stage: String,
    pub what: String,
    pub help: Option<String>,
    /// The user's own frames.
    pub traceback: Option<String>,
}

/// One row of the table: outputs, buffers, gradients, losses, parameters.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Part {
    pub name: String,
    pub ok: bool,
    pub arrays: usize,
    /// The array whose values are furthest apart.
    pub worst: Option<Difference>,
    pub differences: Vec<Difference>,
    /// Differences that are not listed.
    pub more: usize,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Difference {
    /// Which array: `output['logits']`, `gradient of fc.weight`.
    pub at: String,
    pub text: Option<String>,
    pub kind: Option<String>,
    /// The worst element and both values there.
    pub index: Option<Vec<usize>>,
    pub torch: Option<String>,
    pub mlx: Option<String>,
    /// The largest and the mean absolute difference; absent where one is not finite.
    pub max: Option<f64>,
    pub mean: Option<f64>,
    /// Elements that differ, of how many.
    pub count: Option<usize>,
    pub size: Option<usize>,
    pub tolerance: Option<f64>,
}

/// The first place at which the port parts from the original.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Divergence {
    /// PyTorch's path of the module; empty for the entry itself, absent for the optimizer.
    pub path: Option<String>,
    /// Its class in the original and in the port.
    pub class: (Option<String>, Option<String>),
    /// File and line.
    pub original: Option<(String, usize)>,
    pub port: Option<(String, usize)>,
    /// The variable, buffer or parameter that gets another value.
    pub name: Option<String>,
    pub function: Option<String>,
    pub difference: Option<Difference>,
    pub causes: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Costs {
    pub torch: Option<Cost>,
    pub mlx: Option<Cost>,
}

/// Median seconds of a call, and how far memory grew, in bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Cost {
    pub seconds: f64,
    pub runs: usize,
    pub memory: u64,
}
