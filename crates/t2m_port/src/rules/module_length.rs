//! `len(module)`, `hasattr(module, "__len__")`: only containers of PyTorch have a length, and programs that walk a model ask for it; MLX's modules are dicts.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::Edit;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "module-length", doc: include_str!("module_length.md"), hook: Hook::Expr(&[Shape::Call], measured) };

fn measured<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Name(func) = &*call.func else { return None };
    let (helper, module) = match (func.id.as_str(), &call.args[..]) {
        ("len", [module]) => ("module_len", module),
        ("hasattr", [module, name]) if receiver::string(name) == Some("__len__") => ("has_attribute", module),
        _ => return None,
    };
    // A class that is known has a length of its own, or the program would fail.
    let is_any = cx.kind(module) == Kind::Module && receiver::class_of(cx, module).is_none();
    if !is_any || !matches!(cx.entity(&call.func), Some(Entity::Builtin(_))) {
        return None;
    }
    let (text, uses) = cx.member(Module::Compat, helper);
    Some(Claim::edit(vec![Edit::text(call.func.range(), text)]).uses(uses))
}
