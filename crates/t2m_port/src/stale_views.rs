//! Views that a change of their tensor makes stale: PyTorch's share its memory and see the change, MLX's are copies.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, TextSize, node};

use crate::carried_views::Carried;
use crate::cx::Cx;
use crate::gathered_views::{gathered_view, loops};
use crate::taken_views::{Holder, Taken};
use crate::views::{bindings, enclosing_body, is_metadata, is_same_name};
use crate::{held_views, index_places, kept_views, same_object, storage, taken_views};

/// A name that holds a view of `base`, a name or an attribute, bound before `at` and read after it: `at` changes the base, and an MLX copy would not see it.
/// What a loop reads in front of `at` is read after it in the next round.
pub(crate) fn stale_view<'a>(cx: &Cx<'a>, base: &'a ast::Expr, at: &'a ast::Expr) -> Option<(TextRange, String)> {
    let by_name = || {
        let name = base.as_name_expr()?;
        // `rows` of `for row in rows`: what stands in there is the tensor itself.
        let walked = same_object::walked_names(enclosing_body(cx, at), name);
        let kept = |other: &'a ast::Expr| other.is_attribute_expr().then(|| kept_views::stale_view(cx, other, at))?;
        let stale = |other: &'a ast::Expr| stale_by(cx, other, at, &walked).or_else(|| kept(other));
        let others = same_object::names_of_memory(cx, name, at).into_iter().find_map(stale);
        others.or_else(|| same_object::calls_of_writer(cx, name, at).into_iter().find_map(|call| stale_by(cx, base, call, &[])))
    };
    stale_by(cx, base, at, &[]).or_else(by_name).or_else(|| gathered_view(cx, base, at))
}

/// The same for what is written as `base` alone, not for other names of the tensor. `known` holds the tensor, not views of it.
fn stale_by<'a>(cx: &Cx<'a>, base: &'a ast::Expr, at: &'a ast::Expr, known: &[&str]) -> Option<(TextRange, String)> {
    let body = enclosing_body(cx, at);
    let (start, end) = (at.range().start(), end_of_write(cx, at));
    let rebound = |name: &str, after: TextSize, before: TextSize| {
        bindings(body, name).iter().any(|(_, value)| value.range().start() > after && value.range().end() <= before)
    };
    let is_replaced = |after: TextSize| match base {
        ast::Expr::Name(name) => rebound(&name.id, after, start),
        base => {
            let key = base.as_subscript_expr().and_then(|item| item.slice.as_name_expr());
            let names = root_name(base).into_iter().chain(key.map(|key| key.id.as_str()));
            names.into_iter().any(|name| rebound(name, after, start)) || is_stored_between(cx, body, base, after, start)
        }
    };
    let taken = taken_views::of_body(cx, body);
    let mut found = None;
    for taken in taken.get(cx.source(base)).into_iter().flatten() {
        let place = taken.place;
        // `d[k] = d[k].float()` is the item itself.
        let is_item = |holder: &Holder<'a>| {
            base.as_subscript_expr().is_some_and(|item| {
                cx.source(&*item.value) == cx.source(holder.expr) && holder.key.is_some_and(|key| cx.source(key) == cx.source(&*item.slice))
            })
        };
        let is_view = |holder: &&Holder<'a>| !known.contains(&cx.source(holder.expr)) && !is_item(holder);
        let holders: Vec<&Holder<'a>> = taken.holders.iter().filter(is_view).collect();
        if let Some(name) = carried_to_read(cx, body, base, (taken, &holders), at) {
            found = Some((place, name.to_owned()));
            break;
        }
        if taken.stmt.range().start() >= start {
            continue;
        }
        if is_replaced(place.end()) || in_first_branch(cx, at, place.start()) {
            continue;
        }
        let is_elsewhere = |holder: &&Holder<'a>| Carried { base, taken, holder, at }.is_apart(cx, &index_places::differ);
        if holders.first().is_some_and(is_elsewhere) {
            continue;
        }
        let again = loop_behind(cx, at, place);
        for holder in holders {
            let ast::Expr::Name(name) = holder.expr else {
                // An attribute lives on.
                if cx.source(holder.expr) != cx.source(base) && !is_stored_behind(cx, body, holder.expr, place.end()) {
                    found = Some((place, cx.source(holder.expr).to_owned()));
                }
                continue;
            };
            let name = name.id.as_str();
            let is_later = |read: &TextSize| {
                *read > end && !in_other_branch(cx, at, *read)
                    || again.is_some_and(|again| again.contains(*read) && !rebound(name, end, again.end()))
            };
            let read = value_reads(cx, body, name, holder.key).into_iter().map(|read| read.range().start()).find(is_later);
            if !is_same_name(base, name)
                && let Some(read) = read
                && !is_surely_rebound(cx, body, name, place.end(), read)
                && !is_taken_again(cx, body, name, at, read)
            {
                found = Some((place, name.to_owned()));
            }
        }
        if found.is_some() {
            break;
        }
    }
    found
}

