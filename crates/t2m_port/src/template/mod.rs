//! Templates: Python expressions with holes, compiled to segments and filled with pieces.
//!
//! Where a template only relabels what the caller wrote (same order, nothing in between), filling it is a swap: the callee's name and keyword names
//! change and every other byte stays. Otherwise the call is built anew.

mod compile;
mod swap;

use t2m_semantic::tables::binding::{Argument, Bound};
use t2m_semantic::tables::predicate::is_numpy_int;
use t2m_semantic::tables::signature::{Param, ParamStyle, Signature, Word};
use t2m_semantic::{Evidence, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Piece, Prec, precedence};

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

    /// The helper that the template calls with the parameters of the signature, all in their order, up to some that are dropped at the end. Helpers
    /// name and order their parameters as PyTorch does.
    pub(crate) fn same_parameters(&self, signature: &Signature) -> Option<&str> {
        let [Segment::Helper(helper), Segment::Text(open), inner @ .., Segment::Text(close)] = &self.segments[..] else { return None };
        let mut params = signature.params.iter();
        let mut before = open.strip_prefix('(')?;
        for segment in inner {
            match segment {
                Segment::Text(text) => before = text.strip_prefix(", ")?,
                Segment::Hole { name, style: Style::Plain | Style::Optional, .. } => {
                    let is_next = params.next().is_some_and(|param| param.name == *name && is_positional(param));
                    if !is_next || !before.is_empty() && before.strip_suffix('=') != Some(name) {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        let is_rest_dropped = params.all(|param| !is_positional(param) || param.words.contains(&Word::Ignored));
        (close == ")" && is_rest_dropped).then_some(helper)
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
                    // `f({a?}, {b?})` with a `b` alone: what is left out in front of it is written out.
                    let style = if self.has_argument_behind(i, signature, bound) { Style::Plain } else { *style };
                    self.fill_hole(cx, &mut pieces, i, &bound.arguments[at], param, (name, style, *slot))?;
                }
            }
        }
        Ok(Claim::build(merge_text(pieces), self.prec_of(cx, bound, signature)).uses(self.uses()))
    }

    /// Whether an argument without a keyword follows on the hole of an optional one that has no keyword either.
    fn has_argument_behind(&self, index: usize, signature: &Signature, bound: &Bound<'_>) -> bool {
        let is_bare = |i: usize| matches!(self.segments.get(i.wrapping_sub(1)), Some(Segment::Text(before)) if before.ends_with(", ") || before.ends_with('('));
        let is_joined = |i: usize| matches!(self.segments.get(i.wrapping_sub(1)), Some(Segment::Text(before)) if before == ", ");
        if !matches!(self.segments[index], Segment::Hole { style: Style::Optional, .. }) || !is_bare(index) {
            return false;
        }
        for (i, segment) in self.segments.iter().enumerate().skip(index + 1) {
            match segment {
                Segment::Hole { name, .. } if is_joined(i) => {
                    let given = signature.param(name).map(|(at, _)| &bound.arguments[at]);
                    if matches!(given, Some(Argument::One(_))) {
                        return true;
                    }
                }
                Segment::Text(text) if text == ", " => {}
                _ => return false,
            }
        }
        false
    }

    fn fill_hole<'a>(
        &self,
        cx: &Cx<'a>,
        pieces: &mut Vec<Piece<'a>>,
        index: usize,
        argument: &Argument<'a>,
        param: &Param,
        (name, style, slot): (&str, Style, Prec),
    ) -> Result<(), FillError> {
        let starred = |expr: &ast::Expr| matches!(expr, ast::Expr::Starred(_));
        match (argument, style) {
            (Argument::Absent, Style::Optional) => drop_keyword(pieces, self.segments.get(index + 1)),
            (Argument::Absent, _) => pieces.push(Piece::text(param.default.as_deref().unwrap_or("None"))),
            (Argument::One(expr), _) => pieces.push(Piece::Expr(expr, slot)),
            (Argument::Many(items), Style::Optional) if items.is_empty() => drop_keyword(pieces, self.segments.get(index + 1)),
            (Argument::Many(items), Style::Tuple) => match items[..] {
                // `*x.shape` alone is the tuple that is wanted.
                [ast::Expr::Starred(spread)] if is_tuple(cx, &spread.value) => {
                    pieces.push(Piece::Expr(&spread.value, slot));
                }
                // One sequence, or what may be one, passes through.
                [item] if !starred(item) && !is_number(cx, item) && !is_count(cx, item) => pieces.push(Piece::Expr(item, slot)),
                _ => {
                    pieces.push(Piece::text("("));
                    spread(pieces, items, |_| false);
                    pieces.push(Piece::text(if items.len() == 1 { ",)" } else { ")" }));
                }
            },
            (Argument::Many(items), Style::Spread) => spread(pieces, items, |item| is_wrapped(cx, param, items, item)),
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

fn is_positional(param: &Param) -> bool {
    matches!(param.style, ParamStyle::PositionalOnly | ParamStyle::Positional)
}

/// Arguments one behind the other; `int(...)` of an array where a number is wanted.
fn spread<'a>(pieces: &mut Vec<Piece<'a>>, items: &[&'a ast::Expr], is_array: impl Fn(&ast::Expr) -> bool) {
    for (i, item) in items.iter().enumerate() {
        if i > 0 {
            pieces.push(Piece::text(", "));
        }
        match item {
            // Ex) `f(*a if b else c)`: in a tuple, less may stand behind a star than in a call.
            ast::Expr::Starred(spread) if precedence::of_tree(&spread.value) < Prec::BitOr => {
                pieces.extend([Piece::text("*"), Piece::Expr(&spread.value, Prec::BitOr)]);
            }
            _ if is_array(item) => pieces.extend([Piece::text("int("), Piece::Expr(item, Prec::Named), Piece::text(")")]),
            _ => pieces.push(Piece::Expr(item, Prec::Named)),
        }
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

/// `x.view(lengths[0], -1)`: beside other arguments, MLX takes no array for a size, and for the first one no number of NumPy's: `x.view(np.prod(shape), 1)`.
fn is_wrapped(cx: &Cx<'_>, param: &Param, items: &[&ast::Expr], item: &ast::Expr) -> bool {
    let fact = cx.fact(item);
    let is_first = items.first().is_some_and(|first| std::ptr::eq(*first, item));
    param.accepts(Word::Int) && (fact.kind.is_tensor() && fact.evidence > Evidence::Assumed || is_first && is_numpy_int(&fact.kind))
}

/// `n.max() + 1`, where nothing tells what `n` is: no shape is added to a number.
fn is_count(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    use ast::Operator::{Add, FloorDiv, Sub};
    matches!(expr, ast::Expr::BinOp(e) if matches!(e.op, Add | Sub | FloorDiv)
        && (cx.kind(expr).is_unknown() || cx.kind(expr).is_tensor())
        && (is_number(cx, &e.left) || is_number(cx, &e.right)))
}

/// `n`, and `lengths.max()`: a tensor is one number where a size stands.
fn is_number(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let fact = cx.fact(expr);
    // Ex) `n: int | None`: where it is passed, it is there.
    // Ex) `(size // 2) ** 2`: where a size stands, a number is whole.
    let is_int = matches!(&fact.kind, Kind::Int | Kind::Number) || matches!(&fact.kind, Kind::Optional(inner) if **inner == Kind::Int);
    is_int || is_numpy_int(&fact.kind) || fact.kind.is_tensor() && fact.evidence > Evidence::Assumed
}

/// A tuple for sure: `x.shape`, `x.shape[1:]`, whatever `x` is.
fn is_tuple(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Size | Kind::Tuple(_))
        || match expr {
            ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "shape",
            ast::Expr::Subscript(part) => matches!(*part.slice, ast::Expr::Slice(_)) && is_tuple(cx, &part.value),
            _ => false,
        }
}
