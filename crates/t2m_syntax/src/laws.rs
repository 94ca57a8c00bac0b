//! What every rendered file must keep, whatever was decided. Checked by every test, by the fuzzer, and at run time.

use std::collections::BTreeMap;

use rustpython_ast as ast;

use crate::piece::Decisions;
use crate::source::SourceFile;
use crate::{TextRange, node, reduced, reparse};

/// A law that a text breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Broken {
    /// The output does not parse.
    Parses { message: String, offset: usize },
    /// A comment of the input is missing in the output, or is there too often.
    Comments { comment: String, before: usize, after: usize },
    /// The output imports a package that it must not import.
    Imports { name: String },
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Parses { message, offset } => write!(f, "the output does not parse at byte {offset}: {message}"),
            Self::Comments { comment, before, after } => {
                write!(f, "comment `{comment}` stands {before} times in the input and {after} times in the output")
            }
            Self::Imports { name } => write!(f, "the output imports `{name}`"),
        }
    }
}

/// Checks `output`, rendered from `file` by `decisions`. `forbidden` names packages and modules. `is_new` says of a comment that a rule wrote it.
pub fn check(
    file: &SourceFile,
    decisions: &Decisions<'_>,
    output: &str,
    forbidden: &[&str],
    is_new: &dyn Fn(&str) -> bool,
) -> Result<(), Broken> {
    let dropped = &decisions.dropped_comments;
    if keeps_all(file, dropped, output, forbidden, is_new) {
        return Ok(());
    }
    let parsed = SourceFile::parse(file.path.clone(), output)
        .map_err(|error| Broken::Parses { message: error.message, offset: error.offset.to_usize() })?;
    let read = parsed.comments.iter().map(|comment| parsed.slice(*comment));
    comments(file, &file.comments, dropped, read, is_new)?;
    imports(&parsed.suite, forbidden)
}

/// Whether no law is broken, as far as can be told without parsing again what did not change.
fn keeps_all(file: &SourceFile, dropped: &[TextRange], output: &str, forbidden: &[&str], is_new: &dyn Fn(&str) -> bool) -> bool {
    let reduced = reduced::reduce(file, output);
    let Some(read) = reparse::reparse(&reduced.text, reduced::PLACEHOLDER) else { return false };
    let is_kept = |range: &TextRange| {
        let before = reduced.lines.partition_point(|lines| lines.start() <= range.start());
        before > 0 && reduced.lines[before - 1].contains_range(*range)
    };
    let others: Vec<TextRange> = file.comments.iter().copied().filter(|comment| !is_kept(comment)).collect();
    read.placeholders == reduced.placeholders
        && !dropped.iter().any(is_kept)
        && comments(file, &others, dropped, read.comments.iter().copied(), is_new).is_ok()
        && !read.imports.iter().any(|name| forbidden.iter().any(|package| is_within(name, package)))
        && reduced.kept.iter().all(|stmt| imports(std::slice::from_ref(*stmt), forbidden).is_ok())
}

/// `all` are the comments of the file that the output has to hold.
fn comments<'t>(
    file: &'t SourceFile,
    all: &[TextRange],
    dropped: &[TextRange],
    output: impl Iterator<Item = &'t str>,
    is_new: &dyn Fn(&str) -> bool,
) -> Result<(), Broken> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for comment in all {
        if !dropped.iter().any(|range| range.contains_range(*comment)) {
            counts.entry(file.slice(*comment).trim_end()).or_default().0 += 1;
        }
    }
    for comment in output.map(str::trim_end).filter(|comment| !is_new(comment)) {
        counts.entry(comment).or_default().1 += 1;
    }
    match counts.into_iter().find(|(comment, (before, after))| before != after && !is_new(comment)) {
        Some((comment, (before, after))) => Err(Broken::Comments { comment: comment.to_owned(), before, after }),
        None => Ok(()),
    }
}

/// Whether a dotted name is this package or module, or lies inside of it.
pub fn is_within(name: &str, package: &str) -> bool {
    name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn imports(suite: &[ast::Stmt], forbidden: &[&str]) -> Result<(), Broken> {
    let mut found = None;
    let mut check = |name: &str| {
        if forbidden.iter().any(|package| is_within(name, package)) {
            found = Some(name.to_owned());
        }
    };
    node::statements(suite, &mut |stmt| match stmt {
        ast::Stmt::Import(import) => import.names.iter().for_each(|alias| check(&alias.name)),
        ast::Stmt::ImportFrom(import) if import.level.is_none_or(|level| level.to_u32() == 0) => {
            if let Some(module) = &import.module {
                check(module);
            }
        }
        _ => {}
    });
    found.map_or(Ok(()), |name| Err(Broken::Imports { name }))
}
