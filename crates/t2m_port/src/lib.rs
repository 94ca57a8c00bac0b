//! What MLX *should be*: templates, the decision driver, rules, findings and their codes, imports, helpers, TODO lines, the report model.
//!
//! The core is pure: [`port`] reads a parsed project and tables and gives texts and findings. Same input, same bytes out, at any thread count.

pub mod codes;

use t2m_semantic::Project;
use t2m_semantic::tables::Tables;
use t2m_syntax::TextRange;

/// What the user chose.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Record why each decision was taken (`-v`, and `why` in the report).
    pub explain: bool,
}

/// Something that the user should know about one place.
#[derive(Debug, Clone)]
pub struct Finding {
    /// `T2M104`; explained by its page.
    pub code: &'static str,
    pub range: TextRange,
    /// What stands in the way, lower case, no full stop.
    pub reason: String,
    /// Other places that caused it, each with a few words.
    pub because: Vec<(TextRange, String)>,
    /// What to do next.
    pub help: Option<String>,
    /// A TODO stands in the output at this place; otherwise it is a note.
    pub is_todo: bool,
}

/// How a file came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not a word changed.
    Unchanged,
    Ported,
    /// Ported, with TODOs left.
    PortedWithTodos,
    /// A law broke, which is our bug: the text is a copy with one TODO.
    Fallback,
}

/// One count of the report: how often a row or rule decided.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Count {
    /// `row torch.cat` or `rule no-grad`.
    pub name: String,
    pub sites: usize,
}

/// The ported text of one file.
#[derive(Debug, Clone)]
pub struct PortedFile {
    /// Path below the project's root, as in the project.
    pub path: String,
    pub text: String,
    pub status: Status,
    pub findings: Vec<Finding>,
    /// Use sites of torch that were ported, by row and rule.
    pub ported: Vec<Count>,
    /// `forward` methods, and how many of them hold no TODO.
    pub forwards: usize,
    pub forwards_clean: usize,
    /// Why each decision was taken, with `Options::explain`: (place, text).
    pub why: Vec<(TextRange, String)>,
}

/// A file that the port adds: the helper module.
#[derive(Debug, Clone)]
pub struct AddedFile {
    pub path: String,
    pub text: String,
}

/// The result for a whole project.
#[derive(Debug, Clone, Default)]
pub struct Ported {
    /// In the order of the project's files.
    pub files: Vec<PortedFile>,
    pub added: Vec<AddedFile>,
}

/// Ports a project. Never fails: what can't be ported keeps its text and gets a finding. Call it on a deep stack.
pub fn port(project: &Project, tables: &Tables, options: &Options) -> Ported {
    let _ = (tables, options);
    let files = project
        .files
        .iter()
        .map(|file| PortedFile {
            path: file.path.clone(),
            text: file.source.text.clone(),
            status: Status::Unchanged,
            findings: Vec::new(),
            ported: Vec::new(),
            forwards: 0,
            forwards_clean: 0,
            why: Vec::new(),
        })
        .collect();
    Ported { files, added: Vec::new() }
}
