//! Templates: Python expressions with holes, compiled to segments and filled with pieces.
//!
//! Where a template only relabels what the caller wrote (same order, nothing in between), filling it is a swap: the callee's name and keyword names
//! change and every other byte stays. Otherwise the call is built anew.

use t2m_semantic::Kind;
use t2m_semantic::tables::binding::{Argument, Bound};
use t2m_semantic::tables::signature::{ParamStyle, Signature};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, SourceFile, TextRange, precedence, ranges};

use crate::claim::Claim;
use crate::cx::Cx;
use crate::effects;
use crate::names::{Module, Uses};

/// How a hole is filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    /// `{p}`
    Plain,
    /// `{p?}`: left out where the caller left it out.
    Optional,
    /// `{*p}`: the arguments of a variadic parameter.
    Spread,
    /// `{(p)}`: the same as one tuple.
    Tuple,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    Text(String),
    Module(Module),
    /// A helper: `compat.name`.
    Helper(String),
    Hole {
        name: String,
        style: Style,
        slot: Prec,
    },
}

/// A compiled template.
#[derive(Debug, Clone)]
pub struct Template {
    segments: Vec<Segment>,
    prec: Prec,
}

/// Why a template can't be filled for a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FillError {
    /// The argument of this parameter would be evaluated twice or out of order.
    Evaluation(String),
    /// A starred argument where one value is needed.
    Starred(String),
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// The text is not a Python expression with holes.
    pub fn compile(text: &str) -> Result<Self, String> {
        let (python, holes) = placeholders(text)?;
        let file = SourceFile::parse("template", python.clone()).map_err(|error| format!("template `{text}`: {}", error.message))?;
        let [ast::Stmt::Expr(stmt)] = &file.suite[..] else { return Err(format!("template `{text}` is not one expression")) };
        // (range in the Python text, segment)
        let mut marks: Vec<(TextRange, Segment)> = Vec::new();
        collect(&file, Node::Stmt(&file.suite[0]), &holes, &mut marks);
        marks.sort_by_key(|(range, _)| range.start());
        let filled = marks.iter().filter(|(_, segment)| matches!(segment, Segment::Hole { .. })).count();
        if filled != holes.len() {
            return Err(format!("template `{text}`: a hole stands where no expression can"));
        }
        let mut segments = Vec::new();
        let mut at = 0;
        for (range, segment) in marks {
            let start = range.start().to_usize();
            if start > at {
                segments.push(Segment::Text(python[at..start].to_owned()));
            }
            segments.push(segment);
            at = range.end().to_usize();
        }
        let end = python.trim_end().len();
        if at < end {
            segments.push(Segment::Text(python[at..end].to_owned()));
        }
        Ok(Self { segments, prec: precedence::of(&file, &stmt.value) })
    }

    /// Names of the holes, in order, with repeats.
    pub fn holes(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Hole { name, .. } => Some(name.as_str()),
            _ => None,
        })
    }

    /// What the text refers to, whatever the arguments are.
    pub fn uses(&self) -> Uses {
        let mut uses = Uses::default();
        for segment in &self.segments {
            uses = match segment {
                Segment::Module(module) => uses.module(*module),
                Segment::Helper(name) => uses.helper(name),
                Segment::Text(_) | Segment::Hole { .. } => uses,
            };
        }
        uses
    }

    /// Fills the template for `call`, or for an attribute read if there is no call. `receiver` is the first parameter of a method or attribute.
    ///
    /// # Errors
    /// An argument can't go where the template wants it.
    pub fn fill<'a>(
        &self,
        cx: &Cx<'a>,
        signature: &Signature,
        bound: &Bound<'a>,
        receiver: Option<&'a ast::Expr>,
        call: Option<&'a ast::ExprCall>,
    ) -> Result<Claim<'a>, FillError> {
        self.check_evaluation(cx, signature, bound)?;
        if let Some(call) = call
            && let Some(edits) = self.swap(cx, signature, bound, receiver, call)
        {
            return Ok(Claim::edit(edits).uses(self.uses()));
        }
        let mut pieces: Vec<Piece<'a>> = Vec::new();
        for (i, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Text(text) => pieces.push(Piece::text(text.clone())),
                Segment::Module(module) => pieces.push(Piece::text(cx.names.of(*module))),
                Segment::Helper(name) => pieces.push(Piece::text(format!("{}.{name}", cx.names.of(Module::Compat)))),
                Segment::Hole { name, style, slot } => {
                    let Some((at, param)) = signature.param(name) else { continue };
                    self.fill_hole(cx, &mut pieces, i, &bound.arguments[at], param.default.as_deref(), (name, *style, *slot))?;
                }
            }
        }
        Ok(Claim::build(merge_text(pieces), self.prec_of(cx, bound, signature)).uses(self.uses()))
    }

    fn fill_hole<'a>(
        &self,
        cx: &Cx<'a>,
        pieces: &mut Vec<Piece<'a>>,
        index: usize,
        argument: &Argument<'a>,
        default: Option<&str>,
        (name, style, slot): (&str, Style, Prec),
    ) -> Result<(), FillError> {
        let starred = |expr: &ast::Expr| matches!(expr, ast::Expr::Starred(_));
        match (argument, style) {
            (Argument::Absent, Style::Optional) => drop_keyword(pieces, self.segments.get(index + 1)),
            (Argument::Absent, _) => pieces.push(Piece::text(default.unwrap_or("None"))),
            (Argument::One(expr), _) => pieces.push(Piece::Expr(expr, slot)),
            (Argument::Many(items), Style::Optional) if items.is_empty() => drop_keyword(pieces, self.segments.get(index + 1)),
            (Argument::Many(items), Style::Tuple) => match items[..] {
                // One sequence, or what may be one, passes through.
                [item] if !starred(item) && cx.kind(item) != Kind::Int => pieces.push(Piece::Expr(item, slot)),
                _ => {
                    pieces.push(Piece::text("("));
                    spread(pieces, items);
                    pieces.push(Piece::text(if items.len() == 1 { ",)" } else { ")" }));
                }
            },
            (Argument::Many(items), Style::Spread) => spread(pieces, items),
            (Argument::Many(items), Style::Plain | Style::Optional) => match items[..] {
                [item] if !starred(item) => pieces.push(Piece::Expr(item, slot)),
                _ => return Err(FillError::Starred(name.to_owned())),
            },
        }
        Ok(())
    }

    /// A repeated hole needs a simple argument; two arguments with effects must keep their order; one with effects can't be left out.
    fn check_evaluation(&self, cx: &Cx<'_>, signature: &Signature, bound: &Bound<'_>) -> Result<(), FillError> {
        let mut last = None;
        let mut seen: Vec<&str> = Vec::new();
        for name in self.holes() {
            let Some((at, _)) = signature.param(name) else { continue };
            let Argument::One(expr) = &bound.arguments[at] else { continue };
            if seen.contains(&name) && !effects::is_simple(expr) {
                return Err(FillError::Evaluation(name.to_owned()));
            }
            seen.push(name);
            let start = expr.range().start();
            if !effects::is_pure(cx, expr) {
                if last.is_some_and(|last| last > start) {
                    return Err(FillError::Evaluation(name.to_owned()));
                }
                last = Some(start);
            }
        }
        for (param, argument) in signature.params.iter().zip(&bound.arguments) {
            if let Argument::One(expr) = argument
                && !seen.contains(&param.name.as_str())
                && !effects::is_pure(cx, expr)
            {
                return Err(FillError::Evaluation(param.name.clone()));
            }
        }
        Ok(())
    }

    /// `{input}` alone binds as its argument does.
    fn prec_of(&self, cx: &Cx<'_>, bound: &Bound<'_>, signature: &Signature) -> Prec {
        if let [Segment::Hole { name, .. }] = &self.segments[..]
            && let Some((at, _)) = signature.param(name)
            && let Argument::One(expr) = &bound.arguments[at]
        {
            return cx.prec(expr);
        }
        self.prec
    }

    /// The edits of a relabelling, if that is all that the template does.
    fn swap<'a>(
        &self,
        cx: &Cx<'a>,
        signature: &Signature,
        bound: &Bound<'a>,
        receiver: Option<&'a ast::Expr>,
        call: &'a ast::ExprCall,
    ) -> Option<Vec<Edit<'a>>> {
        let mut segments = self.segments.iter().peekable();
        let mut edits = Vec::new();
        // The callee.
        let callee_range = match segments.peek()? {
            Segment::Hole { name, style: Style::Plain, .. } => {
                let (at, _) = signature.param(name)?;
                let (Argument::One(expr), Some(receiver)) = (&bound.arguments[at], receiver) else { return None };
                if !std::ptr::eq(*expr, receiver) {
                    return None;
                }
                segments.next();
                let ast::Expr::Attribute(attribute) = &*call.func else { return None };
                TextRange::new(ranges::attribute_name(attribute).start(), call.func.range().end())
            }
            _ if receiver.is_none() => call.func.range(),
            _ => return None,
        };
        let mut callee = String::new();
        let mut rest = String::new();
        loop {
            match segments.next()? {
                Segment::Module(module) => callee.push_str(cx.names.of(*module)),
                Segment::Helper(name) => callee.push_str(&format!("{}.{name}", cx.names.of(Module::Compat))),
                Segment::Text(text) => match text.split_once('(') {
                    Some((before, after)) => {
                        callee.push_str(before);
                        rest.push_str(after);
                        break;
                    }
                    None => callee.push_str(text),
                },
                Segment::Hole { .. } => return None,
            }
        }
        if callee_range.start() != call.func.range().start() {
            callee = callee.strip_prefix('.')?.to_owned();
        }
        if callee.contains(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')) {
            return None;
        }
        edits.push(Edit::text(callee_range, callee));
        // The arguments: (keyword, parameter, style), in the template's order, and literal text after them.
        let (slots, tail) = argument_slots(rest, segments)?;
        let mut written =
            call.args.iter().map(|arg| (arg, None)).chain(call.keywords.iter().map(|kw| (&kw.value, Some(kw)))).collect::<Vec<_>>();
        written.sort_by_key(|(value, _)| value.range().start());
        let mut written = written.into_iter().peekable();
        let mut positional_over = false;
        for (keyword, name, style) in &slots {
            let (at, param) = signature.param(name)?;
            match &bound.arguments[at] {
                Argument::Absent if *style == Style::Optional => continue,
                Argument::Absent => return None,
                Argument::One(expr) => {
                    let (value, as_keyword) = written.next()?;
                    if !std::ptr::eq(value, *expr) {
                        return None;
                    }
                    positional_over |= keyword.is_some();
                    match (keyword, as_keyword) {
                        (Some(keyword), Some(original)) => {
                            let range = ranges::keyword_name(original)?;
                            if cx.file.slice(range) != keyword {
                                edits.push(Edit::text(range, keyword.clone()));
                            }
                        }
                        (Some(keyword), None) => {
                            let range = ranges::argument(cx.file, call, value)?;
                            edits.push(Edit::text(TextRange::empty(range.start()), format!("{keyword}=")));
                        }
                        (None, Some(original)) => {
                            if positional_over {
                                return None;
                            }
                            let start = original.range.start();
                            edits.push(Edit::delete(TextRange::new(
                                start,
                                ranges::argument(cx.file, call, value)?.start().max(value_start(cx, call, value)?),
                            )));
                        }
                        (None, None) => {}
                    }
                }
                Argument::Many(items) => {
                    let passes = matches!(items[..], [item] if *style == Style::Tuple && cx.kind(item) != Kind::Int);
                    if *style != Style::Spread && !passes || param.style != ParamStyle::Variadic {
                        return None;
                    }
                    for item in items {
                        let (value, as_keyword) = written.next()?;
                        if as_keyword.is_some()
                            || !std::ptr::eq(value, *item)
                            || (*style == Style::Tuple && matches!(item, ast::Expr::Starred(_)))
                        {
                            return None;
                        }
                        if let Some(keyword) = keyword {
                            let range = ranges::argument(cx.file, call, value)?;
                            edits.push(Edit::text(TextRange::empty(range.start()), format!("{keyword}=")));
                        }
                    }
                }
            }
        }
        // What the template leaves out goes with its comma: only arguments at the end, or keywords, may go this way.
        let kept_any = written.size_hint().0 < call.args.len() + call.keywords.len();
        let left: Vec<_> = written.collect();
        for (value, keyword) in &left {
            if keyword.is_none() || !kept_any {
                return None;
            }
            edits.push(Edit::delete(ranges::argument_with_comma(cx.file, call, value)?));
        }
        if !tail.is_empty() {
            if !left.is_empty() {
                return None;
            }
            let within = ranges::call_arguments(cx.file, call)?;
            let end = ranges::skip_trivia_back(cx.file, within.end().to_usize()).max(within.start().to_usize());
            let has_comma = cx.file.text[..end].ends_with(',');
            let empty = end == within.start().to_usize();
            let tail = tail.strip_prefix(", ").unwrap_or(&tail);
            let at = (end as u32).into();
            let text = if empty {
                tail.to_owned()
            } else if has_comma {
                format!(" {tail}")
            } else {
                format!(", {tail}")
            };
            edits.push(Edit::text(TextRange::empty(at), text));
        }
        // The callee's edit stays even if it changes nothing: the name is no longer torch's.
        let callee = edits.remove(0);
        edits.retain(|edit| !is_same_text(cx, edit));
        edits.insert(0, callee);
        Some(edits)
    }
}

