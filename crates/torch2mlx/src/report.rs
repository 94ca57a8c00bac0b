//! The JSON report. A change of a field's name or meaning raises `SCHEMA`; docs/cli.md describes the fields.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use t2m_syntax::TextRange;

use crate::args::Layout;
use crate::input::Text;
use crate::outcome::{FileOutcome, FileStatus, Level, Noted, Outcome, Totals};

pub(crate) const SCHEMA: u32 = 1;

#[derive(Serialize)]
pub(crate) struct Report<'a> {
    schema: u32,
    tool: Tool,
    layout: &'static str,
    totals: Totals,
    todos_by_code: BTreeMap<&'static str, usize>,
    ported_by: BTreeMap<&'a str, usize>,
    files: Vec<File<'a>>,
    skipped: Vec<Skipped<'a>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

#[derive(Serialize)]
struct File<'a> {
    /// Below the output folder.
    path: &'a str,
    /// As messages name the source.
    source: Option<&'a str>,
    status: FileStatus,
    #[serde(skip_serializing_if = "is_zero")]
    forwards: usize,
    #[serde(skip_serializing_if = "is_zero")]
    forwards_clean: usize,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    ported_by: BTreeMap<&'a str, usize>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Finding<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    why: Vec<Label<'a>>,
}

/// A finding as the report and `--format json` give it.
#[derive(Serialize)]
pub(crate) struct Finding<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip)]
    shown: &'a str,
    code: &'static str,
    level: Level,
    #[serde(flatten)]
    span: Span,
    reason: &'a str,
    help: Option<&'a str>,
    because: Vec<Label<'a>>,
    ignored: bool,
}

#[derive(Serialize)]
struct Label<'a> {
    #[serde(flatten)]
    span: Span,
    text: &'a str,
}

/// Lines and columns from one, columns in characters; the end is behind the last character.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(crate) struct Span {
    /// The cell of a notebook, from one; lines are counted in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cell: Option<usize>,
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl Span {
    /// A file that could not be read has no text: its findings are at its start.
    pub(crate) fn new(text: Option<&Text>, range: TextRange) -> Self {
        let Some(text) = text else {
            return Self { cell: None, line: 1, column: 1, end_line: 1, end_column: 1 };
        };
        let start = text.lines.line_column(&text.text, range.start());
        let end = text.lines.line_column(&text.text, range.end());
        let (cell, line) = match &text.notebook {
            Some(notebook) => {
                let (cell, line) = notebook.place(start.line - 1);
                (Some(cell), line)
            }
            None => (None, start.line),
        };
        Self { cell, line, column: start.column, end_line: line + (end.line - start.line), end_column: end.column }
    }

    /// Ex) `cell 3, line 2` of a notebook
    pub(crate) fn in_cell(&self) -> Option<String> {
        Some(format!("cell {}, line {}", self.cell?, self.line))
    }

    /// The file as messages name it, with the cell.
    pub(crate) fn place<'a>(&self, shown: &'a str) -> Cow<'a, str> {
        self.cell.map_or(Cow::Borrowed(shown), |cell| Cow::Owned(format!("{shown}:cell {cell}")))
    }
}

#[derive(Serialize)]
struct Skipped<'a> {
    path: &'a str,
    why: &'a str,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
fn is_zero(n: &usize) -> bool {
    *n == 0
}

impl<'a> Report<'a> {
    pub(crate) fn new(outcome: &'a Outcome, layout: Layout) -> Self {
        Self {
            schema: SCHEMA,
            tool: Tool { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") },
            layout: layout.name(),
            totals: outcome.totals(),
            todos_by_code: outcome.todos_by_code(),
            ported_by: outcome.ported_by(),
            files: outcome.files.iter().map(file).collect(),
            skipped: outcome.skipped.iter().map(|skipped| Skipped { path: &skipped.shown, why: &skipped.why }).collect(),
        }
    }

    pub(crate) fn to_json(&self) -> anyhow::Result<Vec<u8>> {
        let mut bytes = serde_json::to_vec_pretty(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }
}

fn file(file: &FileOutcome) -> File<'_> {
    let mut ported_by = BTreeMap::new();
    for count in &file.ported {
        *ported_by.entry(count.name.as_str()).or_default() += count.sites;
    }
    File {
        path: &file.rel,
        source: file.source.is_some().then_some(file.shown.as_str()),
        status: file.status,
        forwards: file.forwards,
        forwards_clean: file.forwards_clean,
        ported_by,
        findings: file.findings.iter().map(|noted| finding(file, noted)).collect(),
        why: labels(file, &file.why),
    }
}

pub(crate) fn finding<'a>(file: &'a FileOutcome, noted: &'a Noted) -> Finding<'a> {
    let found = &noted.finding;
    Finding {
        file: None,
        shown: &file.shown,
        code: found.code,
        level: noted.level,
        span: Span::new(file.text.as_ref(), found.range),
        reason: &found.reason,
        help: found.help.as_deref(),
        because: labels(file, &found.because),
        ignored: noted.ignored,
    }
}

impl Finding<'_> {
    /// Names its file, for a list that is not sorted below files.
    pub(crate) fn of_file(self) -> Self {
        Self { file: Some(self.shown), ..self }
    }
}

fn labels<'a>(file: &'a FileOutcome, places: &'a [(TextRange, String)]) -> Vec<Label<'a>> {
    places.iter().map(|(range, text)| Label { span: Span::new(file.text.as_ref(), *range), text }).collect()
}
