//! Names that stand for one tensor: `y = x`, `a, b = x, z`, `y = same(x)`. A write by one of them changes what the views of the others see.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextSize, node};

use crate::cx::Cx;
use crate::storage::{self, Returned};
use crate::{held_views, receiver, views};

/// Other names of the tensor that `name` stands for at `at`, each as an expression of the program.
pub(crate) fn other_names<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, at: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let body = views::enclosing_body(cx, at);
    let before = at.range().start();
    let mut found: Vec<&'a ast::Expr> = Vec::new();
    let mut pending = vec![name.id.as_str()];
    while let Some(own) = pending.pop() {
        for (target, source) in pairs(cx, body, before) {
            let other = match (target, source) {
                (ast::Expr::Name(bound), ast::Expr::Name(source)) if bound.id == source.id => continue,
                (ast::Expr::Name(bound), ast::Expr::Name(_)) if bound.id.as_str() == own => source,
                (ast::Expr::Name(_), ast::Expr::Name(read)) if read.id.as_str() == own => target,
                _ => continue,
            };
            let taken = source.range().end();
            let is_kept = |expr: &ast::Expr| !is_bound_between(body, cx.source(expr), taken, before);
            let is_new = |known: &&ast::Expr| cx.source(*known) != cx.source(other);
            if is_kept(target) && is_kept(source) && !views::is_same_name(other, &name.id) && found.iter().all(is_new) {
                found.push(other);
                pending.push(cx.source(other));
            }
        }
    }
    found
}

/// Targets and the names whose object they are bound to, in front of a place.
fn pairs<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], before: TextSize) -> Vec<(&'a ast::Expr, &'a ast::Expr)> {
    let mut found = Vec::new();
    node::statements(body, &mut |stmt| {
        if stmt.range().end() <= before {
            let stored = held_views::stored(stmt).into_iter().filter(|(_, _, is_items)| !is_items);
            found.extend(stored.filter_map(|(target, value, _)| Some((target, same(cx, value)?))));
        }
    });
    found
}

/// The name whose object an expression gives: `x` of `same(x)`.
fn same<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match value {
        ast::Expr::Name(_) => Some(value),
        ast::Expr::Call(call) => match cx.entity(&call.func) {
            Some(Entity::Function(id)) => match storage::returned_view(cx, *id, call)? {
                Returned::Same(argument) => same(cx, argument),
                Returned::View(_) => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn is_bound_between(body: &[ast::Stmt], name: &str, after: TextSize, before: TextSize) -> bool {
    views::bindings(body, name).iter().any(|(_, value)| value.range().start() > after && value.range().end() <= before)
}

/// Where the function around `at` is read by name in the one around it, if `name` is the other one's: a write there happens when it is called.
pub(crate) fn calls_of_writer<'a>(cx: &Cx<'a>, name: &ast::ExprName, at: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let mut around = cx.ancestors(Node::Expr(at)).filter_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    });
    let (Some(writer), Some(outer)) = (around.next(), around.next()) else { return Vec::new() };
    let mut is_own = !views::bindings(&writer.body, &name.id).is_empty() || receiver::has_parameter(writer, &name.id);
    is_own &= !writer.body.iter().any(|stmt| matches!(stmt, ast::Stmt::Nonlocal(names) if names.names.contains(&name.id)));
    let mut found = Vec::new();
    if !is_own {
        for stmt in &outer.body {
            Node::Stmt(stmt).walk(&mut |node| {
                if let Node::Expr(read @ ast::Expr::Name(_)) = node
                    && views::is_same_name(read, &writer.name)
                {
                    found.push(read);
                }
            });
        }
    }
    found
}
