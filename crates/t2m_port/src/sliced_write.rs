//! `x.narrow(1, i, 2).copy_(y)`, `x.select(0, 3).fill_(1)`: what these select has an index, `x[:, i:i + 2]`, which MLX writes to.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use crate::cx::Cx;
use crate::{receiver, views};

/// Each axis in front of the one that is selected takes a `:`.
const MOST_AXES: f64 = 4.0;

/// The tensor of `x.narrow(1, i, 2)`, and the index that selects the same.
pub(crate) fn indexed<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<(&'a ast::Expr, Vec<Piece<'a>>)> {
    let ast::Expr::Call(call) = target else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let base = &*method.value;
    let is_owner = matches!(base, ast::Expr::Name(_) | ast::Expr::Attribute(_)) && cx.is_simple(base) && cx.kind(base).is_tensor();
    if !is_owner || !call.keywords.is_empty() || cx.entity(&call.func).is_some() {
        return None;
    }
    let axis = receiver::number(call.args.first()?).filter(|axis| (0.0..=MOST_AXES).contains(axis))?;
    let mut pieces = vec![Piece::Expr(base, Prec::Atom), Piece::text(format!("[{}", ":, ".repeat(axis as usize)))];
    match (method.attr.as_str(), &call.args[1..]) {
        ("select", [index]) if cx.kind(index) == Kind::Int => pieces.push(Piece::Expr(index, Prec::Test)),
        ("narrow", [start, length]) if is_count(cx, start) && cx.kind(length) == Kind::Int && cx.is_simple(length) => {
            pieces.extend([Piece::Expr(start, Prec::Test), Piece::text(":")]);
            pieces.extend([Piece::Expr(start, Prec::Arith), Piece::text(" + "), Piece::Expr(length, Prec::Term)]);
        }
        _ => return None,
    }
    pieces.push(Piece::text("]"));
    Some((base, pieces))
}

/// A number that is not negative, which `narrow` would count from the end: a literal, or what a loop counts.
fn is_count<'a>(cx: &Cx<'a>, start: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = start else { return receiver::number(start).is_some_and(|start| start >= 0.0) };
    let bound = views::bindings(views::enclosing_body(cx, start), &name.id);
    let [(Node::Stmt(ast::Stmt::For(walk)), ast::Expr::Call(counted))] = bound[..] else { return false };
    let is_builtin = |name: &str| matches!(cx.entity(&counted.func), Some(Entity::Builtin(builtin)) if builtin.as_str() == name);
    let is_first =
        || matches!(&*walk.target, ast::Expr::Tuple(pair) if pair.elts.first().is_some_and(|count| views::is_same_name(count, &name.id)));
    let is_in_loop = walk.range().contains_range(start.range());
    is_in_loop
        && (is_builtin("range") && counted.args.len() == 1 && walk.target.is_name_expr()
            || is_builtin("enumerate") && counted.args.len() == 1 && is_first())
}