/// A name that a loop carries from where the view is taken past `at` and round to where it is read.
fn carried_to_read<'a>(
    cx: &Cx<'a>,
    body: &'a [ast::Stmt],
    base: &'a ast::Expr,
    (taken, holders): (&Taken<'a>, &[&Holder<'a>]),
    at: &'a ast::Expr,
) -> Option<&'a str> {
    holders.iter().find_map(|holder| {
        let carried = Carried { base, taken, holder, at };
        let is_stale = carried.is_stale(cx, &|name| value_reads(cx, body, name, holder.key));
        is_stale.then(|| cx.source(holder.expr))
    })
}

/// Whether a name stands for something else in between, whichever branches are taken.
fn is_surely_rebound<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &str, after: TextSize, read: TextSize) -> bool {
    bindings(body, name).into_iter().any(|(node, value)| {
        let may_be_left_out = |up: Node<'a>| {
            let is_choice = matches!(up, Node::Stmt(ast::Stmt::If(_) | ast::Stmt::For(_) | ast::Stmt::While(_) | ast::Stmt::Try(_)));
            is_choice && !up.range().contains(read)
        };
        value.range().start() > after && value.range().end() < read && !cx.ancestors(node).any(may_be_left_out)
    })
}

/// Whether whoever comes from `at` to the place where a name is read has bound the name anew: `x[0] = 1` in front of `view = x[:, 1]`, in a loop, say.
fn is_taken_again<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &str, at: &'a ast::Expr, read: TextSize) -> bool {
    let end = end_of_write(cx, at);
    let mut leaves = Vec::new();
    node::statements(body, &mut |stmt| {
        if matches!(stmt, ast::Stmt::Break(_) | ast::Stmt::Continue(_)) {
            leaves.push(stmt.range().start());
        }
    });
    let around: Vec<Node<'a>> = cx.ancestors(Node::Expr(at)).collect();
    bindings(body, name).into_iter().any(|(node, value)| {
        let Node::Stmt(stmt @ ast::Stmt::Assign(_)) = node else { return false };
        let shares_suite = match cx.parent(node) {
            None => true,
            Some(Node::Stmt(parent)) => {
                around.iter().any(|up| up.is(Node::Stmt(parent)))
                    && node::suites(parent).into_iter().any(|suite| holds(suite, stmt) && holds(suite, at))
            }
            Some(_) => false,
        };
        let is_between = value.range().start() > end && value.range().end() < read;
        is_between && shares_suite && !leaves.iter().any(|leave| (end..value.range().start()).contains(leave))
    })
}

fn holds(suite: &[ast::Stmt], inner: &impl Ranged) -> bool {
    suite.iter().any(|stmt| stmt.range().contains_range(inner.range()))
}

/// `emb` of `emb.weight`, `d` of `d["k"]`
fn root_name(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Subscript(item) => root_name(&item.value),
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(attribute) => root_name(&attribute.value),
        _ => None,
    }
}

