//! `(x - y).data` and `d.data`, where `d` is bound to what is computed: arrays of arguments of which nothing else is known.
//!
//! What is read is a copy then, so nobody may write to one of the two while the other is still in use.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use super::returned_arrays::is_computing_method;
use crate::cx::Cx;
use crate::fresh_values::is_fresh;
use crate::{storage, views};

/// Whether `value` of `value.data` is computed, and a copy of it will do.
pub(super) fn is_apart<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, value: &'a ast::Expr) -> bool {
    if !is_computed(cx, value) {
        return false;
    }
    match value {
        ast::Expr::Name(name) => !is_shared(cx, expr, &name.id),
        _ => true,
    }
}

fn is_computed<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    match value {
        ast::Expr::BinOp(_) => true,
        ast::Expr::UnaryOp(e) => matches!(e.op, ast::UnaryOp::USub | ast::UnaryOp::Invert),
        // `x.view(-1)` is `x` to whoever writes to it.
        ast::Expr::Call(call) => {
            is_fresh(cx, value)
                && matches!(&*call.func, ast::Expr::Attribute(method) if cx.entity(&call.func).is_none() && is_computing_method(&method.attr))
        }
        ast::Expr::Name(name) => {
            let bound = views::bindings(views::enclosing_body(cx, value), &name.id);
            let is_one = |(node, made): &(Node<'a>, &'a ast::Expr)| {
                let is_alone = matches!(node, Node::Stmt(ast::Stmt::Assign(s)) if s.targets.len() == 1 && s.targets[0].is_name_expr());
                is_alone && !made.is_name_expr() && is_computed(cx, made)
            };
            !bound.is_empty() && bound.iter().all(is_one)
        }
        _ => false,
    }
}

/// Whether a write to `name`, or to what `name.data` is bound to, may be seen through the other.
fn is_shared<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> bool {
    let body = views::enclosing_body(cx, expr);
    // What runs again, without a new value for the name, comes after all of the loop.
    let again = cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
        Node::Stmt(up @ (ast::Stmt::For(_) | ast::Stmt::While(_))) => Some(up.range()),
        _ => None,
    });
    let is_bound_in = |range: TextRange| views::bindings(body, name).iter().any(|(_, made)| range.contains_range(made.range()));
    let from = again.filter(|range| !is_bound_in(*range)).map_or(expr.range().end(), |range| range.start());
    let (mut is_written, mut is_read) = (false, false);
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            let range = node.range();
            // Another name for it, or for a part of it.
            is_read |= matches!(node, Node::Stmt(ast::Stmt::Assign(s))
 if !s.range.contains_range(expr.range()) && views::is_same_name(views::below_views(&s.value), name));
            if range.start() < from && range.end() <= from || range == expr.range() || expr.range().contains_range(range) {
                return;
            }
            is_written |= range.start() >= from && storage::writes(node, name);
            is_read |= matches!(node, Node::Expr(ast::Expr::Name(read)) if read.ctx.is_load() && read.id.as_str() == name);
        });
    }
    let is_changed = || storage::is_bound_and_written(cx, expr) || storage::is_changed_by_callee(cx, expr);
    is_written || (is_read || is_beside(cx, expr, name)) && (is_changed() || leaves(cx, body, expr))
}

/// Whether the name itself stands in the statement, too: `return y, y.data`.
fn is_beside<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> bool {
    let mut times = 0;
    if let Some(stmt) = cx.statement(expr) {
        Node::Stmt(stmt).walk(&mut |node| times += usize::from(matches!(node, Node::Expr(own) if views::is_same_name(own, name))));
    }
    times > 1
}

/// Whether others may get it, who write to it: as an attribute, in a container, as what the function gives, or by one more name.
fn leaves<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], expr: &'a ast::Expr) -> bool {
    let stays = |expr: &'a ast::Expr| match cx.parent(expr) {
        Some(Node::Expr(ast::Expr::BinOp(_) | ast::Expr::UnaryOp(_) | ast::Expr::Compare(_) | ast::Expr::Attribute(_))) => true,
        Some(Node::Expr(ast::Expr::Call(call))) => cx.qualified(&call.func).is_some(),
        Some(Node::Expr(ast::Expr::Subscript(item))) => std::ptr::eq(&*item.value, expr) && item.ctx.is_load(),
        _ => false,
    };
    if let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(expr)
        && let [ast::Expr::Name(target)] = &assign.targets[..]
    {
        let mut found = false;
        body.iter().for_each(|stmt| {
            Node::Stmt(stmt).walk(&mut |node| {
                if let Node::Expr(read @ ast::Expr::Name(own)) = node {
                    found |= own.id == target.id && own.ctx.is_load() && !stays(read);
                }
            });
        });
        return found;
    }
    !stays(expr)
}
