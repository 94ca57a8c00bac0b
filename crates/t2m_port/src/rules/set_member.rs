//! `setattr(parent, name, layer)` with a name that the run finds: the port may call that member otherwise, as `keys_`, which MLX has for itself.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node};

use super::named_member::renames;
use super::safe_names::{is_one_of_safe, is_template, is_told};
use super::to::sounds_like_module;
use super::{Hook, Rule, Shape, is_configuration, last_name, set_by_name};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{receiver, views};

pub(super) const RULE: Rule = Rule { name: "set-member", doc: include_str!("set_member.md"), hook: Hook::Expr(&[Shape::Call], set_member) };

fn set_member<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let Some(Entity::Builtin(builtin)) = cx.entity(&call.func) else { return None };
    let (object, name, value) = match (builtin.as_static(), &call.args[..]) {
        ("setattr", [object, name, value]) => (object, name, Some(value)),
        ("delattr", [object, name]) => (object, name, None),
        _ => return None,
    };
    if !is_open(cx, name) || !may_be_set(cx, object, name, value) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, if value.is_some() { "set_member" } else { "delete_member" });
    Some(Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses))
}

/// Whether only the run knows a name that the port may have changed: one with a part of its own, `f"layer{i}"`, is none of MLX's.
pub(super) fn is_open<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> bool {
    match name {
        ast::Expr::Constant(_) => false,
        ast::Expr::JoinedStr(text) => !text.values.iter().any(is_told),
        ast::Expr::BinOp(operation) => !is_template(&operation.left) && (operation.op == ast::Operator::Mod || !is_told(&operation.right)),
        ast::Expr::Call(call) => !matches!(&*call.func, ast::Expr::Attribute(method) if is_template(&method.value)),
        _ => !is_one_of_safe(cx, name),
    }
}

/// Whether a layer may be set on a module, or taken from it, whose member has another name.
fn may_be_set<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &'a ast::Expr, value: Option<&'a ast::Expr>) -> bool {
    let is_layer = value.is_none_or(|value| cx.project_facts.is_trained(&cx.kind(value)));
    let may_be_layer = || is_layer || value.is_some_and(|value| cx.kind(value).is_unknown());
    if let Some(class) = receiver::class_of(cx, object) {
        let is_own = receiver::self_class(cx, object).is_some();
        let is_option = || is_own && value.is_some_and(|value| set_by_name::is_option(cx, value));
        let is_named_so = || renames(cx.project_facts, class) && may_be_layer() && !is_option();
        let is_moved = || value.is_some_and(|value| is_moved(cx, name, value));
        return receiver::makes_modules(cx, class) && (is_own && is_layer && value.is_some() || is_named_so() || is_moved());
    }
    match cx.kind(object) {
        // A rate of a dropout, too, which MLX's own keeps otherwise.
        Kind::Module | Kind::Layer(_) | Kind::ModuleList(_) => true,
        Kind::Unknown if cx.entity(object).is_none() && !is_configuration(object) => {
            let sounds = |expr: &'a ast::Expr| last_name(expr).is_some_and(sounds_like_module);
            let is_part = || root(object).is_some_and(sounds_like_module);
            let is_set =
                || is_layer || value.is_some_and(sounds) || ends_path(cx, name) || value.is_some_and(|value| is_moved(cx, name, value));
            may_be_layer() && (sounds(object) || is_part() || value.is_some() && is_set())
        }
        _ => false,
    }
}

/// `getattr(source, name)`, of which a member of another object is made by the same name.
fn is_moved<'a>(cx: &Cx<'a>, name: &'a ast::Expr, value: &'a ast::Expr) -> bool {
    let ast::Expr::Call(read) = value else { return false };
    let [source, read_name] = &read.args[..] else { return false };
    matches!(cx.entity(&read.func), Some(Entity::Builtin(builtin)) if *builtin == "getattr")
        && cx.source(read_name) == cx.source(name)
        && cx.entity(source).is_none()
        && !is_configuration(source)
        && cx.text_has("Module")
}

/// Whether a name is the last of a dotted path: `path.rpartition(".")`, `names = path.split(".")` and `names[-1]`.
fn ends_path<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> bool {
    let splits = |value: &ast::Expr| {
        let mut is_split = false;
        Node::Expr(value).walk(&mut |node| {
            is_split |= matches!(node, Node::Expr(ast::Expr::Call(call)) if matches!(&*call.func, ast::Expr::Attribute(method)
                if matches!(method.attr.as_str(), "split" | "rsplit" | "rpartition") && call.args.first().and_then(receiver::string) == Some(".")));
        });
        is_split
    };
    let source = match name {
        ast::Expr::Subscript(item) => &*item.value,
        name => name,
    };
    let ast::Expr::Name(variable) = source else { return splits(source) };
    views::bindings(views::enclosing_body(cx, name), &variable.id).iter().any(|(_, value)| splits(value))
}

/// The name that a chain of attributes starts at: `model` of `model.head.layers`.
pub(super) fn root(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(attribute) => root(&attribute.value),
        _ => None,
    }
}
