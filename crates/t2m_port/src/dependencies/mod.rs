//! What a project installs: requirements files, `pyproject.toml`, conda environments and the like name MLX where they named PyTorch.
//!
//! Only entries that are about PyTorch change; whatever else a file holds stays as it is, byte for byte. What can't be changed has a note.

mod commands;
mod conda;
mod distributions;
mod listed;
mod requirement;
mod requirements;
mod toml_file;

use std::ops::Range;

use t2m_syntax::{TextRange, TextSize};

pub use self::commands::port_install_commands;
pub(crate) use self::distributions::{Distributions, Fate};
pub(crate) use self::listed::without_item;
pub(crate) use self::requirement::{Requirement, oldest_python};
use crate::codes;
use crate::finding::Finding;

/// A dependency file with what became of it.
#[derive(Debug)]
pub struct PortedDependencies {
    pub text: String,
    pub findings: Vec<Finding>,
    /// Why each entry changed: (place, text).
    pub why: Vec<(TextRange, String)>,
}

/// Tells whether the port imports a module.
pub struct Imports<'a> {
    /// In any of its files.
    pub anywhere: &'a dyn Fn(&str) -> bool,
    /// In a module that the port adds.
    pub by_helpers: &'a dyn Fn(&str) -> bool,
}

/// The form of a dependency file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// One requirement a line, as pip reads them.
    Requirements,
    /// `install_requires =` and what is indented below.
    SetupCfg,
    Toml,
    Conda,
    /// Written by a tool, from one of the others.
    Lock,
    /// A recipe that installs packages by commands.
    Recipe,
}

impl Form {
    fn of(path: &str) -> Option<Self> {
        let path = path.to_lowercase();
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", &path));
        let is_listed = |stem: &str| ["requirement", "constraint"].iter().any(|word| stem.contains(word));
        let suffix = name.rsplit_once('.').map_or("", |(_, suffix)| suffix);
        Some(match suffix {
            _ if matches!(name, "poetry.lock" | "uv.lock" | "pdm.lock" | "pixi.lock" | "pipfile.lock" | "conda-lock.yml") => Self::Lock,
            "txt" | "in" if is_listed(name) || is_listed(folder.rsplit('/').next().unwrap_or_default()) => Self::Requirements,
            _ if matches!(name, "pyproject.toml" | "pixi.toml" | "pipfile") => Self::Toml,
            _ if name == "setup.cfg" => Self::SetupCfg,
            "yml" | "yaml" if ["env", "conda"].iter().any(|word| name.contains(word)) => Self::Conda,
            "yml" | "yaml" if folder.contains(".github/workflows") || name == ".gitlab-ci.yml" => Self::Recipe,
            "sh" | "dockerfile" => Self::Recipe,
            _ if name.starts_with("dockerfile") || name == "makefile" || name == "tox.ini" => Self::Recipe,
            _ => return None,
        })
    }
}

/// Whether a file of this name may say what a project installs.
pub fn is_dependency_file(path: &str) -> bool {
    Form::of(path).is_some()
}

/// What becomes of a dependency file, where there is something to change or to say.
pub fn port_dependencies(path: &str, text: &str, imports: &Imports<'_>) -> Option<PortedDependencies> {
    let form = Form::of(path)?;
    let port = |promotes: bool| {
        let mut changes = Changes::new(text, imports, promotes);
        match form {
            Form::Requirements => requirements::port(&mut changes),
            Form::SetupCfg => requirements::port_setup_cfg(&mut changes),
            Form::Toml => toml_file::port(&mut changes, path),
            Form::Conda => conda::port(&mut changes),
            Form::Lock => changes.name_by_hand("is written by a tool: make it anew from the port's dependencies"),
            Form::Recipe => changes.name_by_hand("is copied as it is: install `mlx` there"),
        }
        changes
    };
    let mut changes = port(false);
    // Who asks for torchvision alone gets torch with it.
    if changes.replaced == 0 && !changes.edits.is_empty() {
        changes = port(true);
    }
    changes.finish()
}

/// The changes to one file.
struct Changes<'a> {
    text: &'a str,
    distributions: &'static Distributions,
    imports: &'a Imports<'a>,
    edits: Vec<(Range<usize>, String)>,
    findings: Vec<Finding>,
    why: Vec<(TextRange, String)>,
    /// How many entries became `mlx`.
    replaced: usize,
    /// Whether the next of PyTorch's companions becomes `mlx`.
    promotes: bool,
    /// What is said of the Python to run on: where, and the specifier.
    pythons: Vec<(usize, &'a str)>,
    /// Names of what the file still asks for, but for `mlx`.
    named: Vec<String>,
    /// Names of what it asks for no more.
    gone: Vec<String>,
    /// Where `mlx` was put, with the text in front of such an entry and behind it.
    placed: Option<Placed>,
}

struct Placed {
    /// Behind the entry, where another can follow.
    end: usize,
    before: String,
    after: String,
}

impl<'a> Changes<'a> {
    fn new(text: &'a str, imports: &'a Imports<'a>, promotes: bool) -> Self {
        Self {
            text,
            distributions: Distributions::builtin(),
            imports,
            edits: Vec::new(),
            findings: Vec::new(),
            why: Vec::new(),
            replaced: 0,
            promotes,
            pythons: Vec::new(),
            named: Vec::new(),
            gone: Vec::new(),
            placed: None,
        }
    }

