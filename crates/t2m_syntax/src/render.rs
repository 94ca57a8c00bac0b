//! Renders a file once from its tree, its bytes and the decisions about its nodes. Rendering never decides.
//!
//! An undecided node is its source bytes, with its children rendered between them. Subtrees without any decision are copied in one piece.
//! Comments that no rendered piece covers are hoisted above their statement, in order.

mod nest;
mod node;
mod pieces;
mod statement;

use rustc_hash::FxHashSet;
use rustpython_ast as ast;

use crate::out::Out;
use crate::piece::{Action, Decisions};
use crate::source::SourceFile;
use crate::{NodeId, TextRange, TextSize, ranges};

/// The text of `file` after `decisions`.
pub fn render(file: &SourceFile, decisions: &Decisions<'_>) -> String {
    if decisions.is_empty() {
        return file.text.clone();
    }
    let mut renderer = Renderer::new(file, decisions);
    let mut out = Out::default();
    let end = renderer.suite(&file.suite, 0, &mut out);
    renderer.push_source(end, file.text.len(), &mut out);
    out.text
}

struct Renderer<'f, 'a> {
    file: &'f SourceFile,
    decisions: &'f Decisions<'a>,
    /// Ranges of the decided nodes, sorted.
    decided: Vec<(usize, usize)>,
    /// Which comments have been written, or were dropped by a rule.
    covered: Vec<bool>,
    /// Statements whose deletion would empty their suite: the last of it becomes `pass`.
    passes: FxHashSet<NodeId>,
}

/// Where and in what indentation a rewrite of a statement is written.
struct Place<'s> {
    indent: &'s str,
    /// Of the line on which the text begins, which may be one inside of brackets.
    line: &'s str,
}

impl<'f, 'a> Renderer<'f, 'a> {
    fn new(file: &'f SourceFile, decisions: &'f Decisions<'a>) -> Self {
        let ids = decisions.exprs.keys().chain(decisions.stmts.keys()).chain(decisions.nests.keys());
        let mut decided: Vec<_> = ids.map(|id| (id.range().start().to_usize(), id.range().end().to_usize())).collect();
        decided.sort_unstable();
        let mut covered = vec![false; file.comments.len()];
        for dropped in &decisions.dropped_comments {
            for i in file.comments_in(*dropped) {
                covered[i] = true;
            }
        }
        Self { file, decisions, decided, covered, passes: FxHashSet::default() }
    }

    /// Whether any decision lies within `start..end`. Nodes nest, so one that starts inside ends inside,
    /// except for one that starts where the range does.
    fn is_decided(&self, start: usize, end: usize) -> bool {
        let first = self.decided.partition_point(|&(s, _)| s < start);
        self.decided[first..].iter().take_while(|&&(s, _)| s < end).any(|&(_, e)| e <= end)
    }

    fn push_source(&mut self, start: usize, end: usize, out: &mut Out) {
        if start >= end {
            return;
        }
        let file = self.file;
        let range = TextRange::new(TextSize::new(start as u32), TextSize::new(end as u32));
        let text = file.slice(range);
        // Most of what is copied lies between two parts of one line.
        if file.is_within_line(start) && memchr::memchr3(b'\n', b'\r', b'#', text.as_bytes()).is_none() {
            return out.push_protected(text, std::iter::empty());
        }
        for i in file.comments_in(range) {
            self.covered[i] = true;
        }
        let first = file.strings.partition_point(|s| s.end().to_usize() <= start);
        let strings = file.strings[first..].iter().take_while(|s| s.start().to_usize() < end);
        let protected = strings.flat_map(|s| {
            let (from, to) = (s.start().to_usize().max(start), s.end().to_usize().min(end));
            file.text[from..to].match_indices(['\n', '\r']).map(move |(i, _)| from + i - start)
        });
        if let Some(line) = file.last_logical_line(range) {
            out.begin_line(out.text.len() + line.to_usize() - start);
        }
        out.push_protected(text, protected);
    }

    /// Takes back the comment that ends what was written of `range`, where code is to follow on the same line: it goes above the statement instead.
    fn take_comment(&mut self, range: TextRange, out: &mut Out) {
        let file = self.file;
        while let Some(i) =
            file.comments_in(range).find(|i| self.covered[*i] && out.text.ends_with(file.slice(file.comments[*i]).trim_end()))
        {
            let comment = file.slice(file.comments[i]).trim_end();
            let len = out.text[..out.text.len() - comment.len()].trim_end_matches([' ', '\t', '\r', '\n']).len();
            out.truncate(len);
            self.covered[i] = false;
        }
    }

    /// Renders the statements of one suite and the gaps before them from `at` on; gives the source offset reached.
    fn suite(&mut self, stmts: &'a [ast::Stmt], mut at: usize, out: &mut Out) -> usize
    where
        'f: 'a,
    {
        self.mark_pass(stmts);
        for stmt in stmts {
            let start = ranges::decorated(self.file, stmt).start().to_usize();
            if start < at {
                continue;
            }
            self.push_source(at, start, out);
            at = self.stmt(stmt, 0, out);
        }
        at
    }

    /// If all statements of a suite go, the last one stays as `pass`.
    fn mark_pass(&mut self, stmts: &[ast::Stmt]) {
        let deleted = |stmt: &ast::Stmt| {
            let decision = self.decisions.stmts.get(&NodeId::from(stmt));
            decision.is_some_and(|decision| matches!(decision.action, Action::Delete) && decision.after.is_empty())
        };
        if let Some(last) = stmts.last()
            && stmts.iter().all(deleted)
            && !std::ptr::eq(stmts, &raw const *self.file.suite)
        {
            self.passes.insert(NodeId::from(last));
        }
    }

    /// Renders one statement, whose gap has been written, with those that move under a header with it; gives the source offset reached.
    /// `depth` is the number of headers that were written for it.
    fn stmt(&mut self, stmt: &'a ast::Stmt, depth: usize, out: &mut Out) -> usize {
        let decisions = self.decisions;
        match decisions.nests.get(&NodeId::from(stmt)).and_then(|nests| nests.get(depth)) {
            Some(nest) => self.nest(nest, depth, out),
            None => self.own_stmt(stmt, out),
        }
    }
}

fn push_parenthesized(sub: &Out, parentheses: bool, out: &mut Out) {
    if parentheses {
        out.push_str("(");
    }
    out.append(sub);
    if parentheses {
        out.push_str(")");
    }
}
