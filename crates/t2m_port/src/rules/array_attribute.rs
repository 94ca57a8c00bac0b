//! `self.A_log._no_weight_decay = True`: MLX arrays hold no attributes.

use t2m_semantic::{Entity, Evidence};
use t2m_syntax::ast;

use super::unported::{is_misspelled, tensors_have};
use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "array-attribute", doc: include_str!("array_attribute.md"), hook: Hook::Stmt(set) };

fn set<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (object, name, range) = stored(cx, stmt)?;
    let fact = cx.fact(object);
    let is_array = fact.kind.is_tensor() && fact.evidence != Evidence::Assumed;
    // PyTorch's own attributes have rows and rules.
    if !is_array || tensors_have(name) {
        return None;
    }
    if is_misspelled(name)
        && matches!(stmt, ast::Stmt::Assign(assign) if matches!(&*assign.value, ast::Expr::Constant(_)) && assign.targets.len() == 1)
    {
        return Some(StmtClaim::delete());
    }
    let reason =
        format!("MLX arrays hold no attributes, and an update makes new ones: keep `{name}` in the module, by the parameter's name");
    Some(StmtClaim::todo(Finding::todo(codes::UNSUPPORTED, range, reason)))
}

/// `object.name = value`, `setattr(object, "name", value)`
fn stored<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<(&'a ast::Expr, &'a str, t2m_syntax::TextRange)> {
    match stmt {
        ast::Stmt::Assign(assign) => assign.targets.iter().find_map(|target| match target {
            ast::Expr::Attribute(target) => Some((&*target.value, target.attr.as_str(), target.range)),
            _ => None,
        }),
        ast::Stmt::Expr(expr) => {
            let ast::Expr::Call(call) = &*expr.value else { return None };
            let is_it = matches!(cx.entity(&call.func), Some(Entity::Builtin(builtin)) if builtin.as_str() == "setattr");
            let [object, name, _] = &call.args[..] else { return None };
            is_it.then_some((object, receiver::string(name)?, call.range))
        }
        _ => None,
    }
}
