//! The example of a row as a program.

use t2m_port::{Options, port};
use t2m_semantic::tables::{Example, Tables};
use t2m_semantic::{Project, ProjectFile};
use t2m_syntax::SourceFile;

const HEADER: &str = "import math\nimport numpy as np\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nimport torch.nn.init as init\nimport torch.optim as optim\n";
/// Stands between what an example needs and its own text.
const MARKER: &str = "'''example'''";

/// The program of an example: its imports, its inputs, its setup, a marker and its text.
pub(crate) fn program(example: &Example) -> String {
    let keys = ["check", "tol", "grad", "setup"];
    let is_input = |(key, value): &(&String, &toml::Value)| !keys.contains(&key.as_str()) && value.as_str().is_some_and(is_tensor_spec);
    let inputs: String = example.rest.iter().filter(is_input).map(|(name, _)| format!("{name} = torch.empty(1)\n")).collect();
    let setup = example.rest.get("setup").and_then(toml::Value::as_str).unwrap_or_default();
    format!("{HEADER}{inputs}{setup}\n{MARKER}\n{}\n", example.torch)
}

/// The ported text of an example, without its imports and its setup.
pub(crate) fn ported(tables: &Tables, example: &Example) -> Option<String> {
    let source = SourceFile::parse("example.py", program(example)).ok()?;
    let project = Project { files: vec![ProjectFile { source, path: "example.py".into() }], ..Project::default() };
    let ported = port(&project, tables, &Options::default());
    Some(ported.files[0].text.split_once(MARKER)?.1.trim().to_owned())
}

/// `f32[2,3] > 0`, and NumPy arrays, which become tensors too.
fn is_tensor_spec(spec: &str) -> bool {
    let name: String = spec.chars().take_while(|c| c.is_alphanumeric()).collect();
    ["f16", "bf16", "f32", "f64", "i8", "i16", "i32", "i64", "u8", "bool", "c64"].contains(&name.as_str()) || spec.starts_with("np.array(")
}
