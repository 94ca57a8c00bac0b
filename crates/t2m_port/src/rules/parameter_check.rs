//! `isinstance(layer.bias, nn.Parameter)`: parameters are plain arrays in MLX, but the module that holds one knows it from a buffer.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "parameter-check", doc: include_str!("parameter_check.md"), hook: Hook::Expr(&[Shape::Call], asked) };

fn asked<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ([value, class], ast::Expr::Name(func)) = (&call.args[..], &*call.func) else { return None };
    if func.id.as_str() != "isinstance" || cx.qualified(class) != Some("torch.nn.Parameter") {
        return None;
    }
    let (module, name) = match value {
        ast::Expr::Attribute(attribute) => (&*attribute.value, Piece::text(format!("\"{}\"", attribute.attr))),
        ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "getattr") => {
            let [module, name, ..] = &call.args[..] else { return None };
            (module, Piece::Expr(name, Prec::Named))
        }
        _ => return None,
    };
    let is_module = receiver::is_module(cx, module) || cx.kind(module) == Kind::Module;
    if !is_module || !cx.is_pure(module) {
        return None;
    }
    let (text, uses) = cx.member(Module::Compat, "is_parameter");
    let pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(module, Prec::Named), Piece::text(", "), name, Piece::text(")")];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}