fn is_same_text(cx: &Cx<'_>, edit: &Edit<'_>) -> bool {
    matches!(&edit.pieces[..], [Piece::Text(text)] if cx.file.slice(edit.range) == text)
}

/// Where the value of a keyword argument starts, its own parentheses included.
fn value_start(cx: &Cx<'_>, call: &ast::ExprCall, value: &ast::Expr) -> Option<t2m_syntax::TextSize> {
    let within = ranges::call_arguments(cx.file, call)?;
    Some(ranges::own_parens(cx.file, value.range(), within).start())
}

/// One argument of a relabelled call: the keyword it gets, the parameter, and how its hole is filled.
type Slot = (Option<String>, String, Style);

/// The argument list of a template that is one plain call: `(a, axis={dim?}, keepdims=True)`. `None` if it is more than that.
fn argument_slots<'s>(first: String, segments: impl Iterator<Item = &'s Segment>) -> Option<(Vec<Slot>, String)> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut text = first;
    for segment in segments {
        match segment {
            Segment::Text(more) => text.push_str(more),
            Segment::Hole { name, style, .. } => {
                let lead = text.strip_prefix(", ").or_else(|| slots.is_empty().then_some(text.as_str()))?;
                let keyword = match lead.strip_suffix('=') {
                    Some(keyword) if keyword.chars().all(|c| c.is_alphanumeric() || c == '_') => Some(keyword.to_owned()),
                    Some(_) => return None,
                    None if lead.is_empty() => None,
                    None => return None,
                };
                slots.push((keyword, name.clone(), *style));
                text.clear();
            }
            Segment::Module(_) | Segment::Helper(_) => return None,
        }
    }
    let tail = text.strip_suffix(')')?;
    // More text than literal keyword arguments: not a plain call.
    let is_plain = tail.is_empty()
        || tail
            .trim_start_matches(", ")
            .split(", ")
            .all(|arg| arg.contains('=') && !arg.contains(['(', ')', '[', ']', '.', '+', '*', '-', '/', ' ']));
    is_plain.then(|| (slots, tail.to_owned()))
}

