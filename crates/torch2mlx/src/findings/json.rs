//! One JSON document: the findings as in the report, each with its file.

use serde::Serialize;

use crate::outcome::{FileOutcome, Noted};
use crate::report::{self, Finding, SCHEMA};

#[derive(Serialize)]
struct Findings<'a> {
    schema: u32,
    findings: Vec<Finding<'a>>,
}

pub(super) fn print(all: &[(&FileOutcome, &Noted)]) -> anyhow::Result<()> {
    let findings = all.iter().map(|(file, noted)| report::finding(file, noted).of_file()).collect();
    crate::tell!("{}", serde_json::to_string_pretty(&Findings { schema: SCHEMA, findings })?);
    Ok(())
}
