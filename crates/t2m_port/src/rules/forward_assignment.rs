//! `m.forward = m.forward_fused`, from outside of the class: Python looks `__call__` up on the class, so a helper gives the module one of its own.

use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, forward_call, replaced_forward};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "forward-assignment", doc: include_str!("forward_assignment.md"), hook: Hook::Stmt(assignment) };

fn assignment<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (ast::Expr::Attribute(target), value) = receiver::assignment(stmt)? else { return None };
    let object = &*target.value;
    let is_kept = || receiver::class_of(cx, object).is_some_and(|class| replaced_forward::dispatches(cx, class));
    if target.attr.as_str() != "forward" || is_kept() || receiver::is_module_class(cx, object) {
        return None;
    }
    (receiver::is_module(cx, object) || forward_call::is_unknown(cx, object)).then(|| {
        let (helper, uses) = cx.member(Module::Compat, "replace_forward");
        let pieces = vec![
            Piece::text(format!("{helper}(")),
            Piece::Expr(object, Prec::Test),
            Piece::text(", "),
            Piece::Expr(value, Prec::Test),
            Piece::text(")"),
        ];
        StmtClaim::replace(pieces).uses(uses)
    })
}
