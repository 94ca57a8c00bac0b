//! A numeric case as the engine of `t2m_verify` reads it, made from a table of a TOML file.

use std::path::Path;

use anyhow::{Result, bail};
use serde_json::{Map, Value, json};

/// One line of `cases.jsonl`.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) fields: Map<String, Value>,
    /// Why it is known to fail. It must fail until the line is taken away.
    pub(crate) fails: Option<String>,
}

const PLAIN: [&str; 11] = ["torch", "mlx", "setup_torch", "setup_mlx", "model", "weights", "grad", "train", "check", "tol", "limit"];

impl Case {
    /// From `{ torch = "...", mlx = "...", x = "f32[2,3]" }`: keys that say nothing else are inputs.
    pub(crate) fn from_table(place: String, table: &toml::Table) -> Result<Self> {
        let id = match table.get("id") {
            Some(name) => format!("{place} {}", name.as_str().unwrap_or_default()),
            None => place,
        };
        let mut fields = Map::new();
        let mut inputs = Map::new();
        let fails = expectation(&id, table)?;
        for (key, value) in table {
            let value = serde_json::to_value(value)?;
            match key.as_str() {
                "note" | "id" | "expect" | "reason" => {}
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
        Ok(Self { id, fields, fails })
    }

    /// The same case on another port.
    pub(crate) fn on(&self, port: &Path, how: &str) -> Self {
        let mut fields = self.fields.clone();
        fields.insert("path_mlx".to_owned(), json!([port]));
        Self { id: format!("{} {how}", self.id), fields, fails: self.fails.clone() }
    }

    /// The line of `cases.jsonl`.
    pub(crate) fn line(&self) -> String {
        let mut fields = self.fields.clone();
        fields.insert("id".to_owned(), json!(self.id));
        Value::Object(fields).to_string()
    }
}

/// `expect = "fails"` with its `reason`.
fn expectation(id: &str, table: &toml::Table) -> Result<Option<String>> {
    let text = |key: &str| table.get(key).map(|value| value.as_str().unwrap_or_default().trim());
    match (text("expect"), text("reason")) {
        (None, None) => Ok(None),
        (Some("fails"), Some(reason)) if !reason.is_empty() => Ok(Some(reason.to_owned())),
        (Some("fails"), _) => bail!("{id}: a case that is expected to fail says why: reason = \"...\""),
        (Some(other), _) => bail!("{id}: `expect` is \"fails\" or absent, not `{other}`"),
        (None, Some(_)) => bail!("{id}: `reason` belongs to expect = \"fails\""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(text: &str) -> Result<Case> {
        Case::from_table("t.toml:1".to_owned(), &toml::from_str(&format!("torch = \"x\"\nmlx = \"x\"\n{text}"))?)
    }

    #[test]
    fn an_expected_failure_says_why() {
        let known = case("expect = \"fails\"\nreason = \"no sparse arrays\"").expect("a case");
        assert_eq!(known.fails.as_deref(), Some("no sparse arrays"));
        assert!(!known.line().contains("sparse"), "the harness judges it like any other: {}", known.line());
        assert!(case("").expect("a case").fails.is_none());
        for wrong in ["expect = \"fails\"", "expect = \"fails\"\nreason = \" \"", "expect = \"passes\"\nreason = \"x\"", "reason = \"x\""] {
            assert!(case(wrong).is_err(), "{wrong}");
        }
    }
}