/// Takes back `, keyword=` (or `keyword=`, with the comma that follows) in front of a hole that is left out.
fn drop_keyword(pieces: &mut Vec<Piece<'_>>, next: Option<&Segment>) {
    let Some(Piece::Text(text)) = pieces.last_mut() else { return };
    let bare = text.trim_end_matches(|c: char| c.is_alphanumeric() || c == '_' || c == '=');
    let bare = if text.ends_with('=') { bare } else { text.as_str() };
    let kept = bare.strip_suffix(", ").unwrap_or(bare);
    let opens = kept.len() == bare.len();
    let kept = kept.to_owned();
    *text = kept;
    if opens && matches!(next, Some(Segment::Text(next)) if next.starts_with(", ")) {
        // A first argument: `f({a?}, b=1)` would leave `f(, b=1)`; mark it for `merge_text`.
        pieces.push(Piece::text("\u{0}"));
    }
}

fn spread<'a>(pieces: &mut Vec<Piece<'a>>, items: &[&'a ast::Expr]) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            pieces.push(Piece::text(", "));
        }
        pieces.push(Piece::Expr(item, Prec::Named));
    }
}

fn merge_text(pieces: Vec<Piece<'_>>) -> Vec<Piece<'_>> {
    let mut merged: Vec<Piece<'_>> = Vec::new();
    for piece in pieces {
        match (merged.last_mut(), piece) {
            (Some(Piece::Text(last)), Piece::Text(text)) => last.push_str(&text),
            (_, piece) => merged.push(piece),
        }
    }
    for piece in &mut merged {
        if let Piece::Text(text) = piece {
            *text = text.replace("\u{0}, ", "").replace('\u{0}', "");
        }
    }
    merged
}

/// Replaces holes by identifiers; `hole_names[i]` belongs to `__t2m_i__`.
fn placeholders(text: &str) -> Result<(String, Vec<(String, Style)>), String> {
    let mut python = String::new();
    let mut holes = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find('{') {
        python.push_str(&rest[..open]);
        if let Some(after) = rest[open..].strip_prefix("{{") {
            python.push('{');
            rest = after;
            continue;
        }
        let close = rest[open..].find('}').ok_or_else(|| format!("template `{text}`: a hole is not closed"))? + open;
        let inner = &rest[open + 1..close];
        let (name, style) = if let Some(name) = inner.strip_suffix('?') {
            (name, Style::Optional)
        } else if let Some(name) = inner.strip_prefix('*') {
            (name, Style::Spread)
        } else if let Some(name) = inner.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
            (name, Style::Tuple)
        } else {
            (inner, Style::Plain)
        };
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            return Err(format!("template `{text}`: `{{{inner}}}` is not a hole; write `{{{{` for a brace"));
        }
        python.push_str(&format!("__t2m_{}__", holes.len()));
        holes.push((name.to_owned(), style));
        rest = &rest[close + 1..];
    }
    python.push_str(&rest.replace("}}", "}"));
    python.push('\n');
    Ok((python, holes))
}

