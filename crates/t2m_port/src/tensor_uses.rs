//! Names of unknown kind that are used as tensors alone are: `a.numel()`, `torch.atleast_2d(a)`, `shown(a)` of a function that says what it takes.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextSize};

use crate::cx::Cx;
use crate::imports::imports_torch;
use crate::rules::{computes, only_tensors_have};
use crate::view_names::VIEWS;
use crate::{callee, kept_views, receiver, same_object, views};

/// Whether what a name, or an attribute of `self`, stands for at `at` is a tensor by what is done with it, by this name or by another one of it.
pub(crate) fn is_used_as_tensor<'a>(cx: &Cx<'a>, place: &'a ast::Expr, at: &'a ast::Expr) -> bool {
    match place {
        ast::Expr::Name(name) => {
            is_name_used(cx, name, at)
                || same_object::names_of_memory(cx, name, at).into_iter().any(|other| match other {
                    ast::Expr::Name(other) => is_name_used(cx, other, at),
                    other => cx.kind(other).is_tensor(),
                })
        }
        ast::Expr::Attribute(_) => has_only_tensors(cx) && kept_views::is_viewed_as_array(cx, place, at),
        _ => false,
    }
}

fn is_name_used<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, at: &'a ast::Expr) -> bool {
    let place = at.range().start();
    let mut bodies = vec![views::enclosing_body(cx, at)];
    // A name of the function around
    let is_parameter = cx
        .scopes(at)
        .next()
        .is_some_and(|up| matches!(up, Node::Stmt(ast::Stmt::FunctionDef(def)) if receiver::has_parameter(def, &name.id)));
    if !is_parameter && views::bindings(bodies[0], &name.id).is_empty() {
        bodies.extend(cx.scopes(at).filter_map(|up| match up {
            Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(&def.body[..]),
            _ => None,
        }));
    }
    bodies.into_iter().any(|body| {
        let mut found = false;
        for stmt in body {
            Node::Stmt(stmt).walk(&mut |node| {
                found = found
                    || matches!(node, Node::Expr(read @ ast::Expr::Name(own))
                        if own.id == name.id && is_same_value(body, &name.id, read.range().start(), place) && is_tensors(cx, read));
            });
        }
        found
    })
}

/// Whether nothing binds a name between two places.
fn is_same_value(body: &[ast::Stmt], name: &str, one: TextSize, other: TextSize) -> bool {
    let between = one.min(other)..one.max(other);
    !views::bindings(body, name).iter().any(|(_, value)| between.contains(&value.range().start()))
}

/// Whether a name is read as tensors alone are.
fn is_tensors<'a>(cx: &Cx<'a>, read: &'a ast::Expr) -> bool {
    match cx.parent(read) {
        Some(Node::Expr(ast::Expr::Attribute(member))) => {
            let is_of_arrays = |name: &str| computes(name) || name != "split" && VIEWS.methods.contains(name) || matches!(name, "T" | "mT");
            cx.entity(read).is_none() && (only_tensors_have(&member.attr) || is_of_arrays(&member.attr) && has_only_tensors(cx))
        }
        Some(Node::Expr(ast::Expr::Subscript(item))) if std::ptr::eq(&*item.value, read) => match &*item.slice {
            ast::Expr::Tuple(parts) => {
                has_only_tensors(cx) && parts.elts.iter().any(|part| part.is_slice_expr() || views::is_ellipsis(part))
            }
            _ => false,
        },
        Some(Node::Expr(ast::Expr::Call(call))) => match cx.qualified(&call.func) {
            Some(name) => {
                let makes = matches!(name, "torch.as_tensor" | "torch.asarray" | "torch.from_numpy");
                !makes
                    && name.starts_with("torch.")
                    && VIEWS.functions.contains(name)
                    && views::first_argument(call).is_some_and(|arg| std::ptr::eq(arg, read))
            }
            None if matches!(cx.entity(&call.func), Some(Entity::Builtin(_))) => false,
            None => callee::callee(cx, call).is_some_and(|callee| {
                let mut passed = callee.numbered(call).filter(|(_, arg)| std::ptr::eq(*arg, read));
                passed.any(|(param, _)| callee.function.params[param].fact.kind.is_tensor())
            }),
        },
        _ => false,
    }
}

/// Whether what has methods of arrays in the file is a tensor.
pub(crate) fn has_only_tensors(cx: &Cx<'_>) -> bool {
    imports_torch(cx) && !cx.text_has("numpy")
}
