//! Pieces: new text with expressions and suites of the source in new places.

use ast::Ranged;
use rustpython_ast as ast;

use super::{Place, Renderer, push_parenthesized};
use crate::lines::{is_code_free, leading_comments, line_rest};
use crate::out::Out;
use crate::piece::{Decision, Piece};
use crate::{NodeId, Prec, precedence, ranges};

impl<'a> Renderer<'_, 'a> {
    /// Writes pieces; gives the source offset reached by a suite among them, else 0.
    pub(super) fn pieces(&mut self, pieces: &[Piece<'a>], place: &Place<'_>, out: &mut Out) -> usize {
        let mut reached = 0;
        let mut depth = 0i32;
        for (i, piece) in pieces.iter().enumerate() {
            match piece {
                Piece::Text(text) => {
                    depth += bracket_balance(text);
                    out.push_str(text);
                }
                Piece::Source(range) => {
                    self.push_source(range.start().to_usize(), range.end().to_usize(), out);
                    depth += bracket_balance(self.file.slice(*range));
                }
                Piece::Expr(expr, slot) => self.placed(expr, *slot, depth > 0, place, out),
                Piece::NewLine(levels) => {
                    out.push_str(self.file.newline);
                    out.push_str(place.indent);
                    out.push_str(&self.file.indent.repeat(*levels));
                }
                Piece::Suite(stmts, levels) => {
                    let indent = format!("{}{}", place.indent, self.file.indent.repeat(*levels));
                    reached = reached.max(self.moved_suite(stmts, &indent, i + 1 == pieces.len(), out));
                }
            }
        }
        reached
    }

    /// An expression in a new place.
    fn placed(&mut self, expr: &'a ast::Expr, slot: Prec, in_brackets: bool, place: &Place<'_>, out: &mut Out) {
        let prec = match self.decisions.exprs.get(&NodeId::from(expr)) {
            Some(Decision::Build(_, prec)) => *prec,
            _ => precedence::of(self.file, expr),
        };
        let mut sub = Out::default();
        self.expr(expr, &mut sub);
        self.take_comment(ranges::whole(self.file, expr), &mut sub);
        // What had lines of its own moves to the line of what it replaces, and its other lines with it.
        let start = ranges::whole(self.file, expr).start();
        let from = self.file.line_indentation(start);
        let is_block = sub.text.rsplit(['\n', '\r']).next().is_some_and(|last| last.trim_start().starts_with([')', ']', '}']));
        if is_block && self.file.is_first_on_line(start) && from.len() > place.line.len() && from.starts_with(place.line) {
            sub = sub.reindent(from, place.line);
        }
        let starred = matches!(expr, ast::Expr::Starred(_));
        let loose = prec < slot || (!in_brackets && sub.breaks_line());
        push_parenthesized(&sub, loose && !starred, out);
    }

    /// Statements under another indentation. Gives the source offset reached.
    fn moved_suite(&mut self, stmts: &'a [ast::Stmt], indent: &str, is_last: bool, out: &mut Out) -> usize {
        let (Some(first), Some(last)) = (stmts.first(), stmts.last()) else { return 0 };
        let first = ranges::decorated(self.file, first).start();
        let end = last.range().end().to_usize();
        let starts_line = self.file.starts_line(first);
        let begin = if starts_line { leading_comments(self.file, first) } else { first.to_usize() };
        let mut sub = Out::default();
        let mut at = begin;
        for stmt in stmts {
            let start = ranges::decorated(self.file, stmt).start().to_usize();
            if start < at {
                continue;
            }
            self.push_source(at, start, &mut sub);
            at = self.stmt(stmt, 0, &mut sub);
        }
        let from = if starts_line { self.file.indentation(first).to_owned() } else { String::new() };
        let mut moved = sub.reindent(&from, indent);
        let blank = moved.text.len() - moved.text.trim_start_matches([' ', '\t']).len();
        let mut body = Out::default();
        std::mem::swap(&mut moved, &mut body);
        if is_code_free(&body.text) {
            let len = body.text.trim_end_matches(['\n', '\r', ' ', '\t']).len();
            body.truncate(len);
            if len > blank {
                out.append(&body.without_prefix(blank));
                out.push_str(self.file.newline);
                out.push_str(indent);
            }
            out.push_str("pass");
            if at > end && is_last {
                out.push_str(self.file.newline);
            }
        } else {
            if !(at > end && is_last) {
                let len = body.text.trim_end_matches(['\n', '\r', ' ', '\t']).len();
                body.truncate(len);
            }
            out.append(&body.without_prefix(blank));
        }
        // A deleted last statement has taken the comment behind it along, and its line end is still to come.
        if is_last { at } else { at.min(line_rest(self.file, end).end) }
    }
}

/// Brackets opened less brackets closed; brackets in strings are rare in new text and balance there.
fn bracket_balance(text: &str) -> i32 {
    text.bytes().fold(0, |depth, byte| match byte {
        b'(' | b'[' | b'{' => depth + 1,
        b')' | b']' | b'}' => depth - 1,
        _ => depth,
    })
}
