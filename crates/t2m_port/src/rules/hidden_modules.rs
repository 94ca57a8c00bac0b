//! `self.teacher = [model]`: PyTorch looks for modules in no list and no dictionary, MLX in both.

use t2m_semantic::{ClassId, Kind};
use t2m_syntax::ast;

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::receiver;
use crate::survey::Store;

pub(super) const RULE: Rule = Rule { name: "hidden-modules", doc: include_str!("hidden_modules.md"), hook: Hook::Stmt(assigned) };

fn assigned<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (ast::Expr::Attribute(target), value) = receiver::assignment(stmt)? else { return None };
    let (Kind::List(_) | Kind::Dict(_)) = cx.kind(value) else { return None };
    let class = receiver::self_class(cx, &target.value).filter(|class| receiver::makes_modules(cx, *class))?;
    let name = target.attr.as_str();
    // MLX leaves names that start with an underscore alone.
    if name.starts_with('_') || !holds_modules_alone(cx, class, name) {
        return None;
    }
    Some(super::module_array::plain_attribute(cx, target, value))
}

/// Whether the attribute is a list or dictionary wherever it is assigned, and gets modules there or later.
fn holds_modules_alone(cx: &Cx<'_>, class: ClassId, name: &str) -> bool {
    let mut holds_modules = false;
    for class in receiver::family(cx, class) {
        let facts = cx.project_facts.file(cx.project_facts.class(class).file);
        let kind = |value: &ast::Expr| facts.fact(value).kind;
        for store in cx.shared.survey.stores(cx.project_facts, class, name) {
            match store {
                Store::Whole(value) => match kind(value) {
                    Kind::List(inner) | Kind::Dict(inner) => holds_modules |= is_module(cx, &inner),
                    _ => return false,
                },
                Store::Item(value) | Store::Method("append" | "insert", value) => holds_modules |= is_module(cx, &kind(value)),
                Store::Augmented(_) | Store::Method(..) | Store::Inner(_) => {}
            }
        }
    }
    holds_modules
}

fn is_module(cx: &Cx<'_>, kind: &Kind) -> bool {
    match kind {
        Kind::Instance(class) => cx.project_facts.is_module_class(*class),
        kind => kind.is_layer(),
    }
}
