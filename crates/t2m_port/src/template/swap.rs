//! Swaps: a template that only relabels what the caller wrote changes the callee's name and keyword names, and leaves every other byte.

use t2m_semantic::tables::binding::{Argument, Bound};
use t2m_semantic::tables::signature::{ParamStyle, Signature};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, TextRange, ranges};

use super::{Segment, Style, Template, is_count, is_number, is_wrapped};
use crate::cx::Cx;
use crate::helpers::Helpers;
use crate::names::Module;

impl Template {
    /// The edits of a relabelling, if that is all that the template does.
    pub(super) fn swap<'a>(
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
        let helper = match segments.peek() {
            Some(Segment::Helper(helper)) => Some(helper),
            _ => None,
        };
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
        // `f({a?}, {b?})` with a `b` alone: it must not take the place of `a`.
        let mut is_skipped = false;
        for (keyword, name, style) in &slots {
            let (at, param) = signature.param(name)?;
            match &bound.arguments[at] {
                Argument::Absent if *style == Style::Optional => {
                    is_skipped |= keyword.is_none();
                    continue;
                }
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
                        // Ex) `x.sum(d := 1)`: behind a keyword it needs parentheses.
                        (Some(_), None) if matches!(value, ast::Expr::NamedExpr(_) | ast::Expr::GeneratorExp(_)) => return None,
                        (Some(keyword), None) => {
                            let range = ranges::argument(cx.file, call, value)?;
                            edits.push(Edit::text(TextRange::empty(range.start()), format!("{keyword}=")));
                        }
                        (None, Some(original)) => {
                            // Most helpers have PyTorch's parameters.
                            if helper.is_some_and(|helper| Helpers::embedded().takes(helper, name)) && is_named(cx, original, name) {
                                positional_over = true;
                                continue;
                            }
                            if positional_over || is_skipped {
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
                    let passes = matches!(items[..], [item] if *style == Style::Tuple && !is_number(cx, item) && !is_count(cx, item));
                    if *style != Style::Spread && !passes || param.style != ParamStyle::Variadic {
                        return None;
                    }
                    if *style == Style::Spread && items.iter().any(|item| is_wrapped(cx, param, items, item)) {
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

fn is_named(cx: &Cx<'_>, keyword: &ast::Keyword, name: &str) -> bool {
    ranges::keyword_name(keyword).is_some_and(|range| cx.file.slice(range) == name)
}

fn is_same_text(cx: &Cx<'_>, edit: &Edit<'_>) -> bool {
    matches!(&edit.pieces[..], [Piece::Text(text)] if cx.file.slice(edit.range) == text)
}

/// Where the value of a keyword argument starts, its own parentheses included.
fn value_start(cx: &Cx<'_>, call: &ast::ExprCall, value: &ast::Expr) -> Option<t2m_syntax::TextSize> {
    let within = ranges::call_arguments(cx.file, call)?;
    Some(ranges::own_parens(cx.file, value, within).start())
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