/// Whether another tensor is put into an attribute or an item between two places: `emb.weight = ...`, `emb.weight.data = ...`
fn is_stored_between<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], base: &'a ast::Expr, after: TextSize, before: TextSize) -> bool {
    let mut found = false;
    node::statements(body, &mut |stmt| {
        let ast::Stmt::Assign(assign) = stmt else { return };
        let is_place = |target: &ast::Expr| target.is_attribute_expr() || target.is_subscript_expr();
        let is_it = |target: &'a ast::Expr| is_place(target) && cx.source(storage::owner(cx, target)) == cx.source(base);
        found |= assign.range.start() > after && assign.range.end() < before && assign.targets.iter().any(is_it);
    });
    found
}

/// Where a write has happened: the value of `x[0] = v` is read in front of it.
fn end_of_write<'a>(cx: &Cx<'a>, at: &'a ast::Expr) -> TextSize {
    match cx.statement(at) {
        // `y = fill(x) + row.sum()`: the call has written when the rest is read.
        Some(ast::Stmt::Assign(assign)) if assign.value.range().contains_range(at.range()) => end_of_call(cx, at),
        Some(ast::Stmt::AugAssign(assign)) if assign.value.range().contains_range(at.range()) => end_of_call(cx, at),
        Some(ast::Stmt::Assign(assign)) if assign.targets.len() == 1 && !assign.targets[0].is_tuple_expr() => assign.range.end(),
        Some(ast::Stmt::AugAssign(assign)) => assign.range.end(),
        _ => at.range().end(),
    }
}

/// The end of the call whose argument `at` is.
fn end_of_call<'a>(cx: &Cx<'a>, at: &'a ast::Expr) -> TextSize {
    let call = cx.ancestors(Node::Expr(at)).find(|up| matches!(up, Node::Expr(ast::Expr::Call(_))));
    call.map_or(at.range().end(), |call| call.range().end())
}

/// Whether a place behind `at` stands in a branch that is taken instead of that of `at`: `if ...: x[0] = 1` and `else: use(view)`.
fn in_other_branch<'a>(cx: &Cx<'a>, at: &'a ast::Expr, behind: TextSize) -> bool {
    excludes(cx, at, at.range().start(), behind)
}

/// Whether a place in front of `at` stands in the branch that is taken instead of that of `at`.
pub(crate) fn in_first_branch<'a>(cx: &Cx<'a>, at: &'a ast::Expr, before: TextSize) -> bool {
    excludes(cx, at, before, at.range().start())
}

/// Whether an `if` around `at` has one place in its body and another one in its `else`.
fn excludes<'a>(cx: &Cx<'a>, at: &'a ast::Expr, in_body: TextSize, in_else: TextSize) -> bool {
    cx.ancestors(Node::Expr(at)).any(|up| {
        let Node::Stmt(ast::Stmt::If(choice)) = up else { return false };
        let holds = |suite: &[ast::Stmt], place: TextSize| suite.iter().any(|stmt| stmt.range().contains(place));
        holds(&choice.body, in_body) && holds(&choice.orelse, in_else)
    })
}

/// The outermost loop around a place that does not hold the binding: each round but the first one comes after the place.
fn loop_behind<'a>(cx: &Cx<'a>, at: &'a ast::Expr, binding: TextRange) -> Option<TextRange> {
    loops(cx, at).filter(|around| !around.contains_range(binding)).last()
}

/// Whether an attribute gets another value behind a place.
fn is_stored_behind<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], attribute: &'a ast::Expr, after: TextSize) -> bool {
    body.last().is_some_and(|last| is_stored_between(cx, body, attribute, after, last.range().end() + TextSize::from(1)))
}

/// Where the values behind a name are read, not its shape alone, and no other item than that of the key.
fn value_reads<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &str, key: Option<&'a ast::Expr>) -> Vec<&'a ast::Expr> {
    let is_other = |read: &'a ast::Expr| {
        matches!(cx.parent(read), Some(Node::Expr(ast::Expr::Subscript(item))) if std::ptr::eq(&*item.value, read)
            && key.is_some_and(|key| !held_views::may_be_key(Some(key), &item.slice)))
    };
    let mut found = Vec::new();
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr @ ast::Expr::Name(read)) = node
                && matches!(read.ctx, ast::ExprContext::Load)
                && read.id.as_str() == name
                && !is_metadata(cx, expr)
                && !is_other(expr)
            {
                found.push(expr);
            }
        });
    }
    found
}
