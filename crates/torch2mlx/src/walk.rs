//! Which files a run takes, in a fixed order, and which it passes by and why.
//!
//! Folders are walked here and not by the crate `ignore` because what is passed by must be said; its matcher decides about `.gitignore`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use ignore::gitignore::Gitignore;

use crate::failure::{failure, io_failure, reason};
use crate::output::MARKER;

mod gitrules;

use gitrules::{GitRules, Verdict};

const INIT: &str = "__init__.py";

/// A file to port or to copy.
#[derive(Debug)]
pub(crate) struct Input {
    /// Path below the output folder, with `/`.
    pub rel: String,
    pub path: PathBuf,
    /// As messages name it.
    pub shown: String,
    pub is_python: bool,
}

/// Something that was not taken.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Skipped {
    pub shown: String,
    pub why: String,
}

#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// Sorted by `rel`.
    pub inputs: Vec<Input>,
    pub skipped: Vec<Skipped>,
    /// Canonical paths of the sources, for the border between sources and output.
    pub roots: Vec<PathBuf>,
    /// Folders below the output (`""`: the output itself) and the sources that go there, as messages name them.
    pub origins: Vec<(String, String)>,
    /// Files below the output that a link leads to: another file of the source, read twice.
    pub linked: BTreeSet<String>,
    /// Folders that can't be read, and why.
    pub unreadable: Vec<(Input, String)>,
    /// Dotted name where the one source is itself a package, or where it is a file of one that is ported in place.
    pub root_package: Option<String>,
    /// What a file that is ported in place stands beside.
    pub beside: Vec<String>,
}

/// What to leave out.
pub(crate) struct Filter<'a> {
    /// Canonical path of the output folder, which may lie inside a source.
    pub out: Option<&'a Path>,
    pub exclude: &'a Gitignore,
    pub respect_gitignore: bool,
    /// The port is to stand where the sources are.
    pub in_place: bool,
}

/// Collects the files of all sources. A source that doesn't exist, and two files that would be written to one place, are errors.
pub(crate) fn walk(sources: &[PathBuf], filter: &Filter<'_>) -> anyhow::Result<Walked> {
    let mut walked = Walked::default();
    let alone = sources.len() == 1;
    for source in sources {
        let root = fs::canonicalize(source).map_err(|error| io_failure("read", source, &error))?;
        if root.is_dir() {
            let prefix = if alone { String::new() } else { own_name(source, &root)? };
            if alone {
                walked.root_package = package_name(&root);
            }
            walked.origins.push((prefix.clone(), shown_folder(source)));
            let rules = if filter.respect_gitignore { GitRules::above(&root) } else { GitRules::default() };
            let mut walker = Walker { filter, root: &root, rules, walked: &mut walked };
            fs::read_dir(&root).map_err(|error| io_failure("read", source, &error))?;
            walker.folder(&Place { path: root.clone(), rel: prefix, shown: shown_folder(source) }, &mut vec![root.clone()], false)?;
        } else if !root.is_file() {
            return Err(failure(
                format!("`{}` is neither a file nor a folder", source.display()),
                "port what comes through a pipe with `-`",
            ));
        } else {
            let rel = own_name(source, &root)?;
            if alone {
                walked.origins.push((String::new(), shown_folder(source.parent().unwrap_or(Path::new("")))));
            }
            if alone && filter.in_place {
                walked.stand_beside(&root, source);
            }
            walked.inputs.push(Input { rel, path: source.clone(), shown: show(source), is_python: true });
        }
        walked.roots.push(root);
    }
    walked.inputs.sort_by(|a, b| a.rel.cmp(&b.rel));
    walked.skipped.sort();
    refuse_clashes(&walked.inputs)?;
    Ok(walked)
}

