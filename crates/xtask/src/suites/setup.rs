//! The setup of an example, ported: an example shows one expression, and what stands before it is PyTorch as well.

use std::sync::LazyLock;

use anyhow::{Result, anyhow, bail};
use t2m_port::{Options, port};
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
    stack::with_deep_stack(|| {
        static TABLES: LazyLock<Result<Tables, String>> = LazyLock::new(|| Tables::embedded().map_err(|error| error.to_string()));
        let tables = TABLES.as_ref().map_err(|error| anyhow!("{id}: the setup can't be ported: {error}"))?;
        let source = SourceFile::parse("setup.py", format!("{HEADER}{setup}\n"))
            .map_err(|error| anyhow!("{id}: the setup is not Python: {}", error.message))?;
        let project = Project { files: vec![ProjectFile { source, path: "setup.py".into() }], ..Project::default() };
        let ported = port(&project, tables, &Options::default());
        match ported.files.into_iter().next() {
            Some(file) => Ok(file.text),
            None => bail!("{id}: the setup was not ported"),
        }
    })
}
