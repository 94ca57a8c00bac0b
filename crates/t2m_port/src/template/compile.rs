//! From template text to segments: holes become identifiers, the text is parsed as Python, and each hole learns what its slot accepts.

use t2m_syntax::ast;
use t2m_syntax::ast::Ranged;
use t2m_syntax::{Node, Prec, SourceFile, TextRange, precedence, ranges};

use super::{Segment, Style, Template};
use crate::names::Module;

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
