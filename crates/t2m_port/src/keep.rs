//! `# torch2mlx: keep`: a statement that the user wants as it is, and such comments that keep nothing.

use rustc_hash::FxHashSet;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{SourceFile, TextRange, node, ranges};

use crate::codes;
use crate::finding::Finding;

/// The comments of one file, and which of them kept something from being changed.
pub(crate) struct Keeps {
    /// Indices of the comments.
    all: Vec<usize>,
    used: FxHashSet<usize>,
}

impl Keeps {
    pub(crate) fn new(file: &SourceFile) -> Self {
        let says = |i: &usize| file.slice(file.comments[*i]).trim_start_matches('#').trim() == "torch2mlx: keep";
        Self { all: (0..file.comments.len()).filter(says).collect(), used: FxHashSet::default() }
    }

    /// The comment that keeps a statement: on any line of a simple one, on the header of a compound one.
    pub(crate) fn of(&self, file: &SourceFile, stmt: &ast::Stmt) -> Option<usize> {
        if self.all.is_empty() {
            return None;
        }
        let lines = lines_of(file, stmt);
        self.all.iter().copied().find(|i| lines.contains_range(file.comments[*i]))
    }

    /// Whether the statement, or one inside of it, is kept.
    pub(crate) fn within(&self, file: &SourceFile, stmt: &ast::Stmt) -> bool {
        let mut found = false;
        if !self.all.is_empty() {
            node::statements(std::slice::from_ref(stmt), &mut |inner| found |= self.of(file, inner).is_some());
        }
        found
    }

    pub(crate) fn mark_used(&mut self, comment: usize) {
        self.used.insert(comment);
    }

    /// What is to say of the others.
    pub(crate) fn unused<'k>(&'k self, file: &'k SourceFile) -> impl Iterator<Item = Finding> + 'k {
        let unused = self.all.iter().filter(|i| !self.used.contains(i));
        unused.map(|i| Finding::note(codes::UNUSED_KEEP, file.comments[*i], "nothing would have changed here: the comment keeps nothing"))
    }
}

/// The lines of a statement's own text, without those of its suites.
fn lines_of(file: &SourceFile, stmt: &ast::Stmt) -> TextRange {
    let start = file.lines.line_start(file.lines.line(ranges::decorated(file, stmt).start()));
    let first = node::suites(stmt).into_iter().flatten().map(|inner| ranges::decorated(file, inner).start()).min();
    let end = match first {
        // The header ends where the suite begins, or with its line where both share one.
        Some(first) if file.starts_line(first) => {
            let header = t2m_syntax::ranges::skip_trivia_back(file, first.to_usize());
            file.lines.line_start(file.lines.line((header as u32).into()) + 1).min(first)
        }
        _ => file.lines.line_start(file.lines.line(stmt.range().end()) + 1).max(stmt.range().end()),
    };
    TextRange::new(start, end.max(start))
}
