//! Every row's examples port to exactly the text that the row says. That both texts give the same numbers is checked by running them.

use t2m_port::{Options, check_row, port};
use t2m_semantic::tables::{Row, Tables};
use t2m_semantic::{Project, ProjectFile};
use t2m_syntax::{SourceFile, stack};

const HEADER: &str = "import math\nimport numpy as np\nimport torch\nimport torch.nn as nn\nimport torch.nn.functional as F\nimport torch.nn.init as init\nimport torch.optim as optim\n";

/// The ported body of an example, without its imports.
fn port_example(tables: &Tables, setup: &str, inputs: &[&str], torch: &str) -> Option<String> {
    let inputs: String = inputs.iter().map(|name| format!("{name} = torch.empty(1)\n")).collect();
    let marker = "'''example'''";
    let text = format!("{HEADER}{inputs}{setup}\n{marker}\n{torch}\n");
    let source = SourceFile::parse("example.py", text).ok()?;
    let project = Project { files: vec![ProjectFile { source, path: "example.py".into() }], ..Project::default() };
    let ported = port(&project, tables, &Options::default());
    let text = &ported.files[0].text;
    Some(text.split_once(marker)?.1.trim().to_owned())
}

#[test]
fn rows_name_what_is_there() {
    stack::with_deep_stack(|| {
        let tables = Tables::embedded().unwrap_or_else(|error| panic!("{error}"));
        let wrong = |row: &Row| Some(format!("{}:{}: {}", row.origin.file, row.origin.line, check_row(row).err()?));
        let problems: Vec<String> = tables.rows().iter().filter_map(wrong).collect();
        assert!(problems.is_empty(), "{}", problems.join("\n"));
    });
}

#[test]
fn examples_port_to_their_text() {
    stack::with_deep_stack(|| {
        let tables = Tables::embedded().unwrap_or_else(|error| panic!("{error}"));
        let mut failures = Vec::new();
        let mut count = 0;
        for row in tables.rows() {
            for example in &row.examples {
                count += 1;
                let keys = ["check", "tol", "grad", "setup"];
                let inputs: Vec<&str> = example
                    .rest
                    .iter()
                    .filter(|(key, value)| !keys.contains(&key.as_str()) && value.as_str().is_some_and(is_tensor_spec))
                    .map(|(key, _)| key.as_str())
                    .collect();
                let setup = example.rest.get("setup").and_then(|value| value.as_str()).unwrap_or_default();
                let got = port_example(&tables, setup, &inputs, &example.torch).unwrap_or_else(|| "(does not parse)".into());
                if got != example.mlx.trim() {
                    failures.push(format!(
                        "{}:{}\n    torch {}\n    row   {}\n    got   {got}",
                        row.origin.file, row.origin.line, example.torch, example.mlx
                    ));
                }
            }
        }
        assert!(failures.is_empty(), "{} of {count} examples\n{}", failures.len(), failures.join("\n"));
    });
}

/// `f32[2,3] > 0`, and NumPy arrays, which become tensors too.
fn is_tensor_spec(spec: &str) -> bool {
    let name: String = spec.chars().take_while(|c| c.is_alphanumeric()).collect();
    ["f16", "bf16", "f32", "f64", "i8", "i16", "i32", "i64", "u8", "bool", "c64"].contains(&name.as_str()) || spec.starts_with("np.array(")
}
