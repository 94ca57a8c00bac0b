//! `x.clamp(min=0).sqrt()`: the gradient of what is clamped is zero in PyTorch, and zero times infinity in MLX.

use std::sync::LazyLock;

use t2m_semantic::tables::MAPPINGS;
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
static EDGES: LazyLock<toml::Table> = LazyLock::new(|| {
    let text = MAPPINGS.get_file("names/edges.toml").and_then(|file| file.contents_utf8()).unwrap_or_default();
    let table: toml::Table = toml::from_str(text).unwrap_or_default();
    table.get("edges").and_then(toml::Value::as_table).cloned().unwrap_or_default()
});

/// What a call clamps, and to what.
struct Clamp<'a> {
    operand: &'a ast::Expr,
    bounds: [Option<&'a ast::Expr>; 2],
    is_relu: bool,
}

fn clamped_to_edge<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
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
    for up in cx.ancestors(Node::Expr(expr)).take(2) {
        match up {
            Node::Expr(user) => {
                if edged(cx, user, edges).is_some_and(|operand| std::ptr::eq(operand, expr)) {
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
                is_read |= views::is_same_name(operand, name);
            }
        });
    }
    is_read
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
                let names = EDGES.get(if edge == 0 { "0" } else { "1" }).and_then(toml::Value::as_array);
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