fn collect(file: &SourceFile, node: Node<'_>, holes: &[(String, Style)], marks: &mut Vec<(TextRange, Segment)>) {
    for child in node.children() {
        if let Node::Expr(ast::Expr::Name(name)) = child {
            let id = name.id.as_str();
            let hole = id.strip_prefix("__t2m_").and_then(|id| id.strip_suffix("__")).and_then(|index| index.parse::<usize>().ok());
            if let Some((name, style)) = hole.and_then(|index| holes.get(index)) {
                let slot = match child {
                    Node::Expr(expr) => precedence::slot(node, expr),
                    Node::Stmt(_) => Prec::Test,
                };
                // A hole that is the whole template, or stands in brackets of its own, takes anything.
                let slot = if matches!(node, Node::Stmt(_)) || ranges::is_parenthesized(file, child.range()) && slot > Prec::Named {
                    Prec::Tuple
                } else {
                    slot
                };
                let slot = if ranges::is_parenthesized(file, child.range()) { slot.min(Prec::Named) } else { slot };
                marks.push((child.range(), Segment::Hole { name: name.clone(), style: *style, slot }));
            } else if let (Some(module), Node::Expr(ast::Expr::Attribute(parent))) = (Module::by_template_name(id), node) {
                if module == Module::Compat {
                    marks.push((parent.range(), Segment::Helper(parent.attr.to_string())));
                } else {
                    marks.push((child.range(), Segment::Module(module)));
                }
            }
        }
        collect(file, child, holes, marks);
    }
}
