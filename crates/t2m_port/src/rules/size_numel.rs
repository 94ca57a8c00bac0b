//! `x.shape.numel()`: the shape of an MLX array is a tuple.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule = Rule { name: "size-numel", doc: include_str!("size_numel.md"), hook: Hook::Expr(&[Shape::Call], numel) };

fn numel<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    if method.attr.as_str() != "numel" || !call.args.is_empty() || !call.keywords.is_empty() || !is_size(cx, &method.value) {
        return None;
    }
    let (prod, uses) = cx.member(Module::Math, "prod");
    let pieces = vec![Piece::text(format!("{prod}(")), Piece::Expr(&method.value, Prec::Test), Piece::text(")")];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// A size by its kind, or by its text where the owner is not known: only tensors have a shape with `numel`.
fn is_size(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    cx.kind(expr) == Kind::Size
        || match expr {
            ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "shape" && cx.entity(expr).is_none(),
            ast::Expr::Call(call) => {
                matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "size") && call.args.is_empty()
            }
            ast::Expr::Subscript(subscript) => matches!(&*subscript.slice, ast::Expr::Slice(_)) && is_size(cx, &subscript.value),
            _ => false,
        }
}
