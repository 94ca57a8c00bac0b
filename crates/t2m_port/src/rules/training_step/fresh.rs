//! Whether a backward pass is the first one: its models were just made, so there are no gradients yet.

use t2m_semantic::Kind;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::events::walk;
use super::flow::Flow;
use super::mentions::Mentions;
use super::model::{Scopes, body};
use super::region;
use crate::cx::Cx;
use crate::rules::last_name;

/// Whether the models are made in the turn of a loop that `stmt` belongs to, and no other pass stands between.
pub(super) fn is_first<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, models: &[String], stmt: &'a ast::Stmt) -> bool {
    let mut before: Vec<&'a ast::Stmt> = Vec::new();
    region::turn(cx, stmt, &mut |suite| before.extend(suite.iter().take_while(|other| other.range().end() <= stmt.range().start())));
    models.iter().all(|model| {
        let made = before.iter().rfind(|other| binds(cx, other, model));
        made.is_some_and(|made| {
            let is_new = matches!(made, ast::Stmt::Assign(s) if is_made(cx, scopes, &s.value));
            let is_between = |other: &&&'a ast::Stmt| other.range().start() > made.range().end();
            is_new && !before.iter().filter(is_between).any(|other| walks_back(cx, other))
        })
    })
}

fn binds<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, model: &str) -> bool {
    match stmt {
        ast::Stmt::Assign(s) => s.targets.iter().any(|target| cx.source(target) == model),
        other => Flow::of(std::slice::from_ref(other)).bound.contains(model),
    }
}

/// `Net(...)`, `nn.Linear(3, 2).to(device)`, `make_model()` of a function that makes a new one.
pub(super) fn is_made<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    match (&*call.func, cx.kind(&call.func)) {
        (_, Kind::Class(_)) => true,
        (func, _) if cx.qualified(func).is_some_and(|name| name.starts_with("torch.nn.") && name.ends_with(ends_as_class(name))) => true,
        (ast::Expr::Attribute(e), _) if matches!(e.attr.as_str(), "to" | "cuda" | "cpu" | "float" | "double" | "train" | "eval") => {
            is_made(cx, scopes, &e.value)
        }
        (func, _) => Mentions::of(cx, scopes, &[]).named_function(func).is_some_and(|def| gives_new(cx, scopes, def)),
    }
}

/// The last part of a name, where it begins with a capital letter; what no name ends with otherwise.
fn ends_as_class(name: &str) -> &str {
    name.rsplit('.').next().filter(|last| last.starts_with(char::is_uppercase)).unwrap_or("()")
}

fn gives_new<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, def: &'a ast::Stmt) -> bool {
    if !matches!(def, ast::Stmt::FunctionDef(def) if def.decorator_list.is_empty()) || walks_back(cx, def) {
        return false;
    }
    let mut returns = 0;
    let mut are_new = true;
    let suite = body(def);
    t2m_syntax::node::statements(suite, &mut |stmt| {
        let ast::Stmt::Return(s) = stmt else { return };
        returns += 1;
        let is_new = s.value.as_deref().is_some_and(|value| match value {
            ast::Expr::Name(name) => suite.iter().any(|stmt| {
                matches!(stmt, ast::Stmt::Assign(s) if matches!(&s.targets[..], [ast::Expr::Name(own)] if own.id == name.id) && is_made(cx, scopes, &s.value))
            }),
            value => is_made(cx, scopes, value),
        });
        are_new &= is_new;
    });
    returns > 0 && are_new
}

/// Whether a statement has a backward pass, or calls something of the project that has one. A definition runs nothing, but for the function that is asked about.
pub(super) fn walks_back<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let suite = if let ast::Stmt::FunctionDef(_) = stmt { body(stmt) } else { std::slice::from_ref(stmt) };
    let mut found = false;
    walk(suite, &mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node {
            // `x.mean()` of a tensor is no function of the project that has this name.
            let is_of_tensor = matches!(&*call.func, ast::Expr::Attribute(method) if cx.kind(&method.value).is_tensor());
            found |= last_name(&call.func).is_some_and(|name| name == "backward" || !is_of_tensor && cx.shared.trains(name));
        }
    });
    found
}
