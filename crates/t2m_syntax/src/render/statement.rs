//! Statements: by their decision, with the lines that go above and below, or gone.

use rustpython_ast as ast;

use super::{Place, Renderer};
use crate::lines::{blank_line, ends_with_blank_line, follows_header, line_rest, skip_semicolon, skip_spaces};
use crate::out::Out;
use crate::piece::{Action, Piece};
use crate::{Node, NodeId, TextRange, TextSize, node, ranges};

impl<'a> Renderer<'_, 'a> {
    /// Renders one statement by its own decision.
    pub(super) fn own_stmt(&mut self, stmt: &'a ast::Stmt, out: &mut Out) -> usize {
        let full = ranges::decorated(self.file, stmt);
        let (start, end) = (full.start().to_usize(), full.end().to_usize());
        if !self.is_decided(start, end) {
            self.push_source(start, end, out);
            return end;
        }
        if self.file.starts_line(full.start()) {
            out.begin_line(out.text.len());
        }
        out.enter_line();
        let indent = self.file.indentation(full.start()).to_owned();
        let decision = self.decisions.stmts.get(&NodeId::from(stmt));
        let mut at = match decision.map(|decision| &decision.action) {
            None | Some(Action::Keep) => self.node(Node::Stmt(stmt), full, &[], out),
            Some(Action::Edit(edits)) => self.node(Node::Stmt(stmt), full, &edits.iter().collect::<Vec<_>>(), out),
            Some(Action::Replace(pieces)) => {
                let reached = self.pieces(pieces, &Place { indent: &indent, line: &indent }, out).max(end);
                if reached == end && !node::suites(stmt).is_empty() { skip_semicolon(self.file, end) } else { reached }
            }
            Some(Action::Delete) => return self.delete(stmt, full, out),
        };
        let mut lines: Vec<String> = decision.map(|decision| decision.before.clone()).unwrap_or_default();
        lines.extend(self.uncovered_comments(full));
        self.insert_lines(&lines, out);
        if let Some(decision) = decision
            && !decision.after.is_empty()
        {
            at = self.after(&decision.after, full, at, &indent, out);
        }
        at
    }

    /// The text of the comments in `range` that nothing wrote; they count as written from now on.
    fn uncovered_comments(&mut self, range: TextRange) -> Vec<String> {
        let mut comments = Vec::new();
        for i in self.file.comments_in(range) {
            if !std::mem::replace(&mut self.covered[i], true) {
                comments.push(self.file.slice(self.file.comments[i]).trim_end().to_owned());
            }
        }
        comments
    }

    /// Ends a statement: writes whole lines above the logical line that it stands on, in its indentation.
    fn insert_lines(&self, lines: &[String], out: &mut Out) {
        let offset = out.leave_line();
        if lines.is_empty() {
            return;
        }
        let at = out.line_start(offset);
        let line = &out.text[at..offset];
        let bom = if at == 0 && line.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let line = &line[bom..];
        let indent = line[..line.len() - line.trim_start_matches([' ', '\t']).len()].to_owned();
        let text: String = lines.iter().map(|line| format!("{indent}{line}{}", self.file.newline)).collect();
        out.insert(at + bom, &text);
    }

    /// Lines below the statement: after its trailing comment, or joined by `;` where it shares its line with others or with the header of its suite.
    fn after(&mut self, lines: &[Vec<Piece<'a>>], full: TextRange, at: usize, indent: &str, out: &mut Out) -> usize {
        let rest = line_rest(self.file, at);
        let place = Place { indent, line: indent };
        let mut at = at;
        // The last statement inside may be gone with its line.
        let on_new_line = out.text.ends_with(['\n', '\r']);
        if rest.shared && !on_new_line || follows_header(self.file, full.start()) {
            for line in lines {
                out.push_str("; ");
                self.pieces(line, &place, out);
            }
        } else {
            if !on_new_line {
                self.push_source(at, rest.end, out);
                at = rest.end;
            }
            for line in lines {
                if !out.text.ends_with(['\n', '\r']) {
                    out.push_str(self.file.newline);
                }
                if line.is_empty() {
                    out.push_str(self.file.newline);
                    continue;
                }
                out.push_str(indent);
                self.pieces(line, &place, out);
            }
            if on_new_line {
                out.push_str(self.file.newline);
            }
        }
        at
    }

    fn delete(&mut self, stmt: &'a ast::Stmt, full: TextRange, out: &mut Out) -> usize {
        let end = full.end().to_usize();
        let rest = line_rest(self.file, end);
        let mut lines: Vec<String> = self.decisions.stmts.get(&NodeId::from(stmt)).map(|d| d.before.clone()).unwrap_or_default();
        let alone = self.file.starts_line(full.start()) && !rest.shared;
        let becomes_pass = self.passes.contains(&NodeId::from(stmt));
        let hoisted = if alone && !becomes_pass { TextRange::new(full.start(), TextSize::new(rest.end as u32)) } else { full };
        lines.extend(self.uncovered_comments(hoisted));
        if becomes_pass {
            out.push_str("pass");
            self.insert_lines(&lines, out);
            return end;
        }
        if alone {
            self.insert_lines(&lines, out);
            let line = out.line_start(out.text.len());
            let bom = if line == 0 && out.text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
            out.truncate(line + bom);
            let mut at = rest.next;
            // Where a blank line stood on both sides, one is enough.
            while out.text.is_empty() || ends_with_blank_line(&out.text) {
                match blank_line(self.file, at) {
                    Some(next) if lines.is_empty() => at = next,
                    _ => break,
                }
            }
            return at;
        }
        self.insert_lines(&lines, out);
        let bytes = self.file.text.as_bytes();
        if bytes.get(skip_spaces(self.file, end)) == Some(&b';') {
            let next = skip_spaces(self.file, skip_spaces(self.file, end) + 1);
            if !matches!(bytes.get(next), None | Some(b'\n' | b'\r' | b'#')) {
                return next;
            }
        } else if out.text.trim_end_matches([' ', '\t']).ends_with(';') {
            let len = out.text.trim_end_matches([' ', '\t']).trim_end_matches(';').len();
            out.truncate(len);
            return end;
        }
        out.push_str("pass");
        end
    }
}