impl Walked {
    /// What the package and the helper module of an earlier port say about one file.
    fn stand_beside(&mut self, file: &Path, source: &Path) {
        let Some(folder) = file.parent() else { return };
        (self.root_package, self.beside) = package_around(file);
        let helpers = format!("{}.py", t2m_port::helpers::MODULE);
        if folder.join(&helpers).is_file() && !file.ends_with(&helpers) {
            let path = source.with_file_name(&helpers);
            self.inputs.push(Input { shown: show(&path), path, rel: helpers, is_python: true });
        }
    }

    /// Where a file that the port adds would stand among the sources.
    pub(crate) fn shown_beside(&self, rel: &str) -> String {
        let inside = |(folder, shown): &(String, String)| {
            let rest = if folder.is_empty() { rel } else { rel.strip_prefix(folder.as_str())?.strip_prefix('/')? };
            Some(if shown.is_empty() { rest.to_owned() } else { format!("{}/{rest}", shown.trim_end_matches('/')) })
        };
        self.origins.iter().find_map(inside).unwrap_or_else(|| rel.to_owned())
    }
}

/// A folder under its three names.
struct Place {
    path: PathBuf,
    rel: String,
    shown: String,
}

impl Place {
    fn child(&self, name: &str) -> Self {
        let join = |base: &str| if base.is_empty() { name.to_owned() } else { format!("{base}/{name}") };
        Self { path: self.path.join(name), rel: join(&self.rel), shown: join(self.shown.trim_end_matches('/')) }
    }
}

struct Walker<'a> {
    filter: &'a Filter<'a>,
    root: &'a Path,
    rules: GitRules,
    walked: &'a mut Walked,
}

impl Walker<'_> {
    /// `above`: canonical paths of the folders that we are in, against links in circles. `in_link`: we came through a link.
    fn folder(&mut self, place: &Place, above: &mut Vec<PathBuf>, in_link: bool) -> anyhow::Result<()> {
        let mut names = Vec::new();
        let entries = match fs::read_dir(&place.path) {
            Ok(entries) => entries,
            Err(error) => {
                let input = Input { rel: place.rel.clone(), path: place.path.clone(), shown: place.shown.clone(), is_python: false };
                self.walked.unreadable.push((input, reason(&error)));
                return Ok(());
            }
        };
        for entry in entries {
            let entry = entry.map_err(|error| io_failure("read", &place.path, &error))?;
            match entry.file_name().into_string() {
                Ok(name) => names.push(name),
                Err(name) => self.skip(&place.child(&name.to_string_lossy()).shown, "name is not UTF-8"),
            }
        }
        names.sort();
        let depth = self.rules.len();
        if self.filter.respect_gitignore && names.iter().any(|name| name == ".gitignore") {
            self.rules.push(&place.path);
        }
        for name in &names {
            self.entry(&place.child(name), name, above, in_link)?;
        }
        self.rules.truncate(depth);
        Ok(())
    }

    fn entry(&mut self, place: &Place, name: &str, above: &mut Vec<PathBuf>, in_link: bool) -> anyhow::Result<()> {
        let Ok(link) = fs::symlink_metadata(&place.path) else {
            self.skip(&place.shown, "vanished");
            return Ok(());
        };
        if name.starts_with('.') {
            self.skip(&place.shown, "hidden");
            return Ok(());
        }
        let is_link = link.file_type().is_symlink();
        let Ok(target) = fs::canonicalize(&place.path) else {
            self.skip(&place.shown, if is_link { "link to nowhere" } else { "unreadable" });
            return Ok(());
        };
        let is_dir = target.is_dir();
        if is_dir && name == "__pycache__" {
            self.skip(&place.shown, "cache");
        } else if self.rules.verdict(&place.path, is_dir) == Verdict::Ignored {
            self.skip(&place.shown, "gitignored");
        } else if self.filter.exclude.matched(&place.path, is_dir).is_ignore() {
            self.skip(&place.shown, "excluded");
        } else if self.filter.out == Some(&target) {
            self.skip(&place.shown, "output");
        } else if is_dir && target.join(MARKER).exists() {
            self.skip(&place.shown, "earlier output");
        } else if is_link && !target.starts_with(self.root) {
            self.skip(&place.shown, "link out of the source");
        } else if is_link && is_dir && above.contains(&target) {
            self.skip(&place.shown, "link in a circle");
        } else if is_link && is_dir && in_link {
            self.skip(&place.shown, "link below a link");
        } else if is_dir {
            above.push(target);
            self.folder(place, above, in_link || is_link)?;
            above.pop();
        } else if target.is_file() {
            let is_python = is_python(&place.path, name);
            if in_link || is_link {
                self.walked.linked.insert(place.rel.clone());
            }
            self.walked.inputs.push(Input { rel: place.rel.clone(), path: place.path.clone(), shown: place.shown.clone(), is_python });
        } else {
            self.skip(&place.shown, "neither file nor folder");
        }
        Ok(())
    }

    fn skip(&mut self, shown: &str, why: impl Into<String>) {
        self.walked.skipped.push(Skipped { shown: shown.to_owned(), why: why.into() });
    }
}

