//! Views that a loop gathers in a list, of a tensor that its next turn changes: `h += step` in front of `states.append(h[:1])`.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use crate::cx::Cx;
use crate::held_views;
use crate::placed::placed;
use crate::views::{bindings, enclosing_body, is_same_name};

/// A list that outlives the turn in which it got a view of `base`, which the next turn changes at `at`; it is read behind the loop.
pub(crate) fn gathered_view<'a>(cx: &Cx<'a>, base: &'a ast::Expr, at: &'a ast::Expr) -> Option<(TextRange, String)> {
    let name = &base.as_name_expr()?.id;
    let body = enclosing_body(cx, at);
    let is_bound_in = |name: &str, around: TextRange| bindings(body, name).iter().any(|(node, _)| around.contains_range(node.range()));
    let mut found = None;
    for around in loops(cx, at).filter(|around| !is_bound_in(name, *around)) {
        node::statements(body, &mut |stmt| {
            if found.is_some() || !around.contains_range(stmt.range()) || stmt.range().start() < at.range().end() {
                return;
            }
            let is_view = |of: &&'a ast::Expr| is_same_name(of, name);
            let mut gathered = |holder: &'a ast::Expr, bases: &[&'a ast::Expr]| {
                let outlives = match holder {
                    ast::Expr::Name(holder) => is_read_behind(body, &holder.id, around),
                    _ => true,
                };
                if outlives && bases.iter().any(is_view) {
                    found = Some((stmt.range(), cx.source(holder).to_owned()));
                }
            };
            placed(cx, stmt, &mut |placed| {
                let is_new = matches!(placed.holder, ast::Expr::Name(holder) if is_bound_in(&holder.id, around));
                if !is_new {
                    let bases =
                        if placed.is_items { held_views::bases_of_items(cx, placed.value) } else { held_views::bases(cx, placed.value) };
                    gathered(placed.holder, &bases);
                }
            });
            // `if score > best: kept = (i, x[0])`: later turns leave it.
            if stands_under_condition(cx, stmt, around) {
                for (target, value, is_items) in held_views::stored(stmt) {
                    if !is_items && target.as_name_expr().is_some_and(|kept| !is_always_bound(cx, body, &kept.id, around)) {
                        gathered(target, &held_views::bases(cx, value));
                    }
                }
            }
        });
    }
    found
}

/// Whether a loop may turn without coming to a statement.
fn stands_under_condition<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, around: TextRange) -> bool {
    let mut within = cx.ancestors(Node::Stmt(stmt)).take_while(|up| up.range() != around);
    within.any(|up| matches!(up, Node::Stmt(ast::Stmt::If(_))))
}

/// Whether each turn of a loop binds a name.
fn is_always_bound<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &str, around: TextRange) -> bool {
    bindings(body, name).into_iter().any(|(node, _)| match node {
        Node::Stmt(stmt) => around.contains_range(stmt.range()) && !stands_under_condition(cx, stmt, around),
        Node::Expr(_) => false,
    })
}

/// The loops of the function around a place, innermost first.
pub(crate) fn loops<'a>(cx: &Cx<'a>, at: &'a ast::Expr) -> impl Iterator<Item = TextRange> {
    let within =
        cx.ancestors(Node::Expr(at)).take_while(|up| !matches!(up, Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))));
    within.filter_map(|up| match up {
        Node::Stmt(stmt @ (ast::Stmt::For(_) | ast::Stmt::While(_))) => Some(stmt.range()),
        _ => None,
    })
}

fn is_read_behind(body: &[ast::Stmt], list: &str, around: TextRange) -> bool {
    let mut found = false;
    for stmt in body.iter().filter(|stmt| stmt.range().end() > around.end()) {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= matches!(node, Node::Expr(read) if is_same_name(read, list) && read.range().start() > around.end());
        });
    }
    found
}
