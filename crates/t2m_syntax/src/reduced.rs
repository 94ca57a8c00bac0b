//! Most statements of a rendered text stand in the original too, which is known to parse: they need not be parsed again.
//!
//! In the reduced text, whole lines that are a statement of the original, byte for byte, are replaced by one short statement of the same indentation.
//! It is no expression, so it can't stand inside of brackets or in a continued line; and where it ends up in a string, it is missed when they are counted.
//! The same goes for the header of a definition whose body has changed: a short one takes its place.
//! So if the reduced text parses and has all of them, then the whole text does. That it does not parse says nothing.

use std::hash::{Hash, Hasher};

use ast::Ranged;
use rustc_hash::FxHasher;
use rustpython_ast as ast;

use crate::line_index::LineIndex;
use crate::{SourceFile, TextRange, TextSize, node, ranges};

/// The name in statements that stand for others.
pub(crate) const PLACEHOLDER: &str = "__kept__";

pub(crate) struct Reduced<'f> {
    pub(crate) text: String,
    /// The statements of the original that are left out, in order.
    pub(crate) kept: Vec<&'f ast::Stmt>,
    /// The lines that are left out, in order: of these statements, and of headers.
    pub(crate) lines: Vec<TextRange>,
    /// How many statements stand for them.
    pub(crate) placeholders: usize,
}

pub(crate) fn reduce<'f>(file: &'f SourceFile, output: &str) -> Reduced<'f> {
    let lines = LineIndex::new(output);
    let ends = (1..lines.len()).map(|line| lines.line_start(line).to_usize()).chain([output.len()]);
    let hashes = ends.scan(0, |start, end| Some(hash(&output[std::mem::replace(start, end)..end]))).collect();
    let reduced = Reduced { text: String::with_capacity(output.len() / 2), kept: Vec::new(), lines: Vec::new(), placeholders: 0 };
    let mut reducer = Reducer { file, output, lines, hashes, written: 0, line: 0, source_line: 0, indentation: None, reduced };
    reducer.suite(&file.suite);
    let mut reduced = reducer.reduced;
    reduced.text.push_str(&output[reducer.written..]);
    reduced
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
    /// Of the statement that was left out last, where no header followed.
    indentation: Option<&'f str>,
    reduced: Reduced<'f>,
}

impl<'f> Reducer<'_, 'f> {
    fn suite(&mut self, suite: &'f [ast::Stmt]) {
        for stmt in suite {
            if !self.keep(stmt) {
                self.keep_header(stmt);
                node::suites(stmt).into_iter().for_each(|inner| self.suite(inner));
            }
        }
    }

    /// Leaves a statement out if it stands in the output.
    fn keep(&mut self, stmt: &'f ast::Stmt) -> bool {
        let Some(range) = whole_lines(self.file, stmt) else { return false };
        let Some(start) = self.find(range) else { return false };
        let first = ranges::decorated(self.file, stmt).start();
        // Ex) `elif b:` is a statement of the tree, but needs the `if` above.
        if self.file.text[first.to_usize()..].starts_with("elif") {
            return false;
        }
        let indentation = self.indentation(range, first);
        let gap = &self.output[self.written..start];
        // One statement stands for all that follow each other.
        let follows =
            self.indentation == Some(indentation) && gap.bytes().all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\x0c'));
        if !follows {
            self.reduced.text.extend([gap, indentation, "del ", PLACEHOLDER, "\n"]);
            self.reduced.placeholders += 1;
        }
        self.indentation = Some(indentation);
        self.reduced.kept.push(stmt);
        self.leave_out(range, start);
        true
    }

    /// Leaves out the lines from `def` or `class` to the first statement inside, if they stand in the output.
    fn keep_header(&mut self, stmt: &'f ast::Stmt) {
        let body = match stmt {
            ast::Stmt::FunctionDef(def) => &def.body,
            ast::Stmt::AsyncFunctionDef(def) => &def.body,
            ast::Stmt::ClassDef(def) => &def.body,
            _ => return,
        };
        let Some(first) = body.first().map(|first| ranges::decorated(self.file, first).start()) else { return };
        let keyword = stmt.range().start();
        if !self.file.starts_line(keyword) || !self.file.starts_line(first) {
            return;
        }
        let line_start = |at| self.file.lines.line_start(self.file.lines.line(at));
        let range = TextRange::new(line_start(keyword), line_start(first));
        let Some(start) = self.find(range) else { return };
        self.reduced.text.extend([&self.output[self.written..start], self.indentation(range, keyword), "class ", PLACEHOLDER, ":\n"]);
        self.reduced.placeholders += 1;
        self.indentation = None;
        self.leave_out(range, start);
    }

    /// Where lines of the original stand in the output, not far below what was looked at.
    fn find(&self, range: TextRange) -> Option<usize> {
        let text = self.file.slice(range);
        let first = self.file.lines.line(range.start());
        // The more lines are behind, the more may have been added.
        let window = 2 * first.saturating_sub(self.source_line) + 40;
        let hash = hash(&self.file.text[range.start().to_usize()..self.file.lines.line_start(first + 1).to_usize()]);
        let near = self.hashes[self.line..].iter().take(window).zip(self.line..);
        let mut places = near.filter(|(other, _)| **other == hash).map(|(_, line)| self.lines.line_start(line).to_usize());
        let start = places.find(|start| self.output[*start..].starts_with(text))?;
        // After `if a: \` a short statement may stand, but not each one.
        (!self.output[..start].trim_end_matches(['\n', '\r']).ends_with('\\')).then_some(start)
    }

    fn indentation(&self, lines: TextRange, first: TextSize) -> &'f str {
        self.file.slice(TextRange::new(lines.start(), first))
    }

    /// Goes on behind lines of the original that stand at `start` of the output.
    fn leave_out(&mut self, range: TextRange, start: usize) {
        self.reduced.lines.push(range);
        self.written = start + range.len().to_usize();
        self.line = self.lines.line(TextSize::new(self.written as u32));
        self.source_line = self.file.lines.line(range.end());
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
