//! The setup of an example, ported: an example shows one expression, and what stands before it is PyTorch as well.

use std::sync::LazyLock;

use anyhow::{Result, anyhow, bail};
use t2m_port::{Options, PortedFile, codes, port};
use t2m_semantic::tables::Tables;
use t2m_semantic::{Project, ProjectFile};
use t2m_syntax::{SourceFile, stack};

const HEADER: &str = "import math
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.nn.init as init
import torch.optim as optim
";

/// The MLX module that these statements port to, imports included.
pub(super) fn ported(id: &str, setup: &str) -> Result<String> {
    Ok(port_text(id, setup)?.text)
}

/// Whether the report of the example says that it reads values; none where it says that this depends. Its inputs are tensors, as for the port of its text.
pub(super) fn reads(id: &str, example: &toml::Table) -> Result<Option<bool>> {
    let text = |key: &str| example.get(key).and_then(toml::Value::as_str).unwrap_or_default();
    let mut program = String::new();
    for (name, spec) in example {
        match spec.as_str().and_then(|spec| spec.split(['[', '(']).next()) {
            Some("bool") => program += &format!("{name} = torch.empty(1, dtype=torch.bool)\n"),
            Some("f16" | "bf16" | "f32" | "f64" | "i8" | "i16" | "i32" | "i64" | "u8" | "c64" | "np.array") => {
                program += &format!("{name} = torch.empty(1)\n");
            }
            _ => {}
        }
    }
    let program = format!("{program}{}\n{}", text("setup"), text("torch"));
    let ported = port_text(id, &program)?;
    let notes: Vec<_> = ported.findings.iter().filter(|finding| finding.code == codes::EVALUATES).collect();
    let is_sure = notes.iter().any(|note| !note.reason.contains(" may "));
    Ok((is_sure || notes.is_empty()).then_some(is_sure))
}

fn port_text(id: &str, text: &str) -> Result<PortedFile> {
    stack::with_deep_stack(|| {
        static TABLES: LazyLock<Result<Tables, String>> = LazyLock::new(|| Tables::embedded().map_err(|error| error.to_string()));
        let tables = TABLES.as_ref().map_err(|error| anyhow!("{id}: the setup can't be ported: {error}"))?;
        let source = SourceFile::parse("setup.py", format!("{HEADER}{text}\n"))
            .map_err(|error| anyhow!("{id}: the setup is not Python: {}", error.message))?;
        let project = Project { files: vec![ProjectFile { source, path: "setup.py".into() }], ..Project::default() };
        let ported = port(&project, tables, &Options::default());
        match ported.files.into_iter().next() {
            Some(file) => Ok(file),
            None => bail!("{id}: the setup was not ported"),
        }
    })
}
