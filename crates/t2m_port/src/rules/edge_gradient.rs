//! `x.clamp(min=0).sqrt()`: the gradient of what is clamped or filled is zero in PyTorch, and zero times infinity in MLX.

use std::sync::LazyLock;

use serde::Deserialize;
use t2m_semantic::tables::read_names;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape, is_off_at};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{receiver, views};

pub(super) const RULE: Rule =
    Rule { name: "edge-gradient", doc: include_str!("edge_gradient.md"), hook: Hook::Expr(&[Shape::Call], clamped_to_edge) };

/// From `mappings/names/edges.toml`.
#[derive(Deserialize, Default)]
struct Edges {
    edges: toml::Table,
    keeps_zero: Names,
}

#[derive(Deserialize, Default)]
struct Names {
    names: Vec<String>,
}

static EDGES: LazyLock<Edges> = LazyLock::new(|| read_names("edges"));

/// Methods and functions that give zero for zeros.
fn keeps_zero(name: &str) -> bool {
    EDGES.keeps_zero.names.iter().any(|keeps| keeps == name)
}

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
    let bound = |at: usize, name: &str| receiver::argument(call, first + at, name).filter(|bound| !is_none(bound));
    let bounds = match name {
        "clamp_min" => [bound(0, "min"), None],
        "clamp_max" => [None, bound(0, "max")],
        "relu" => [None, None],
        _ => [bound(0, "min"), bound(1, "max")],
    };
    Some(Clamp { operand, bounds, is_relu: name == "relu" })
}

fn is_none(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Constant(constant) if constant.value.is_none())
}

/// Whether what was clamped is the operand of a function with such an edge, at once or by the name that it gets.
fn meets_edge<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, edges: [bool; 2]) -> bool {
    // Ex) `(x.clamp(min=0) ** 2).sum(-1).sqrt()`
    const STEPS: usize = 10;
    for up in cx.ancestors(Node::Expr(expr)).take(STEPS) {
        match up {
            Node::Expr(user) => {
                if edged(cx, user, edges).is_some_and(|operand| std::ptr::eq(origin(cx, operand, expr), expr)) {
                    return true;
                }
            }
            Node::Stmt(stmt) => {
                let Some((ast::Expr::Name(target), value)) = receiver::assignment(stmt) else { return false };
                return std::ptr::eq(value, expr) && is_read_at_edge(cx, stmt, expr, target.id.as_str(), edges);
            }
        }
    }
    false
}

fn is_read_at_edge<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &'a ast::Expr, name: &str, edges: [bool; 2]) -> bool {
    let mut is_read = false;
    for other in views::enclosing_body(cx, value) {
        if other.end() < stmt.start() {
            continue;
        }
        Node::Stmt(other).walk(&mut |node| {
            if let Node::Expr(user) = node
                && user.start() > stmt.end()
                && let Some(operand) = edged(cx, user, edges)
            {
                is_read |= views::is_same_name(origin(cx, operand, value), name);
            }
        });
    }
    is_read
}

/// What a value is made from where zeros stay zeros: the `x` of `(x ** 2).sum(-1)`. `value` is taken as it is.
fn origin<'a>(cx: &Cx<'a>, mut expr: &'a ast::Expr, value: &'a ast::Expr) -> &'a ast::Expr {
    while !std::ptr::eq(expr, value) {
        expr = match expr {
            ast::Expr::BinOp(e) if e.op == ast::Operator::Pow && !is_root(&e.right) || e.op == ast::Operator::Div => &e.left,
            ast::Expr::Call(call) => match &*call.func {
                ast::Expr::Attribute(function) if keeps_zero(&function.attr) => match (cx.qualified(&call.func), call.args.first()) {
                    (Some(name), Some(first)) if name.starts_with("torch.") => first,
                    (None, _) => &*function.value,
                    _ => return expr,
                },
                _ => return expr,
            },
            _ => return expr,
        };
    }
    expr
}

/// The operand of `x.sqrt()`, `torch.acos(x)`, `x ** 0.5`, if one of `edges` is the function's.
fn edged<'a>(cx: &Cx<'a>, user: &'a ast::Expr, edges: [bool; 2]) -> Option<&'a ast::Expr> {
    match user {
        ast::Expr::BinOp(power) => (power.op == ast::Operator::Pow && edges[0] && is_root(&power.right)).then_some(&*power.left),
        ast::Expr::Call(call) => {
            let ast::Expr::Attribute(function) = &*call.func else { return None };
            let name = function.attr.as_str();
            let (operand, rest) = match cx.qualified(&call.func) {
                Some(qualified) if qualified.starts_with("torch.") => call.args.split_first()?,
                Some(_) => return None,
                None => (&*function.value, &call.args[..]),
            };
            let is_at = |edge: usize| {
                let names = EDGES.edges.get(if edge == 0 { "0" } else { "1" }).and_then(toml::Value::as_array);
                edges[edge] && names.is_some_and(|names| names.iter().any(|known| known.as_str() == Some(name)))
            };
            let is_power = || name == "pow" && edges[0] && rest.first().is_some_and(is_root);
            (is_at(0) || is_at(1) || is_power()).then_some(operand)
        }
        _ => None,
    }
}

/// An exponent whose power has no finite slope at zero: `0.5`, `-0.5`.
fn is_root(exponent: &ast::Expr) -> bool {
    receiver::number(exponent).is_some_and(|exponent| exponent < 1.0 && exponent != 0.0)
}
