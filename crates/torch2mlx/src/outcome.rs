//! What became of every file: the one model that writing, diffs, findings, summary and report read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::Serialize;
use t2m_port::{Count, Finding, Imports, PortedDependencies, PortedFile, Status};
use t2m_semantic::ProjectFile;
use t2m_syntax::encoding::{self, Encoding};
use t2m_syntax::{TextRange, TextSize};

use crate::config::Config;
use crate::input::{self, Text};
use crate::notebook::Notebook;
use crate::walk::{Input, Skipped};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum FileStatus {
    Ported,
    PortedWithTodos,
    Unchanged,
    /// A law broke, which is our bug; the text is a copy.
    Fallback,
    /// Not read, decoded or parsed: a copy where there are bytes.
    Failed,
    /// Not Python.
    Copied,
    /// A helper module that the port needs.
    Added,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Error,
    Todo,
    Note,
}

/// A finding and how it is to be told.
#[derive(Debug)]
pub(crate) struct Noted {
    pub finding: Finding,
    pub level: Level,
    /// By `[per-file]` of the configuration.
    pub ignored: bool,
}

#[derive(Debug)]
pub(crate) enum Content {
    Bytes(Vec<u8>),
    CopyOf(PathBuf),
    /// There is nothing to write: the source can't be read.
    Nothing,
}

#[derive(Debug)]
pub(crate) struct FileOutcome {
    /// Path below the output folder, with `/`.
    pub rel: String,
    pub shown: String,
    /// Where it came from; added files have no source.
    pub source: Option<PathBuf>,
    /// A link leads to it from elsewhere in the source.
    pub is_linked: bool,
    pub status: FileStatus,
    pub content: Content,
    /// The text that findings point into.
    pub text: Option<Text>,
    encoding: Encoding,
    pub findings: Vec<Noted>,
    pub ported: Vec<Count>,
    pub forwards: usize,
    pub forwards_clean: usize,
    pub why: Vec<(TextRange, String)>,
}

impl FileOutcome {
    fn new(rel: String, shown: String, source: Option<PathBuf>, status: FileStatus, content: Content) -> Self {
        Self {
            rel,
            shown,
            source,
            is_linked: false,
            status,
            content,
            text: None,
            encoding: Encoding::Utf8,
            findings: Vec::new(),
            ported: Vec::new(),
            forwards: 0,
            forwards_clean: 0,
            why: Vec::new(),
        }
    }

    pub(crate) fn copied(input: &Input) -> Self {
        let note = match input::copied(&input.path) {
            Ok(note) => note,
            Err(finding) => return Self::failed(input, finding, None, None),
        };
        let content = Content::CopyOf(input.path.clone());
        let mut outcome = Self::new(input.rel.clone(), input.shown.clone(), Some(input.path.clone()), FileStatus::Copied, content);
        if let Some(finding) = note {
            outcome.note(finding, Level::Note);
        }
        outcome
    }

    /// What becomes of a dependency file that names PyTorch.
    pub(crate) fn ported_dependencies(&self, imports: &Imports<'_>) -> Option<(Text, Encoding, PortedDependencies)> {
        let bytes = std::fs::read(self.source.as_ref()?).ok()?;
        let (text, encoding) = encoding::decode(&bytes).ok()?;
        let ported = t2m_port::port_dependencies(&self.rel, &text, imports)?;
        Some((Text::new(text), encoding, ported))
    }

    pub(crate) fn take_dependencies(&mut self, (text, encoding, ported): (Text, Encoding, PortedDependencies), explains: bool) {
        if ported.text != text.text
            && let Some(bytes) = encoding::encode(&ported.text, encoding)
        {
            self.status = FileStatus::Ported;
            self.content = Content::Bytes(bytes);
        }
        (self.text, self.encoding) = (Some(text), encoding);
        ported.findings.into_iter().for_each(|finding| self.note(finding, Level::Note));
        if explains {
            self.why = ported.why;
        }
    }