    fn note(&mut self, at: Range<usize>, reason: String) {
        self.findings.push(Finding::note(codes::DEPENDENCY, range(at), reason));
    }

    fn explain(&mut self, at: Range<usize>, reason: String) {
        self.why.push((range(at), reason));
    }

    fn fate(&mut self, name: &str) -> Fate {
        let fate = self.distributions.fate(name);
        if fate == Fate::Dropped {
            self.gone.push(distributions::normalized(name));
        }
        if fate == Fate::Dropped && self.promotes && name.contains("torch") {
            self.promotes = false;
            return Fate::Replaced;
        }
        fate
    }

    /// An entry for PyTorch becomes one for MLX.
    fn replace(&mut self, at: Range<usize>, new: String) {
        self.replaced += 1;
        self.change(at, new);
    }

    fn change(&mut self, at: Range<usize>, new: String) {
        self.explain(at.clone(), format!("dependency `{}` is `{new}`", &self.text[at.clone()]));
        self.edits.push((at, new));
    }

    /// Deletes an entry: what is said of it stands at `at`.
    fn delete(&mut self, at: Range<usize>, whole: Range<usize>) {
        let entry = self.text[at.clone()].trim().to_owned();
        self.explain(at, format!("dependency `{entry}` is not needed"));
        self.edits.push((whole, String::new()));
    }

    /// A requirement that starts at an offset, in a text of its own: its part that becomes another one, and whether it goes altogether.
    fn requirement(&mut self, start: usize, entry: &str, whole: impl Fn() -> Range<usize>) -> Option<usize> {
        let requirement = Requirement::parse(entry)?;
        let at = start + requirement.range.start..start + requirement.range.end;
        match self.fate(&requirement.name) {
            Fate::Replaced => {
                let new = self.distributions.requirement(requirement.is_bound());
                let end = at.start + new.len();
                self.replace(at, new);
                return Some(end);
            }
            Fate::Dropped => self.delete(at, whole()),
            Fate::NeedsTorch => {
                self.note(at, format!("`{}` needs PyTorch itself, and installs it", requirement.name));
                self.named.push(requirement.name);
            }
            Fate::Kept => self.named.push(requirement.name),
        }
        None
    }

    /// `>=3.8` asks for a Python that MLX doesn't have.
    fn raise_python(&mut self, start: usize, specifier: &str) {
        let Some(oldest) = requirement::oldest_python(specifier) else { return };
        let wanted = &self.distributions.mlx.python;
        let least = wanted.rsplit('.').next().and_then(|minor| minor.parse().ok());
        if least.is_none_or(|least: u32| oldest.minor >= least) {
            return;
        }
        let at = start + oldest.range.start..start + oldest.range.end;
        self.explain(at.clone(), format!("MLX needs Python {wanted}"));
        self.edits.push((at, wanted.clone()));
    }

    /// A file that is not changed: one note, at the first line that names torch.
    fn name_by_hand(&mut self, what: &str) {
        let is_named = |line: &str| {
            let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')));
            let mut words = words.map(|word| word.split("==").next().unwrap_or(word));
            words.any(|word| matches!(self.distributions.fate(word), Fate::Replaced))
        };
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            let code = line.trim_start();
            if !code.starts_with('#') && is_named(code) {
                let at = start..start + line.trim_end().len();
                let named = code.trim_end().to_owned();
                return self.note(at, format!("`{named}` {what}"));
            }
            start += line.len();
        }
    }

    fn finish(mut self) -> Option<PortedDependencies> {
        if self.replaced > 0 {
            std::mem::take(&mut self.pythons).into_iter().for_each(|(start, specifier)| self.raise_python(start, specifier));
        }
        self.add_what_was_brought();
        if self.findings.is_empty() && self.edits.is_empty() {
            return None;
        }
        self.edits.sort_by_key(|(at, _)| (at.start, at.end));
        let (mut text, mut end) = (String::with_capacity(self.text.len()), 0);
        for (at, new) in &self.edits {
            // What lies in a deleted part is gone with it.
            if at.start < end {
                continue;
            }
            text.push_str(&self.text[end..at.start]);
            text.push_str(new);
            end = at.end;
        }
        text.push_str(&self.text[end..]);
        self.findings.sort_by_key(|finding| finding.range.start());
        self.why.sort_by_key(|(at, _)| at.start());
        Some(PortedDependencies { text, findings: self.findings, why: self.why })
    }

    /// NumPy and Pillow, which torchvision installed, where the port imports them and the file doesn't name them. What helpers import is needed in any case.
    fn add_what_was_brought(&mut self) {
        let Some(placed) = self.placed.take() else { return };
        let known = self.distributions;
        for (by, module, name) in known.brought() {
            let is_needed = (self.imports.by_helpers)(module) || self.gone.iter().any(|gone| gone == by) && (self.imports.anywhere)(module);
            if is_needed && !self.named.iter().any(|named| named == name) {
                self.explain(placed.end..placed.end, format!("the port imports `{module}`"));
                self.edits.push((placed.end..placed.end, format!("{}{name}{}", placed.before, placed.after)));
            }
        }
    }
}

fn range(at: Range<usize>) -> TextRange {
    let size = |offset: usize| TextSize::new(u32::try_from(offset).unwrap_or(u32::MAX));
    TextRange::new(size(at.start), size(at.end))
}
