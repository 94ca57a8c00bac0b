//! Views that a loop gathers in a list, of a tensor that its next turn changes: `h += step` in front of `states.append(h[:1])`.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use crate::cx::Cx;
use crate::held_views;
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
            let Some((list, value)) = held_views::added(stmt) else { return };
            let is_view = |of: &'a ast::Expr| is_same_name(of, name);
            if held_views::bases(cx, value).iter().copied().any(is_view) && !is_bound_in(list, around) && is_read_behind(body, list, around)
            {
                found = Some((stmt.range(), list.to_owned()));
            }
        });
    }
    found
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
