//! Most statements of a rendered text stand in the original too, which is known to parse: they need not be parsed again.
//!
//! In the reduced text, whole lines that are a statement of the original, byte for byte, are replaced by one short statement of the same indentation.
//! It is no expression, so it can't stand inside of brackets or in a continued line; and where it ends up in a string, it is missed when they are counted.
//! So if the reduced text parses, then the whole text does. That it does not parse says nothing.

use std::hash::{Hash, Hasher};

use ast::Ranged;
use rustc_hash::FxHasher;
use rustpython_ast as ast;

use crate::line_index::LineIndex;
use crate::{SourceFile, TextRange, node, ranges};

const NAME: &str = "__kept__";

pub(crate) struct Reduced<'f> {
    pub(crate) text: String,
    /// The statements of the original that are left out, in order, with their lines.
    pub(crate) kept: Vec<(&'f ast::Stmt, TextRange)>,
    /// How many statements stand for them.
    count: usize,
}

pub(crate) fn reduce<'f>(file: &'f SourceFile, output: &str) -> Reduced<'f> {
    let lines = LineIndex::new(output);
    let ends = (1..lines.len()).map(|line| lines.line_start(line).to_usize()).chain([output.len()]);
    let hashes = ends.scan(0, |start, end| Some(hash(&output[std::mem::replace(start, end)..end]))).collect();
    let reduced = Reduced { text: String::with_capacity(output.len() / 2), kept: Vec::new(), count: 0 };
    let mut reducer = Reducer { file, output, lines, hashes, written: 0, line: 0, source_line: 0, indentation: None, reduced };
    reducer.suite(&file.suite);
    let mut reduced = reducer.reduced;
    reduced.text.push_str(&output[reducer.written..]);
    reduced
}

impl Reduced<'_> {
    /// Whether all that was left out stood where statements stand.
    pub(crate) fn is_sound(&self, parsed: &SourceFile) -> bool {
        let mut found = 0;
        node::statements(&parsed.suite, &mut |stmt| {
            found += usize::from(
                matches!(stmt, ast::Stmt::Delete(s) if matches!(&s.targets[..], [ast::Expr::Name(name)] if name.id.as_str() == NAME)),
            );
        });
        found == self.count
    }
}

struct Reducer<'o, 'f> {
    file: &'f SourceFile,
    output: &'o str,
    lines: LineIndex,
    /// Of the output's lines.
    hashes: Vec<u64>,
    /// How much of the output was looked at, in bytes and lines, and the line of the original that this belongs to.
    written: usize,
    line: usize,
    source_line: usize,
    /// Of the statement that was left out last.
    indentation: Option<&'f str>,
    reduced: Reduced<'f>,
}

impl<'f> Reducer<'_, 'f> {
    fn suite(&mut self, suite: &'f [ast::Stmt]) {
        for stmt in suite {
            if !self.keep(stmt) {
                node::suites(stmt).into_iter().for_each(|inner| self.suite(inner));
            }
        }
    }

    /// Leaves a statement out if it stands in the output, not far below what was looked at.
    fn keep(&mut self, stmt: &'f ast::Stmt) -> bool {
        let Some(range) = whole_lines(self.file, stmt) else { return false };
        let text = self.file.slice(range);
        let (first, last) = (self.file.lines.line(range.start()), self.file.lines.line(range.end()));
        // The more lines are behind, the more may have been added.
        let window = 2 * first.saturating_sub(self.source_line) + 40;
        let line = &self.file.text[range.start().to_usize()..self.file.lines.line_start(first + 1).to_usize()];
        let hash = hash(line);
        let near = self.hashes[self.line..].iter().take(window).zip(self.line..);
        let mut places = near.filter(|(other, _)| **other == hash).map(|(_, line)| (line, self.lines.line_start(line).to_usize()));
        let Some((at, start)) = places.find(|(_, start)| self.output[*start..].starts_with(text)) else { return false };
        let indent = ranges::decorated(self.file, stmt).start().to_usize() - range.start().to_usize();
        // Ex) `elif b:` is a statement of the tree, but needs the `if` above. After `if a: \` a short statement may stand, but not each one.
        if line[indent..].starts_with("elif") || self.output[..start].trim_end_matches(['\n', '\r']).ends_with('\\') {
            return false;
        }
        let indentation = &line[..indent];
        let gap = &self.output[self.written..start];
        // One statement stands for all that follow each other.
        let follows =
            self.indentation == Some(indentation) && gap.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c'));
        if !follows {
            self.reduced.text.extend([gap, indentation, "del ", NAME, "\n"]);
            self.reduced.count += 1;
        }
        self.indentation = Some(indentation);
        self.reduced.kept.push((stmt, range));
        self.written = start + text.len();
        self.line = at + last - first;
        self.source_line = last;
        true
    }
}

/// The lines of a statement with the last line end, if nothing else stands on them but a comment.
fn whole_lines(file: &SourceFile, stmt: &ast::Stmt) -> Option<TextRange> {
    let start = ranges::decorated(file, stmt).start();
    let after = file.lines.line(stmt.range().end()) + 1;
    if !file.starts_line(start) || after >= file.lines.len() {
        return None;
    }
    let end = file.lines.line_start(after);
    let rest = file.text[stmt.range().end().to_usize()..end.to_usize()].trim_start();
    (rest.is_empty() || rest.starts_with('#')).then(|| TextRange::new(file.lines.line_start(file.lines.line(start)), end))
}

fn hash(line: &str) -> u64 {
    let mut hasher = FxHasher::default();
    line.hash(&mut hasher);
    hasher.finish()
}
