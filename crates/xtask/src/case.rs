//! A numeric case as `tests/numeric` reads it, made from a table of a TOML file.

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

/// One line of `cases.jsonl`.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) fields: Map<String, Value>,
}

const PLAIN: [&str; 10] = ["torch", "mlx", "setup_torch", "setup_mlx", "model", "grad", "train", "check", "tol", "limit"];

impl Case {
    /// From `{ torch = "...", mlx = "...", x = "f32[2,3]" }`: keys that say nothing else are inputs.
    pub(crate) fn from_table(place: String, table: &toml::Table) -> Result<Self> {
        let id = match table.get("id") {
            Some(name) => format!("{place} {}", name.as_str().unwrap_or_default()),
            None => place,
        };
        let mut fields = Map::new();
        let mut inputs = Map::new();
        for (key, value) in table {
            let value = serde_json::to_value(value)?;
            match key.as_str() {
                "note" | "id" => {}
                "setup" => {
                    for side in ["setup_torch", "setup_mlx"].iter().filter(|side| !table.contains_key(**side)) {
                        fields.insert((*side).to_owned(), value.clone());
                    }
                }
                "inputs" => match value {
                    Value::Object(more) => inputs.extend(more),
                    _ => bail!("{id}: `inputs` must be a table of specs"),
                },
                plain if PLAIN.contains(&plain) => {
                    fields.insert(key.clone(), value);
                }
                _ => {
                    inputs.insert(key.clone(), value);
                }
            }
        }
        if !fields.contains_key("torch") {
            bail!("{id}: a case needs a `torch` text");
        }
        if !fields.contains_key("mlx") {
            bail!("{id}: a case needs an `mlx` text");
        }
        fields.insert("inputs".to_owned(), Value::Object(inputs));
        Ok(Self { id, fields })
    }

    /// The line of `cases.jsonl`.
    pub(crate) fn line(&self) -> String {
        let mut fields = self.fields.clone();
        fields.insert("id".to_owned(), json!(self.id));
        Value::Object(fields).to_string()
    }
}
