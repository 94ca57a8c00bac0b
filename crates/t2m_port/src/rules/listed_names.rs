//! `dir(self)` of a module: MLX keeps arrays and layers as items of a dict, which Python does not list.

use t2m_semantic::Entity;
use t2m_syntax::Edit;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "listed-names", doc: include_str!("listed_names.md"), hook: Hook::Expr(&[Shape::Call], listed) };

fn listed<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let [object] = &call.args[..] else { return None };
    if !matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "dir") || !receiver::is_module(cx, object) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "module_dir");
    Some(Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses))
}
