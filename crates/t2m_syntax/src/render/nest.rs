//! Statements that move under a new header together, such as those of a training step.

use ast::Ranged;
use rustpython_ast as ast;

use super::{Place, Renderer};
use crate::lines::{blank_line, line_rest};
use crate::out::Out;
use crate::piece::Nest;
use crate::ranges;

impl<'f, 'a> Renderer<'f, 'a> {
    /// The nest, `depth` others that begin with the same statement around it.
    pub(super) fn nest(&mut self, nest: &'f Nest<'a>, depth: usize, out: &mut Out) -> usize {
        let (Some(first), Some(last)) = (nest.stmts.first(), nest.stmts.last()) else { return 0 };
        let start = ranges::decorated(self.file, first).start();
        let indent = self.file.indentation(start).to_owned();
        let deeper = format!("{indent}{}", self.file.indent);
        let mut sub = Out::default();
        sub.push_str(self.file.newline);
        sub.push_str(&indent);
        let mut at = start.to_usize();
        for (place, stmt) in nest.stmts.iter().enumerate() {
            let start = ranges::decorated(self.file, stmt).start().to_usize();
            // A smaller nest took it.
            if start < at {
                continue;
            }
            self.push_source(at, start, &mut sub);
            at = self.stmt(stmt, if place == 0 { depth + 1 } else { 0 }, &mut sub);
        }
        let is_deleted = at > last.range().end().to_usize();
        if is_deleted {
            let len = sub.text.trim_end_matches(['\n', '\r', ' ', '\t']).len();
            sub.truncate(len);
        } else {
            // A comment behind the last statement stays behind it.
            let rest = line_rest(self.file, at);
            self.push_source(at, rest.end, &mut sub);
            at = rest.end;
        }
        out.push_str(&nest.header);
        if !nest.first.is_empty() {
            out.push_str(self.file.newline);
            out.push_str(&deeper);
            self.pieces(&nest.first, &Place { indent: &deeper, line: &deeper }, out);
        }
        out.append(&sub.reindent(&indent, &deeper));
        out.push_str(self.file.newline);
        out.push_str(&deeper);
        self.pieces(&nest.footer, &Place { indent: &deeper, line: &deeper }, out);
        if let Some(below) = &nest.below {
            out.push_str(self.file.newline);
            out.push_str(self.file.newline);
            out.push_str(&indent);
            self.pieces(below, &Place { indent: &indent, line: &indent }, out);
            if is_deleted {
                out.push_str(self.file.newline);
            }
            return at;
        }
        if is_deleted {
            out.push_str(self.file.newline);
        }
        let next = if is_deleted { at } else { line_rest(self.file, at).next };
        if blank_line(self.file, next).is_none() {
            out.push_str(self.file.newline);
        }
        at
    }
}
