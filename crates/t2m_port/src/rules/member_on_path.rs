//! `for name in path.split("."): module = getattr(module, name)`: a path of names leads through `ModuleList`s, which are plain lists in MLX.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node};

use super::to::sounds_like_module;
use super::{Hook, Rule, Shape, last_name};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{receiver, views};

pub(super) const RULE: Rule =
    Rule { name: "member-on-path", doc: include_str!("member_on_path.md"), hook: Hook::Expr(&[Shape::Call], member_on_path) };

fn member_on_path<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if let Some(start) = start_of_reduce(cx, call) {
        let getter = call.args.first()?;
        return (builtin(cx, getter) == Some("getattr") && is_reduced_from(cx, start)).then(|| helper(cx, getter, "member_on_path"));
    }
    let name = match builtin(cx, &call.func)? {
        "getattr" => "member_on_path",
        "hasattr" => "has_member_on_path",
        _ => return None,
    };
    let [ast::Expr::Name(object), ast::Expr::Name(_) | ast::Expr::Subscript(_) | ast::Expr::Attribute(_), ..] = &call.args[..] else {
        return None;
    };
    (leads_on(cx, expr, &object.id) || is_step_of_reduce(cx, expr, &object.id)).then(|| helper(cx, &call.func, name))
}

fn helper<'a>(cx: &Cx<'a>, callee: &'a ast::Expr, name: &str) -> Claim<'a> {
    let (helper, uses) = cx.member(Module::Compat, name);
    Claim::edit(vec![Edit::text(callee.range(), helper)]).uses(uses)
}

fn builtin<'a>(cx: &Cx<'a>, callee: &ast::Expr) -> Option<&'a str> {
    match cx.entity(callee)? {
        Entity::Builtin(name) => Some(name.as_str()),
        _ => None,
    }
}

/// Whether the name is set anew to a member of itself, and was a module at first.
fn leads_on<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    let all = views::bindings(views::enclosing_body(cx, at), name);
    let (steps, starts): (Vec<_>, Vec<_>) = all.iter().partition(|(_, value)| is_member_of(cx, value, name));
    let is_given = || starts.is_empty() && receiver::is_parameter_around(cx, at, name) && sounds_like_module(name);
    !steps.is_empty() && (is_given() || starts.iter().any(|(_, value)| may_be_module(cx, value)))
}

/// `getattr(module, name)`, also in a branch.
fn is_member_of<'a>(cx: &Cx<'a>, value: &'a ast::Expr, name: &str) -> bool {
    match value {
        ast::Expr::Call(call) => {
            builtin(cx, &call.func) == Some("getattr")
                && matches!(&call.args[..], [object, key, ..] if views::is_same_name(object, name) && receiver::string(key).is_none())
        }
        ast::Expr::IfExp(choice) => is_member_of(cx, &choice.body, name) || is_member_of(cx, &choice.orelse, name),
        _ => false,
    }
}

/// Whether the function around the call has `name` as its first parameter, and is what `functools.reduce` takes from a module on.
fn is_step_of_reduce<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    let is_first = |args: &ast::Arguments| args.posonlyargs.iter().chain(&args.args).next().is_some_and(|arg| arg.def.arg.as_str() == name);
    let mut above = cx.ancestors(Node::Expr(at));
    let starts_at_module = |call: &'a ast::ExprCall| start_of_reduce(cx, call).is_some_and(|start| is_reduced_from(cx, start));
    let step = above.find_map(|up| match up {
        Node::Expr(ast::Expr::Lambda(lambda)) => Some((&*lambda.args, Err(lambda))),
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some((&*def.args, Ok(def))),
        _ => None,
    });
    match step {
        Some((args, Err(lambda))) if is_first(args) => above.any(|up| {
            matches!(up, Node::Expr(ast::Expr::Call(call))
                if matches!(call.args.first(), Some(ast::Expr::Lambda(first)) if std::ptr::eq(first, lambda)) && starts_at_module(call))
        }),
        Some((args, Ok(def))) if is_first(args) => {
            let mut is_taken = false;
            cx.file.suite.iter().filter(|_| cx.mentions("functools.reduce")).for_each(|stmt| {
                Node::Stmt(stmt).walk(&mut |node| {
                    if let Node::Expr(ast::Expr::Call(call)) = node {
                        let takes = call.args.first().is_some_and(|first| views::is_same_name(first, &def.name));
                        is_taken |= takes && starts_at_module(call);
                    }
                });
            });
            is_taken
        }
        _ => false,
    }
}

/// `model` of `reduce(getattr, names, model)` and `reduce(getattr, [model] + names)`.
fn start_of_reduce<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    if cx.qualified(&call.func) != Some("functools.reduce") {
        return None;
    }
    match &call.args[..] {
        [_, _, start] => Some(start),
        [_, ast::Expr::BinOp(ast::ExprBinOp { left: items, .. })] => first_item(items),
        [_, items] => first_item(items),
        _ => None,
    }
}

fn first_item(items: &ast::Expr) -> Option<&ast::Expr> {
    match items {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => elts.first(),
        _ => None,
    }
}

/// Whether a module may be what the members are taken from. Functions that do it for any object do it for modules where there is PyTorch.
fn is_reduced_from<'a>(cx: &Cx<'a>, start: &'a ast::Expr) -> bool {
    may_be_module(cx, start) || matches!(start, ast::Expr::Name(name) if receiver::is_parameter_around(cx, start, &name.id))
}

fn may_be_module<'a>(cx: &Cx<'a>, start: &'a ast::Expr) -> bool {
    receiver::is_module(cx, start)
        || cx.kind(start).is_unknown() && cx.entity(start).is_none() && last_name(start).is_some_and(sounds_like_module)
}
