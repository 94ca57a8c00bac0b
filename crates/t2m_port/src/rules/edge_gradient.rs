//! `x.clamp(min=0).sqrt()`: the gradient of what is clamped or filled is zero in PyTorch, and zero times infinity in MLX.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Edit, Piece, Prec, TextRange};

use super::{Hook, Rule, Shape, is_off_at};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::edges::meets_edge;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "edge-gradient", doc: include_str!("edge_gradient.md"), hook: Hook::Expr(&[Shape::Call], clamped_to_edge) };

/// What a call clamps, and to what.
struct Clamp<'a> {
    operand: &'a ast::Expr,
    bounds: [Option<&'a ast::Expr>; 2],
    is_relu: bool,
}

/// What a call fills, where, and with which number. Ex) `x.masked_fill(mask, 0.0)`, `torch.where(mask, x, 0.0)`
struct Fill<'a> {
    operand: &'a ast::Expr,
    mask: &'a ast::Expr,
    value: &'a ast::Expr,
    /// Whether the mask says where the operand stays.
    keeps: bool,
}

fn clamped_to_edge<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if let Some(fill) = fill(cx, call) {
        return filled_with_edge(cx, expr, &fill);
    }
    let clamp = clamp(cx, expr, call)?;
    let edges = clamp.edges();
    if edges == [false, false] || !meets_edge(cx, expr, edges) || is_off_at(cx, expr) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "hard_clip");
    let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(clamp.operand, Prec::Test)];
    if clamp.is_relu {
        pieces.push(Piece::text(", min=0"));
    }
    for (name, bound) in ["min", "max"].into_iter().zip(clamp.bounds) {
        if let Some(bound) = bound {
            pieces.extend([Piece::text(format!(", {name}=")), Piece::Expr(bound, Prec::Test)]);
        }
    }
    pieces.push(Piece::text(")"));
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

fn filled_with_edge<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, fill: &Fill<'a>) -> Option<Claim<'a>> {
    let value = receiver::number(fill.value)?;
    let edges = [value == 0.0, value.abs() == 1.0];
    if !meets_edge(cx, expr, edges) || is_off_at(cx, expr) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "hard_fill");
    let (not, more) = cx.member(Module::Core, "logical_not");
    let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(fill.operand, Prec::Test), Piece::text(", ")];
    if fill.keeps {
        pieces.extend([Piece::text(format!("{not}(")), Piece::Expr(fill.mask, Prec::Test), Piece::text(")")]);
    } else {
        pieces.push(Piece::Expr(fill.mask, Prec::Test));
    }
    pieces.extend([Piece::text(", "), Piece::Expr(fill.value, Prec::Test), Piece::text(")")]);
    let claim = Claim::build(pieces, Prec::Atom).uses(uses);
    Some(if fill.keeps { claim.uses(more) } else { claim })
}

/// `self.act(x)`, `F.relu6(x)`, `torch.max(x, torch.zeros_like(x))` in front of a steep function: what they give, with a gradient that ends at the edge.
pub(crate) fn behind_edge<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, claim: Option<Claim<'a>>) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return claim };
    let is_ported = claim.as_ref().is_none_or(|claim| claim.findings.iter().all(|finding| !finding.is_todo));
    let Some(edges) = activation(cx, call).filter(|_| is_ported) else { return claim };
    if !meets_edge(cx, expr, edges) || is_off_at(cx, expr) {
        return claim;
    }
    let (helper, uses) = cx.member(Module::Compat, "hard_clip");
    let open = Piece::text(format!("{helper}("));
    let close = Piece::text(if edges[1] { ", min=-1, max=1)" } else { ", min=0)" });
    let Claim { decision, uses: own, findings } = claim.unwrap_or_default();
    let decision = match decision {
        Some(Decision::Build(pieces, prec)) => {
            let (before, after) = if prec == Prec::Tuple { ("(", ")") } else { ("", "") };
            let around = [open, Piece::text(before)].into_iter().chain(pieces).chain([Piece::text(after), close]);
            Decision::Build(around.collect(), Prec::Atom)
        }
        edited => {
            let mut edits = match edited {
                Some(Decision::Edit(edits)) => edits,
                _ => Vec::new(),
            };
            edits.insert(0, Edit::new(TextRange::empty(expr.range().start()), vec![open]));
            edits.push(Edit::new(TextRange::empty(expr.range().end()), vec![close]));
            Decision::Edit(edits)
        }
    };
    Some(Claim { decision: Some(decision), uses: own, findings }.uses(uses))
}

