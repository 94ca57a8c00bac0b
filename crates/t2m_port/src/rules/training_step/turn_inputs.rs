//! Arrays of a loop's own that each turn has anew, so that no gradients are left of the turn before: `for data, target in loader: data.requires_grad = True`.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast;

use super::backward_gradient::holds_name;
use crate::cx::Cx;
use crate::rules::is_creation;

/// Whether each turn of the loop around a suite has another array under the name: a batch of a loader, a row of a tensor, or what a display makes on the way.
pub(super) fn is_of_turn<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], name: &str) -> bool {
    let Some(Node::Stmt(ast::Stmt::For(walk))) = suite.first().and_then(|first| cx.parent(first)) else { return false };
    std::ptr::eq(walk.body.as_ptr(), suite.as_ptr()) && gives_anew(cx, &walk.target, &walk.iter, name)
}

fn gives_anew<'a>(cx: &Cx<'a>, target: &'a ast::Expr, items: &'a ast::Expr, name: &str) -> bool {
    if let ast::Expr::Call(call) = items
        && let Some(Entity::Builtin(function)) = cx.entity(&call.func)
    {
        return match (function.as_str(), target, &call.args[..]) {
            ("enumerate", ast::Expr::Tuple(pair), [items, ..]) => {
                pair.elts.get(1).is_some_and(|target| gives_anew(cx, target, items, name))
            }
            ("zip", ast::Expr::Tuple(all), lists) if all.elts.len() == lists.len() => {
                all.elts.iter().zip(lists).any(|(target, items)| gives_anew(cx, target, items, name))
            }
            _ => false,
        };
    }
    match items {
        // What a call makes stands in no other turn; what has a name may.
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            holds_name(target, name) && elts.iter().all(|item| is_made_there(cx, target, item, name))
        }
        items => holds_name(target, name) && (cx.kind(items).is_tensor() || cx.kind(items) == Kind::Loader && are_collated(cx)),
    }
}

/// Whether loaders put batches together by themselves, and give no items of a dataset as they are.
fn are_collated(cx: &Cx<'_>) -> bool {
    let hands_on = |text: &str| {
        text.contains("collate_fn") || text.split("batch_size").skip(1).any(|rest| rest.trim_start_matches(['=', ' ']).starts_with("None"))
    };
    !cx.project
        .ids()
        .any(|id| hands_on(&cx.project.file(id).source.text) && (id == cx.id || cx.shared.are_connected(cx.project_facts, cx.id, id)))
}

fn is_made_there<'a>(cx: &Cx<'a>, target: &'a ast::Expr, item: &'a ast::Expr, name: &str) -> bool {
    match (target, item) {
        (ast::Expr::Tuple(targets), ast::Expr::Tuple(items)) if targets.elts.len() == items.elts.len() => {
            targets.elts.iter().zip(&items.elts).all(|(target, item)| !holds_name(target, name) || is_made_there(cx, target, item, name))
        }
        (ast::Expr::Name(_), ast::Expr::Call(call)) => is_creation(cx, call),
        _ => false,
    }
}
