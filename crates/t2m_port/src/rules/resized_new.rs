//! `x.new().resize_as_(y).fill_(1)`: the old way to write `torch.full_like(y, 1)`.

use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule = Rule { name: "resized-new", doc: include_str!("resized_new.md"), hook: Hook::Expr(&[Shape::Call], filled) };

fn filled<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (resized, value) = match method(expr)? {
        (resized, "fill_", [value]) if cx.kind(value).is_number() => (resized, Some(value)),
        (resized, "zero_", []) => (resized, None),
        _ => return None,
    };
    let (made, "resize_as_", [like]) = method(resized)? else { return None };
    let (of, "new", []) = method(made)? else { return None };
    // One name alone: what another one gives is its dtype.
    if !(of.is_name_expr() && cx.source(of) == cx.source(like)) || !(cx.kind(of).is_tensor() || cx.kind(of).is_unknown()) {
        return None;
    }
    let (full, uses) = cx.member(Module::Core, if value.is_some() { "full_like" } else { "zeros_like" });
    let mut pieces = vec![Piece::text(format!("{full}(")), Piece::Expr(like, Prec::Test)];
    if let Some(value) = value {
        pieces.extend([Piece::text(", "), Piece::Expr(value, Prec::Test)]);
    }
    pieces.push(Piece::text(")"));
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// The receiver, name and arguments of a method that is called without keywords.
fn method(expr: &ast::Expr) -> Option<(&ast::Expr, &str, &[ast::Expr])> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    call.keywords.is_empty().then_some((&*method.value, method.attr.as_str(), &call.args[..]))
}
