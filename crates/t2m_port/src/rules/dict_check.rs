//! `isinstance(ckpt, dict)`: an MLX module is a dict, a PyTorch module is none. Where a value may be either, the port asks for both.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::last_name;
use super::unported::{modules_differ, modules_lack, tensors_have};
use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{imports, receiver, views};

pub(super) const RULE: Rule = Rule { name: "dict-check", doc: include_str!("dict_check.md"), hook: Hook::Expr(&[Shape::Call], asked) };

fn asked<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (object, classes) = instance_check(cx, expr)?;
    let among = each(classes);
    let asks_dict = among.iter().any(|class| is_dict(cx, class));
    if !asks_dict || among.iter().any(|class| is_module_class(cx, class)) || !cx.is_simple(object) || !may_be_module(cx, expr, object) {
        return None;
    }
    let (module, uses) = cx.member(Module::Nn, "Module");
    let pieces = vec![
        Piece::text("isinstance("),
        Piece::Expr(object, Prec::Test),
        Piece::text(", "),
        Piece::Expr(classes, Prec::Test),
        Piece::text(") and not isinstance("),
        Piece::Expr(object, Prec::Test),
        Piece::text(format!(", {module})")),
    ];
    Some(Claim::build(pieces, Prec::And).uses(uses))
}

/// The object and the classes of `isinstance(object, classes)`.
fn instance_check<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(&'a ast::Expr, &'a ast::Expr)> {
    let ast::Expr::Call(call) = expr else { return None };
    let asks = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "isinstance");
    match &call.args[..] {
        [object, classes] if asks => Some((object, classes)),
        _ => None,
    }
}

/// `nn.Module`, or each of `(dict, nn.Module)`.
fn each(classes: &ast::Expr) -> &[ast::Expr] {
    match classes {
        ast::Expr::Tuple(tuple) => &tuple.elts,
        one => std::slice::from_ref(one),
    }
}

/// A class of which an MLX module is an instance.
fn is_dict<'a>(cx: &Cx<'a>, class: &'a ast::Expr) -> bool {
    match cx.entity(class) {
        Some(Entity::Builtin(name)) => name.as_str() == "dict",
        _ => cx.qualified(class).is_some_and(|name| {
            let bare = name.strip_prefix("collections.abc.").or_else(|| name.strip_prefix("typing."));
            matches!(bare, Some("Mapping" | "MutableMapping" | "Dict"))
        }),
    }
}

fn is_module_class<'a>(cx: &Cx<'a>, class: &'a ast::Expr) -> bool {
    match cx.entity(class) {
        Some(Entity::Class(id)) => cx.project_facts.is_module_class(*id),
        _ => cx.qualified(class).is_some_and(|name| name.starts_with("torch.nn.")),
    }
}

/// Whether the value is a module, or the function takes it for one where it was no dictionary: `else: state = ckpt.state_dict()`.
fn may_be_module<'a>(cx: &Cx<'a>, check: &'a ast::Expr, object: &'a ast::Expr) -> bool {
    if receiver::is_module(cx, object) {
        return true;
    }
    let kind = cx.kind(object);
    if !kind.is_unknown() && !matches!(kind, t2m_semantic::Kind::Optional(_)) {
        return false;
    }
    if imports::imports_torch(cx) && last_name(object).is_some_and(is_layer_by_name) {
        return true;
    }
    let text = cx.source(object);
    let is_it = |other: &'a ast::Expr| cx.source(other) == text;
    let mut found = false;
    for stmt in views::enclosing_body(cx, check) {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(expr) = node else { return };
            if found || expr.range().start() <= check.range().start() {
                return;
            }
            found = match expr {
                ast::Expr::Attribute(member) => is_it(&member.value) && is_of_modules(&member.attr),
                ast::Expr::Call(_) => instance_check(cx, expr)
                    .is_some_and(|(other, classes)| is_it(other) && each(classes).iter().any(|class| is_module_class(cx, class))),
                _ => false,
            };
        });
    }
    found
}

/// `isinstance(act, dict)`: a configuration, or the layer itself. Other names that modules have, such as `block`, are names of other dictionaries too.
fn is_layer_by_name(name: &str) -> bool {
    const LAYERS: [&str; 12] =
        ["act", "activation", "norm", "layer", "module", "model", "net", "backbone", "head", "encoder", "decoder", "criterion"];
    LAYERS.contains(&name.rsplit('_').next().unwrap_or(name))
}

/// A name that PyTorch's modules have, and neither dictionaries nor tensors.
fn is_of_modules(name: &str) -> bool {
    (modules_lack(name) || modules_differ(name)) && !tensors_have(name)
}
