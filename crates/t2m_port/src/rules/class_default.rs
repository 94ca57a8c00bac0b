//! `self.plan = {}` over a class attribute `plan = None`: an MLX module keeps containers as items, which a class attribute would hide.

use t2m_semantic::Kind;
use t2m_syntax::ast;

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "class-default", doc: include_str!("class_default.md"), hook: Hook::Stmt(assigned) };

fn assigned<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (ast::Expr::Attribute(target), value) = receiver::assignment(stmt)? else { return None };
    let class = receiver::self_class(cx, &target.value).filter(|class| receiver::makes_modules(cx, *class))?;
    let name = target.attr.as_str();
    let kind = cx.kind(value);
    // PyTorch's modules and parameters do get hidden.
    if is_no_item(&kind)
        || cx.project_facts.is_module(&kind)
        || cx.call_of(value, "torch.nn.Parameter").is_some()
        || !receiver::family(cx, class).any(|class| cx.shared.survey.binds(cx.project_facts, class, name))
    {
        return None;
    }
    Some(super::module_array::plain_attribute(cx, target, value))
}

/// Values that MLX keeps in the instance as Python does.
fn is_no_item(kind: &Kind) -> bool {
    match kind {
        Kind::None | Kind::Int | Kind::Float | Kind::Bool | Kind::Str | Kind::DType | Kind::Device | Kind::Function(_) => true,
        Kind::Optional(inner) => !inner.is_unknown() && is_no_item(inner),
        _ => false,
    }
}