/// By its suffix (notebooks are Python until they are read), or by its first line where it has none: `#!/usr/bin/env python3`.
fn is_python(path: &Path, name: &str) -> bool {
    match name.rsplit_once('.') {
        Some((_, suffix)) => matches!(suffix, "py" | "pyw" | "ipynb"),
        None => {
            let mut start = [0; 64];
            let read = fs::File::open(path).and_then(|mut file| file.read(&mut start)).unwrap_or(0);
            let line = start[..read].split(|&byte| byte == b'\n').next().unwrap_or_default();
            line.starts_with(b"#!") && line.windows(6).any(|word| word == b"python")
        }
    }
}

fn own_name(source: &Path, root: &Path) -> anyhow::Result<String> {
    let name = source.file_name().or_else(|| root.file_name()).and_then(|name| name.to_str());
    name.map(str::to_owned).ok_or_else(|| {
        failure(format!("`{}` has no name of its own below DIR", source.display()), "port it alone, or give it a name in UTF-8")
    })
}

/// The package that a file belongs to, and the file that says so where it is another.
pub(crate) fn package_around(file: &Path) -> (Option<String>, Vec<String>) {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let package = fs::canonicalize(folder).ok().and_then(|folder| package_name(&folder));
    let init = package.iter().filter(|_| !file.ends_with(INIT)).map(|_| INIT.to_owned()).collect();
    (package, init)
}

/// `a.b` for a folder `b` with an `__init__.py`, in a folder `a` with one.
fn package_name(root: &Path) -> Option<String> {
    let mut names = Vec::new();
    let mut folder = root;
    while folder.join(INIT).is_file() {
        names.push(folder.file_name()?.to_str()?);
        folder = folder.parent()?;
    }
    names.reverse();
    (!names.is_empty()).then(|| names.join("."))
}

/// A path as the user wrote it, with `/` and without a leading `./`.
pub(crate) fn show(path: &Path) -> String {
    let shown = path.to_string_lossy().replace(std::path::MAIN_SEPARATOR, "/");
    shown.strip_prefix("./").map_or(shown.clone(), str::to_owned)
}

/// An absolute path as seen from the current folder.
pub(crate) fn show_from_here(path: &Path) -> String {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    let below = here.ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_owned));
    match below {
        Some(below) if below.as_os_str().is_empty() => ".".into(),
        Some(below) => show(&below),
        None => show(path),
    }
}

fn shown_folder(source: &Path) -> String {
    match show(source).as_str() {
        "." | "" => String::new(),
        "/" => "/".into(),
        shown => shown.trim_end_matches('/').to_owned(),
    }
}

fn refuse_clashes(inputs: &[Input]) -> anyhow::Result<()> {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for input in inputs {
        if let Some(first) = seen.insert(&input.rel, &input.shown) {
            return Err(failure(
                format!("`{first}` and `{}` would both be written to `{}` below DIR", input.shown, input.rel),
                "rename one of them, or port them into two folders",
            ));
        }
    }
    Ok(())
}