    /// Whether a line of the port's text imports a module.
    pub(crate) fn imports(&self, module: &str) -> bool {
        let is_import = |line: &[u8]| {
            // In a notebook, lines are strings.
            let line = line.trim_ascii_start();
            let line = line.strip_prefix(b"\"").unwrap_or(line);
            let named = line.strip_prefix(b"import ").or_else(|| line.strip_prefix(b"from "));
            let rest = named.and_then(|named| named.strip_prefix(module.as_bytes()));
            rest.is_some_and(|rest| !rest.first().is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'))
        };
        let text = match (&self.content, &self.text) {
            (Content::Bytes(bytes), _) => bytes,
            (_, Some(text)) => text.text.as_bytes(),
            _ => return false,
        };
        text.split(|byte| *byte == b'\n').any(is_import)
    }

    pub(crate) fn added(rel: String, text: String) -> Self {
        Self::new(rel.clone(), rel, None, FileStatus::Added, Content::Bytes(text.into_bytes()))
    }

    pub(crate) fn failed(input: &Input, finding: Finding, text: Option<Text>, bytes: Option<Vec<u8>>) -> Self {
        let content = bytes.map_or(Content::Nothing, Content::Bytes);
        let mut outcome = Self::new(input.rel.clone(), input.shown.clone(), Some(input.path.clone()), FileStatus::Failed, content);
        outcome.text = text;
        outcome.note(finding, Level::Error);
        outcome
    }

    pub(crate) fn ported(input: &Input, file: ProjectFile, encoding: Encoding, ported: PortedFile) -> Self {
        let status = match ported.status {
            Status::Unchanged => FileStatus::Unchanged,
            Status::Ported => FileStatus::Ported,
            Status::PortedWithTodos => FileStatus::PortedWithTodos,
            Status::Fallback => FileStatus::Fallback,
        };
        let content = Content::CopyOf(input.path.clone());
        let mut outcome = Self::new(input.rel.clone(), input.shown.clone(), Some(input.path.clone()), status, content);
        match encoding::encode(&ported.text, encoding) {
            Some(bytes) => outcome.content = Content::Bytes(bytes),
            None => {
                outcome.status = FileStatus::Failed;
                outcome.note(no_encoding(&ported.text), Level::Error);
            }
        }
        outcome.encoding = encoding;
        outcome.take(file, ported);
        outcome
    }

    pub(crate) fn ported_notebook(input: &Input, file: ProjectFile, notebook: Notebook, ported: PortedFile) -> Self {
        let whole = match notebook.with_code(&ported.text) {
            Some(json) if json == notebook.json => Ok(None),
            Some(json) => Ok(Some(json)),
            None => Err(()),
        };
        let mut outcome = Self::ported(input, file, Encoding::Utf8, ported);
        match whole {
            Ok(Some(json)) => outcome.content = Content::Bytes(json.into_bytes()),
            Ok(None) => outcome.content = Content::CopyOf(input.path.clone()),
            Err(()) => {
                outcome.status = FileStatus::Fallback;
                outcome.content = Content::CopyOf(input.path.clone());
                outcome.note(not_in_cells(), Level::Error);
            }
        }
        for cell in &notebook.foreign {
            outcome.note(foreign(*cell), Level::Note);
        }
        outcome.text = outcome.text.map(|text| Text { notebook: Some(notebook), ..text });
        outcome
    }

    /// What the port says of a file.
    fn take(&mut self, file: ProjectFile, ported: PortedFile) {
        self.text = Some(Text { text: file.source.text, lines: file.source.lines, notebook: None });
        // The program ends soon: taking the trees apart would cost more than it gives back.
        std::mem::forget(file.source.suite);
        for finding in ported.findings {
            let level = if finding.is_todo { Level::Todo } else { Level::Note };
            self.note(finding, level);
        }
        self.ported = ported.ported;
        self.forwards = ported.forwards;
        self.forwards_clean = ported.forwards_clean;
        self.why = ported.why;
    }

    fn note(&mut self, finding: Finding, level: Level) {
        self.findings.push(Noted { finding, level, ignored: false });
    }

    /// The two sides of a diff, where something changed.
    pub(crate) fn change(&self) -> Option<(Option<Vec<u8>>, &[u8])> {
        let Content::Bytes(after) = &self.content else { return None };
        match (self.status, &self.text) {
            (FileStatus::Added, _) => Some((None, after)),
            (FileStatus::Failed, _) | (_, None) => None,
            (_, Some(Text { notebook: Some(notebook), .. })) => Some((Some(notebook.json.clone().into_bytes()), after)),
            (_, Some(text)) => Some((encoding::encode(&text.text, self.encoding), after)),
        }
    }

    fn is_python(&self) -> bool {
        !matches!(self.status, FileStatus::Copied | FileStatus::Added) && !t2m_port::is_dependency_file(&self.rel)
    }
}

fn foreign(cell: usize) -> Finding {
    let reason = format!("cell {cell} is no Python of the notebook itself and names torch: it is left as it is");
    Finding::note("T2M605", TextRange::empty(TextSize::new(0)), reason)
}

fn not_in_cells() -> Finding {
    Finding {
        code: "T2M605",
        range: TextRange::empty(TextSize::new(0)),
        reason: "the ported code does not fall into the notebook's cells, so it is copied".into(),
        because: Vec::new(),
        help: Some("make a script of it with `jupyter nbconvert --to script FILE`, and port that".into()),
        is_todo: false,
    }
}

fn no_encoding(text: &str) -> Finding {
    let lost = text.chars().find(|c| u32::from(*c) > 255).unwrap_or_default();
    Finding {
        code: "T2M604",
        range: TextRange::empty(TextSize::new(0)),
        reason: format!("the ported text holds `{lost}`, which the file's encoding lacks"),
        because: Vec::new(),
        help: Some("save the file as UTF-8, remove its coding line, then port again".into()),
        is_todo: false,
    }
}

/// Everything about a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    /// Sorted by `rel`.
    pub files: Vec<FileOutcome>,
    pub skipped: Vec<Skipped>,
}

