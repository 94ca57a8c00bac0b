//! Nodes where they stand in the source: the bytes between their children, and what edits put there.

use ast::Ranged;
use rustpython_ast as ast;

use super::{Place, Renderer, push_parenthesized};
use crate::out::Out;
use crate::piece::{Decision, Edit};
use crate::{Node, NodeId, TextRange, fstring, node, precedence, ranges};

impl<'a> Renderer<'_, 'a> {
    /// A node as it stands within `range`, but for `edits` and for its children's decisions; gives the source offset reached.
    pub(super) fn node(&mut self, node: Node<'a>, range: TextRange, edits: &[&Edit<'a>], out: &mut Out) -> usize {
        let end = range.end().to_usize();
        let mut at = range.start().to_usize();
        let mut edits: Vec<&Edit<'a>> = edits.to_vec();
        edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        let mut edits = edits.into_iter().peekable();
        if let Node::Stmt(stmt) = node {
            for suite in node::suites(stmt) {
                self.mark_pass(suite);
            }
        }
        let indent = self.file.indentation(range.start()).to_owned();
        for child in node.children() {
            let child_range = match child {
                Node::Stmt(stmt) => ranges::decorated(self.file, stmt),
                Node::Expr(expr) => expr.range(),
            };
            let (child_start, child_end) = (child_range.start().to_usize(), child_range.end().to_usize());
            let mut inside = Vec::new();
            while let Some(edit) = edits.peek() {
                let (edit_start, edit_end) = (edit.range.start().to_usize(), edit.range.end().to_usize());
                // What is inserted at either end stands beside the child, however that renders.
                let is_beside = edit_start == edit_end && (edit_start == child_start || edit_start == child_end);
                let is_whole = (edit_start, edit_end) == (child_start, child_end);
                let is_inside = edit_start >= child_start && edit_end <= child_end && !is_beside && !is_whole;
                if is_inside && child_start >= at {
                    inside.push(*edit);
                } else if edit_start <= child_start {
                    self.push_source(at, edit_start, out);
                    self.pieces(&edit.pieces, &Place { indent: &indent, line: self.file.line_indentation(edit.range.start()) }, out);
                    at = at.max(edit_end);
                } else {
                    break;
                }
                edits.next();
            }
            if child_start < at {
                continue;
            }
            self.push_source(at, child_start, out);
            at = match child {
                Node::Stmt(stmt) => self.stmt(stmt, 0, out),
                Node::Expr(expr) if matches!(node, Node::Expr(ast::Expr::JoinedStr(_))) => self.field(expr, out),
                Node::Expr(expr) if inside.is_empty() => {
                    self.child(node, expr, out);
                    let whole = ranges::whole(self.file, expr);
                    let is_at_end = |edit: &&&Edit<'a>| edit.range.start() == whole.end();
                    let rest = self.file.text[whole.end().to_usize()..].trim_start_matches([' ', '\t']);
                    if edits.peek().is_some_and(|edit| is_at_end(&edit)) || !rest.starts_with(['\n', '\r']) {
                        self.take_comment(whole, out);
                    }
                    whole.end().to_usize()
                }
                Node::Expr(expr) => {
                    if let Some(Decision::Edit(own)) = self.decisions.exprs.get(&NodeId::from(expr)) {
                        inside.extend(own);
                    }
                    self.node(Node::Expr(expr), child_range, &inside, out)
                }
            };
        }
        for edit in edits {
            self.push_source(at, edit.range.start().to_usize(), out);
            self.pieces(&edit.pieces, &Place { indent: &indent, line: self.file.line_indentation(edit.range.start()) }, out);
            at = at.max(edit.range.end().to_usize());
        }
        self.push_source(at, end, out);
        at.max(end)
    }

    /// An expression where its parent has it.
    fn child(&mut self, parent: Node<'a>, expr: &'a ast::Expr, out: &mut Out) {
        let range = ranges::whole(self.file, expr);
        if !self.is_decided(range.start().to_usize(), range.end().to_usize()) {
            self.push_source(range.start().to_usize(), range.end().to_usize(), out);
            return;
        }
        if let Some(Decision::Build(_, prec)) = self.decisions.exprs.get(&NodeId::from(expr)) {
            let mut sub = Out::default();
            self.expr(expr, &mut sub);
            let loose = *prec < precedence::slot(parent, expr) || sub.breaks_line();
            push_parenthesized(&sub, loose && !ranges::is_parenthesized(self.file, range), out);
        } else {
            self.expr(expr, out);
        }
    }

    /// An expression by its decision, without parentheses around it.
    pub(super) fn expr(&mut self, expr: &'a ast::Expr, out: &mut Out) {
        let range = ranges::whole(self.file, expr);
        match self.decisions.exprs.get(&NodeId::from(expr)) {
            None => {
                self.node(Node::Expr(expr), range, &[], out);
            }
            Some(Decision::Edit(edits)) => {
                self.node(Node::Expr(expr), range, &edits.iter().collect::<Vec<_>>(), out);
            }
            Some(Decision::Build(pieces, _)) => {
                let indent = self.file.indentation(range.start()).to_owned();
                self.pieces(pieces, &Place { indent: &indent, line: self.file.line_indentation(range.start()) }, out);
            }
        }
    }

    /// The expression of a replacement field in an f-string.
    fn field(&mut self, expr: &'a ast::Expr, out: &mut Out) -> usize {
        let range = ranges::whole(self.file, expr);
        let (start, end) = (range.start().to_usize(), range.end().to_usize());
        if !self.is_decided(start, end) {
            self.push_source(start, end, out);
            return end;
        }
        let mut sub = Out::default();
        self.expr(expr, &mut sub);
        if sub.text == self.file.slice(range) {
            out.append(&sub);
            return end;
        }
        fstring::fit(self.file, range, &mut sub.text);
        let Some(debug) = fstring::debug_specifier(self.file, range) else {
            out.append(&sub);
            return end;
        };
        // `{x.size(0)=}` prints its own source: the old text becomes literal, the new one gives the value.
        if let Some(open) = out.text.rfind('{') {
            out.truncate(open);
        }
        out.push_str(&debug.literal);
        out.push_str("{");
        push_parenthesized(&sub, ranges::is_parenthesized(self.file, range), out);
        if debug.needs_repr {
            out.push_str("!r");
        }
        debug.end
    }
}
