//! `type(self.layers).__name__`: what PyTorch calls a `ModuleList` is a list in the port.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::Prec;
use t2m_syntax::ast;

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;

pub(super) const RULE: Rule = Rule { name: "class-name", doc: include_str!("class_name.md"), hook: Hook::Expr(&[Shape::Attribute], named) };

fn named<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    let object = match &*attribute.value {
        _ if attribute.attr.as_str() != "__name__" => return None,
        ast::Expr::Attribute(class) if class.attr.as_str() == "__class__" => &*class.value,
        ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "type") => {
            call.args.first()?
        }
        _ => return None,
    };
    let is_list = matches!(cx.kind(object), Kind::ModuleList(_)) && cx.is_simple(object);
    is_list.then(|| Claim::text("\"ModuleList\"", Prec::Atom))
}
