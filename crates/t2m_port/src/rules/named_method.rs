//! `getattr(x, name)(...)`: a method that only the run names can't be ported.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "named-method", doc: include_str!("named_method.md"), hook: Hook::Expr(called) };

fn called<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Call(access) = &*call.func else { return None };
    if !matches!(cx.entity(&access.func), Some(Entity::Builtin(name)) if name == "getattr") {
        return None;
    }
    let [object, name] = &access.args[..] else { return None };
    let kind = cx.kind(object);
    let is_tensor = kind.is_tensor()
        || kind.is_unknown()
            && cx.entity(object).is_none()
            && call.keywords.iter().any(|keyword| matches!(keyword.arg.as_deref(), Some("dim" | "keepdim")));
    if !is_tensor || receiver::string(name).is_some() {
        return None;
    }
    let reason = format!("`{}` names a method of a tensor at run time, and MLX's have other names and arguments", cx.snippet(name));
    Some(Claim::todo(Finding::todo(codes::UNKNOWN_RECEIVER, expr.range(), reason).help("write out the methods that are meant")))
}
