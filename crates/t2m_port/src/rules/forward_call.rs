//! Direct calls of `forward`: a module is called itself.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec, ranges};

use super::{Hook, Rule, Shape, replaced_forward};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "forward-call", doc: include_str!("forward_call.md"), hook: Hook::Expr(&[Shape::Attribute], forward) };

fn forward<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    if attribute.attr.as_str() != "forward" {
        return None;
    }
    let object = &*attribute.value;
    let todo = |reason: &str| Some(Claim::todo(Finding::todo(codes::FORWARD, expr.range(), reason)));
    if receiver::class_of(cx, object).is_some_and(|class| replaced_forward::dispatches(cx, class)) {
        return Some(Claim::keep());
    }
    if receiver::is_super(cx, object) {
        let class = receiver::enclosing_class(cx, t2m_syntax::Node::Expr(expr))?;
        if replaced_forward::dispatches(cx, class) {
            return Some(Claim::keep());
        }
        return receiver::makes_modules(cx, class).then(|| Claim::edit(vec![Edit::text(ranges::attribute_name(attribute), "__call__")]));
    }
    if receiver::is_module_class(cx, object) {
        return Some(Claim::edit(vec![Edit::text(ranges::attribute_name(attribute), "__call__")]));
    }
    let is_module = receiver::is_module(cx, object);
    if !matches!(attribute.ctx, ast::ExprContext::Load) {
        let reason =
            "`forward` is replaced on an object: MLX looks `__call__` up on the class; make a subclass, or call the function itself";
        return if is_module || is_unknown(cx, object) { todo(reason) } else { None };
    }
    if is_module || is_unknown(cx, object) && cx.shared.only_modules_forward(cx.project_facts) {
        return Some(match receiver::is_callee(cx, expr) {
            true => Claim::build(vec![Piece::Expr(object, Prec::Atom)], Prec::Atom),
            false => Claim::edit(vec![Edit::text(ranges::attribute_name(attribute), "__call__")]),
        });
    }
    if is_unknown(cx, object) {
        let (forward_of, uses) = cx.member(Module::Compat, "forward_of");
        let pieces = vec![Piece::text(format!("{forward_of}(")), Piece::Expr(object, Prec::Test), Piece::text(")")];
        return Some(Claim::build(pieces, Prec::Atom).uses(uses));
    }
    None
}

pub(super) fn is_unknown<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> bool {
    receiver::self_class(cx, object).is_none()
        && cx.entity(object).is_none()
        && matches!(cx.kind(object), Kind::Unknown | Kind::Optional(_))
}