/// Sums over all files.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Totals {
    pub files: usize,
    pub ported: usize,
    pub ported_with_todos: usize,
    pub unchanged: usize,
    pub fallback: usize,
    pub failed: usize,
    pub copied: usize,
    pub added: usize,
    pub skipped: usize,
    pub sites_ported: usize,
    pub todos: usize,
    pub notes: usize,
    pub errors: usize,
    pub ignored: usize,
    pub forwards: usize,
    pub forwards_clean: usize,
}

impl Outcome {
    pub(crate) fn new(mut files: Vec<FileOutcome>, skipped: Vec<Skipped>, config: &Config) -> Self {
        files.sort_by(|a, b| a.rel.cmp(&b.rel));
        for file in &mut files {
            if let Some(source) = &file.source {
                for noted in file.findings.iter_mut().filter(|noted| noted.level != Level::Error) {
                    noted.ignored = config.ignores(source, noted.finding.code);
                }
            }
        }
        Self { files, skipped }
    }

    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals { files: self.files.len(), skipped: self.skipped.len(), ..Totals::default() };
        for file in &self.files {
            *match file.status {
                FileStatus::Ported => &mut totals.ported,
                FileStatus::PortedWithTodos => &mut totals.ported_with_todos,
                FileStatus::Unchanged => &mut totals.unchanged,
                FileStatus::Fallback => &mut totals.fallback,
                FileStatus::Failed => &mut totals.failed,
                FileStatus::Copied => &mut totals.copied,
                FileStatus::Added => &mut totals.added,
            } += 1;
            for noted in &file.findings {
                *match noted.level {
                    Level::Error => &mut totals.errors,
                    Level::Todo => &mut totals.todos,
                    Level::Note => &mut totals.notes,
                } += 1;
                totals.ignored += usize::from(noted.ignored);
            }
            totals.sites_ported += file.ported.iter().map(|count| count.sites).sum::<usize>();
            totals.forwards += file.forwards;
            totals.forwards_clean += file.forwards_clean;
        }
        totals
    }

    pub(crate) fn todos_by_code(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for noted in self.files.iter().flat_map(|file| &file.findings).filter(|noted| noted.level == Level::Todo) {
            *counts.entry(noted.finding.code).or_default() += 1;
        }
        counts
    }

    pub(crate) fn ported_by(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for count in self.files.iter().flat_map(|file| &file.ported) {
            *counts.entry(count.name.as_str()).or_default() += count.sites;
        }
        counts
    }

    /// Whether `--fail-on-todo` fails.
    pub(crate) fn has_open_ends(&self) -> bool {
        let told = |noted: &Noted| !noted.ignored && noted.level != Level::Note;
        self.files.iter().any(|file| file.status == FileStatus::Fallback || file.findings.iter().any(told))
    }

    /// Whether there was Python, and none of it could be ported.
    pub(crate) fn all_failed(&self) -> bool {
        let mut python = self.files.iter().filter(|file| file.is_python()).peekable();
        python.peek().is_some() && python.all(|file| file.status == FileStatus::Failed)
    }
}
