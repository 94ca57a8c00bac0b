//! The result as one JSON document. `schema` grows when a field changes its meaning.

use serde::Serialize;
use t2m_verify::Verdict;

use super::run::Ran;

const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    schema: u32,
    version: &'static str,
    agree: usize,
    differ: usize,
    could_not_run: usize,
    cases: &'a [Verdict],
}

pub(super) fn render(ran: &Ran) -> anyhow::Result<String> {
    let could_not_run = ran.verdicts.iter().filter(|verdict| verdict.stopped.is_some()).count();
    let agree = ran.verdicts.iter().filter(|verdict| verdict.ok).count();
    let differ = ran.verdicts.len() - agree - could_not_run;
    let document = Document { schema: SCHEMA, version: env!("CARGO_PKG_VERSION"), agree, differ, could_not_run, cases: &ran.verdicts };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
