//! Renders a file once from its tree, its bytes and the decisions about its nodes. Rendering never decides.
//!
//! An undecided node is its source bytes, with its children rendered between them. Subtrees without any decision are copied in one piece.
//! Comments that no rendered piece covers are hoisted above their statement, in order.

use ast::Ranged;
use rustc_hash::FxHashSet;
use rustpython_ast as ast;

use crate::lines::{
    blank_line, ends_with_blank_line, follows_header, is_code_free, leading_comments, line_rest, skip_semicolon, skip_spaces,
};
use crate::out::Out;
use crate::piece::{Action, Decision, Decisions, Edit, Nest, Piece};
use crate::source::SourceFile;
use crate::{Node, NodeId, Prec, TextRange, TextSize, fstring, node, precedence, ranges};

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
        for i in file.comments_in(range) {
            self.covered[i] = true;
        }
        let text = file.slice(range);
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

    // ---- statements ----------------------------------------------------------------------------

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
            at = self.stmt(stmt, out);
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
    fn stmt(&mut self, stmt: &'a ast::Stmt, out: &mut Out) -> usize {
        let decisions = self.decisions;
        match decisions.nests.get(&NodeId::from(stmt)) {
            Some(nest) => self.nest(nest, out),
            None => self.own_stmt(stmt, out),
        }
    }

    fn nest(&mut self, nest: &'f Nest<'a>, out: &mut Out) -> usize {
        let (Some(first), Some(last)) = (nest.stmts.first(), nest.stmts.last()) else { return 0 };
        let start = ranges::decorated(self.file, first).start();
        let indent = self.file.indentation(start).to_owned();
        let deeper = format!("{indent}{}", self.file.indent);
        let mut sub = Out::default();
        sub.push_str(self.file.newline);
        sub.push_str(&indent);
        let mut at = start.to_usize();
        for stmt in nest.stmts {
            self.push_source(at, ranges::decorated(self.file, stmt).start().to_usize(), &mut sub);
            at = self.own_stmt(stmt, &mut sub);
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
        out.append(&sub.reindent(&indent, &deeper));
        out.push_str(self.file.newline);
        out.push_str(&deeper);
        self.pieces(&nest.footer, &Place { indent: &deeper }, out);
        if let Some(below) = &nest.below {
            out.push_str(self.file.newline);
            out.push_str(self.file.newline);
            out.push_str(&indent);
            self.pieces(below, &Place { indent: &indent }, out);
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

    /// Renders one statement by its own decision.
    fn own_stmt(&mut self, stmt: &'a ast::Stmt, out: &mut Out) -> usize {
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
                let reached = self.pieces(pieces, &Place { indent: &indent }, out).max(end);
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
        let place = Place { indent };
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

    // ---- nodes ---------------------------------------------------------------------------------

    /// A node as it stands within `range`, but for `edits` and for its children's decisions; gives the source offset reached.
    fn node(&mut self, node: Node<'a>, range: TextRange, edits: &[&Edit<'a>], out: &mut Out) -> usize {
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
                    self.pieces(&edit.pieces, &Place { indent: &indent }, out);
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
                Node::Stmt(stmt) => self.stmt(stmt, out),
                Node::Expr(expr) if matches!(node, Node::Expr(ast::Expr::JoinedStr(_))) => self.field(expr, out),
                Node::Expr(expr) if inside.is_empty() => {
                    self.child(node, expr, out);
                    ranges::whole(self.file, expr).end().to_usize()
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
            self.pieces(&edit.pieces, &Place { indent: &indent }, out);
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
    fn expr(&mut self, expr: &'a ast::Expr, out: &mut Out) {
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
                self.pieces(pieces, &Place { indent: &indent }, out);
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
        fstring::fit(self.file, start, &mut sub.text);
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

    /// Writes pieces; gives the source offset reached by a suite among them, else 0.
    fn pieces(&mut self, pieces: &[Piece<'a>], place: &Place<'_>, out: &mut Out) -> usize {
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
                Piece::Expr(expr, slot) => self.placed(expr, *slot, depth > 0, out),
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
    fn placed(&mut self, expr: &'a ast::Expr, slot: Prec, in_brackets: bool, out: &mut Out) {
        let prec = match self.decisions.exprs.get(&NodeId::from(expr)) {
            Some(Decision::Build(_, prec)) => *prec,
            _ => precedence::of(self.file, expr),
        };
        let mut sub = Out::default();
        self.expr(expr, &mut sub);
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
            at = self.stmt(stmt, &mut sub);
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

fn push_parenthesized(sub: &Out, parentheses: bool, out: &mut Out) {
    if parentheses {
        out.push_str("(");
    }
    out.append(sub);
    if parentheses {
        out.push_str(")");
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