/// The edges of what an activation, or a maximum with zeros, gives.
fn activation<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<[bool; 2]> {
    const ZERO: [bool; 2] = [true, false];
    if let Some(layer) = receiver::layer(cx, &call.func) {
        return matches!(layer.as_static(), "torch.nn.ReLU" | "torch.nn.ReLU6").then_some(ZERO);
    }
    let ast::Expr::Attribute(function) = &*call.func else { return None };
    let name = function.attr.as_str();
    if !matches!(name, "relu6" | "hardtanh" | "threshold" | "max" | "maximum") {
        return None;
    }
    let (operand, rest) = match cx.qualified(&call.func) {
        Some(qualified) if qualified.starts_with("torch.") => call.args.split_first()?,
        None if cx.kind(&function.value).is_tensor() => (&*function.value, &call.args[..]),
        _ => return None,
    };
    match (name, rest) {
        ("relu6", _) => Some(ZERO),
        ("hardtanh", []) => call.keywords.is_empty().then_some([false, true]),
        ("threshold", [threshold, value]) => {
            [threshold, value].into_iter().all(|number| receiver::number(number) == Some(0.0)).then_some(ZERO)
        }
        ("max" | "maximum", [other]) => [operand, other].into_iter().any(|one| is_zeros(cx, one)).then_some(ZERO),
        _ => None,
    }
}

/// `torch.zeros_like(x)`, `torch.zeros(1)`, `torch.tensor(0.0)`
fn is_zeros<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    match cx.qualified(&call.func) {
        Some("torch.zeros_like" | "torch.zeros") => true,
        Some("torch.tensor") => call.args.first().and_then(receiver::number) == Some(0.0),
        None => matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "new_zeros"),
        _ => false,
    }
}

fn fill<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Fill<'a>> {
    let ast::Expr::Attribute(function) = &*call.func else { return None };
    let at = |index: usize, name: &str| receiver::argument(call, index, name);
    match (function.attr.as_str(), cx.qualified(&call.func)) {
        ("masked_fill", Some("torch.masked_fill")) => {
            Some(Fill { operand: at(0, "input")?, mask: at(1, "mask")?, value: at(2, "value")?, keeps: false })
        }
        ("masked_fill", None) => Some(Fill { operand: &function.value, mask: at(0, "mask")?, value: at(1, "value")?, keeps: false }),
        ("where", Some("torch.where")) => {
            let (mask, input, other) = (at(0, "condition")?, at(1, "input")?, at(2, "other")?);
            match (receiver::number(input), receiver::number(other)) {
                (Some(_), None) => Some(Fill { operand: other, mask, value: input, keeps: false }),
                (None, Some(_)) => Some(Fill { operand: input, mask, value: other, keeps: true }),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Clamp<'_> {
    /// Whether it clamps to zero, and whether to one or minus one.
    fn edges(&self) -> [bool; 2] {
        let is = |bound: Option<&ast::Expr>, edge: f64| bound.and_then(receiver::number) == Some(edge);
        let [min, max] = self.bounds;
        [self.is_relu || is(min, 0.0), is(min, -1.0) || is(min, 1.0) || is(max, 1.0)]
    }
}

/// `x.clamp(0, 1)`, `torch.clamp(x, min=0)`, `F.relu(x)`
fn clamp<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, call: &'a ast::ExprCall) -> Option<Clamp<'a>> {
    let ast::Expr::Attribute(function) = &*call.func else { return None };
    let name = function.attr.as_str();
    if !matches!(name, "clamp" | "clip" | "clamp_min" | "clamp_max" | "relu") {
        return None;
    }
    let (operand, first) = match cx.qualified(&call.func) {
        Some(qualified) => (receiver::argument(call, 0, "input").filter(|_| qualified.starts_with("torch."))?, 1),
        None if cx.kind(&function.value).is_tensor() || name != "relu" && cx.kind(expr).is_tensor() => (&*function.value, 0),
        None => return None,
    };
    let bound = |at: usize, name: &str| receiver::argument(call, first + at, name).filter(|bound| !receiver::is_none(bound));
    let bounds = match name {
        "clamp_min" => [bound(0, "min"), None],
        "clamp_max" => [None, bound(0, "max")],
        "relu" => [None, None],
        _ => [bound(0, "min"), bound(1, "max")],
    };
    Some(Clamp { operand, bounds, is_relu: name == "relu" })
}
