//! `self.plan = {}` over a class attribute `plan = None`: an MLX module keeps containers as items, which a class attribute would hide.

use t2m_semantic::{ClassId, Kind};
use t2m_syntax::ast;

use super::{Hook, Rule, summed};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::receiver;
use crate::views;

pub(super) const RULE: Rule = Rule { name: "class-default", doc: include_str!("class_default.md"), hook: Hook::Stmt(assigned) };

fn assigned<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if let Some(target) = summed::over_default(cx, stmt) {
        return Some(super::several_targets::plain_names(cx, &[target]));
    }
    let (ast::Expr::Attribute(target), value) = receiver::assignment(stmt)? else { return None };
    let name = target.attr.as_str();
    // PyTorch's parameters do get hidden.
    let is_hidden = cx.call_of(value, "torch.nn.Parameter").is_none()
        && match receiver::class_of(cx, &target.value) {
            Some(class) => receiver::makes_modules(cx, class) && hides(cx, class, name, &cx.kind(value)),
            None => is_self_of_another(cx, &target.value) && may_be_item(cx, &cx.kind(value)) && only_modules(cx, name),
        };
    is_hidden.then(|| super::module_array::plain_attribute(cx, target, value))
}

/// Whether a class attribute of this name would hide what an object gets.
pub(super) fn hides(cx: &Cx<'_>, class: ClassId, name: &str, kind: &Kind) -> bool {
    may_be_item(cx, kind) && receiver::family(cx, class).any(|class| cx.shared.survey.binds(class, name))
}

/// PyTorch's modules do get hidden.
fn may_be_item(cx: &Cx<'_>, kind: &Kind) -> bool {
    !is_no_item(kind) && !cx.project_facts.is_module(kind)
}

/// `self` of a function that no class of its own has: a decorator puts it into the classes that it gets.
fn is_self_of_another<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> bool {
    views::is_same_name(object, "self") && cx.kind(object).is_unknown() && receiver::is_parameter_around(cx, object, "self")
}

/// Whether there are classes that have a name as a class attribute, and all of them make modules.
fn only_modules(cx: &Cx<'_>, name: &str) -> bool {
    let is_such = |class: &ClassId| cx.shared.survey.binds(*class, name);
    let mut classes = cx.project_facts.classes().map(|(id, _)| id).filter(is_such).peekable();
    classes.peek().is_some() && classes.all(|class| receiver::makes_modules(cx, class))
}

/// Values that MLX keeps in the instance as Python does.
fn is_no_item(kind: &Kind) -> bool {
    match kind {
        Kind::None | Kind::Int | Kind::Float | Kind::Bool | Kind::Str | Kind::DType | Kind::Device | Kind::Function(_) => true,
        Kind::Optional(inner) => !inner.is_unknown() && is_no_item(inner),
        _ => false,
    }
}
