//! Changes of a tensor whose views are still read: PyTorch shares the memory, MLX copied it.

use t2m_semantic::Kind;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::diagonal_write;
use crate::finding::Finding;
use crate::held_tensors;
use crate::held_views;
use crate::in_place;
use crate::index_places::are_apart;
use crate::kept_views;
use crate::member_views;
use crate::out_argument;
use crate::receiver;
use crate::stale_views;
use crate::storage::{self, is_in_place};
use crate::taken_views;
use crate::tensor_uses::is_used_as_tensor;
use crate::tensors_around::has_tensors_around;
use crate::unknown_arrays;
use crate::views;

pub(super) const RULE: Rule = Rule { name: "stale-view", doc: include_str!("stale_view.md"), hook: Hook::Stmt(stmt) };

fn stmt<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    found(cx, stmt).map(StmtClaim::todo)
}

/// What a statement makes stale: rules that write it anew say so too.
pub(super) fn found<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Finding> {
    match stmt {
        ast::Stmt::Assign(assign) => swapped(cx, assign).or_else(|| assign.targets.iter().find_map(|target| stale(cx, target))),
        ast::Stmt::AugAssign(assign) => stale(cx, &assign.target).or_else(|| stale_name(cx, &assign.target, &assign.target)),
        ast::Stmt::Expr(stmt) => {
            // `x.add_(1)`
            let ast::Expr::Call(call) = &*stmt.value else { return None };
            if let Some(out) = out_argument::given(call) {
                return stale_name(cx, out, &stmt.value);
            }
            // `torch.zero_(x)`
            if let Some(name) = cx.qualified(&call.func) {
                let written = views::first_argument(call).filter(|_| name.starts_with("torch.") && is_in_place(name));
                return stale_name(cx, below_items(cx, written?), &stmt.value);
            }
            let ast::Expr::Attribute(method) = &*call.func else { return None };
            if is_in_place(&method.attr) {
                return stale_name(cx, below_items(cx, &method.value), &stmt.value);
            }
            // `grid.clear()`, whose class is in the project
            member_views::written(cx, call).into_iter().find_map(|member| stale_name(cx, member, &stmt.value))
        }
        _ => None,
    }
}

/// `x` of `x[0].zero_()` and `x.exp_().zero_()`
fn below_items<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> &'a ast::Expr {
    if let Some(diagonal) = diagonal_write::diagonal(cx, expr) {
        return diagonal.base;
    }
    match in_place::root(cx, expr) {
        ast::Expr::Subscript(item) if cx.kind(&item.value).is_tensor() => below_items(cx, &item.value),
        owner => owner,
    }
}

/// `x[0] = ...`, `x.imag = ...`
fn stale<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<Finding> {
    match target {
        ast::Expr::Subscript(subscript) => stale_name(cx, below_items(cx, &subscript.value), target),
        // `x[0], y = a, b`
        ast::Expr::Tuple(parts) => parts.elts.iter().filter(|part| part.is_subscript_expr()).find_map(|part| stale(cx, part)),
        ast::Expr::Attribute(part) if matches!(part.attr.as_str(), "real" | "imag") => stale_name(cx, &part.value, target),
        _ => None,
    }
}

/// `written` changes at `at`, and what is a view of it is still read.
pub(crate) fn stale_name<'a>(cx: &Cx<'a>, written: &'a ast::Expr, at: &'a ast::Expr) -> Option<Finding> {
    let written = storage::owner(cx, written);
    match written {
        // `pair[0] += 1` of `pair = [x, x.T]` changes `x`.
        ast::Expr::Subscript(item) => {
            let held = held_tensors::at_key(cx, item, at);
            // `a[-1].zero_()` of what is used as a tensor
            let owner =
                || (held.is_empty() && cx.kind(&item.slice) != Kind::Str).then(|| stale_by_use(cx, below_unknown(cx, written), at))?;
            held.iter().find_map(|held| stale_held(cx, held, at)).or_else(|| stale_place(cx, written, at)).or_else(owner)
        }
        written => stale_place(cx, written, at),
    }
}

/// `x` of `x[0][1]`, where nothing says what it is.
fn below_unknown<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> &'a ast::Expr {
    match expr {
        ast::Expr::Subscript(item) if cx.kind(&item.value).is_unknown() => below_unknown(cx, &item.value),
        expr => expr,
    }
}

/// The same for what stands in a container whose item is written: `pair[0] += 1` is a change of the whole.
fn stale_held<'a>(cx: &Cx<'a>, held: &'a ast::Expr, at: &'a ast::Expr) -> Option<Finding> {
    let is_number_added = || matches!(cx.statement(at), Some(ast::Stmt::AugAssign(change)) if is_added_to(cx, change, at));
    match cx.kind(held).is_unknown() && at.is_subscript_expr() && is_number_added() {
        true => lost_by_view(cx, held, at),
        false => stale_place(cx, held, at),
    }
}

/// The same for a name or an attribute of unknown kind that is a tensor by what is done with it.
fn stale_by_use<'a>(cx: &Cx<'a>, written: &'a ast::Expr, at: &'a ast::Expr) -> Option<Finding> {
    // `frame["x"] = 1`: nothing with keys is a tensor.
    let is_keyed = |place: &'a ast::Expr| matches!(place, ast::Expr::Subscript(item) if cx.kind(&item.slice) == Kind::Str);
    let is_within_keyed = || matches!(cx.parent(written), Some(Node::Expr(place)) if is_keyed(place));
    if is_keyed(at) || is_keyed(written) || is_within_keyed() {
        return None;
    }
    if !cx.kind(written).is_unknown() || taken_views::are_none(cx, at) && !written.is_attribute_expr() {
        return None;
    }
    lost_by_view(cx, written, at).filter(|_| is_used_as_tensor(cx, written, at))
}

/// The same for a name, an attribute or an item of a container.
fn stale_place<'a>(cx: &Cx<'a>, written: &'a ast::Expr, at: &'a ast::Expr) -> Option<Finding> {
    let is_named = || written.is_name_expr() && cx.kind(written).is_unknown();
    let is_kept = || !written.is_name_expr() && cx.kind(written).is_unknown() && !at.is_attribute_expr();
    let is_used = || unknown_arrays::is_indexed_as_array(cx, written, at) && has_tensors_around(cx, written);
    let is_array = cx.kind(written).is_tensor()
        || cx.kind(written) == Kind::Ndarray
        || is_named() && (is_write_of_arrays(cx, at) || is_used() || is_given_tensor(cx, written, at))
        || is_kept() && is_write_of_arrays(cx, at)
        || cx.kind(written).is_unknown() && is_viewed_as_array(cx, written, at) && has_tensors_around(cx, written);
    match is_array {
        true => lost_by_view(cx, written, at),
        false => stale_by_use(cx, written, at),
    }
}

/// A view of the tensor `written` is read behind its change at `at`.
fn lost_by_view<'a>(cx: &Cx<'a>, written: &'a ast::Expr, at: &'a ast::Expr) -> Option<Finding> {
    let (bound, view) = match written {
        ast::Expr::Name(_) | ast::Expr::Subscript(_) => stale_views::stale_view(cx, written, at)?,
        ast::Expr::Attribute(_) => stale_views::stale_view(cx, written, at).or_else(|| kept_views::stale_view(cx, written, at))?,
        _ => return None,
    };
    let base = cx.snippet(written);
    let reason =
        format!("`{view}` is a view of `{base}`, which changes here; an MLX view is a copy, so `{view}` would keep the old values");
    let finding = Finding::todo(codes::WRITE_THROUGH_VIEW, at.range(), reason);
    Some(finding.because(bound, "the view is taken here").help(format!("take `{view}` again after the change")))
}

/// Whether somebody takes a view that only arrays have: `x.view(-1)`, `self.x[:, 0]`.
fn is_viewed_as_array<'a>(cx: &Cx<'a>, written: &'a ast::Expr, at: &'a ast::Expr) -> bool {
    let taken = taken_views::of_body(cx, views::enclosing_body(cx, at));
    let is_of = |value: &'a ast::Expr| viewed(cx, value).is_some_and(|base| cx.source(base) == cx.source(written));
    let is_explicit =
        |stmt: &'a ast::Stmt| receiver::assignment(stmt).is_some_and(|(_, value)| views::is_explicit(cx, value) && is_of(value));
    // `state["w"] = ...`, `lock.lock_()`
    let is_other = match at {
        ast::Expr::Subscript(item) => cx.kind(&item.slice) == Kind::Str,
        ast::Expr::Call(_) => !is_write_of_arrays(cx, at),
        _ => false,
    };
    if is_other {
        return false;
    }
    taken.get(cx.source(written)).into_iter().flatten().any(|taken| is_explicit(taken.stmt))
        || written.is_attribute_expr() && kept_views::is_viewed_as_array(cx, written, at)
}

/// What a view is taken of at once: `x[k]` of `x[k].view(-1)`.
fn viewed<'a>(cx: &Cx<'a>, view: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match view {
        ast::Expr::Call(call) if cx.qualified(&call.func).is_some() => call.args.first(),
        ast::Expr::Call(call) => call.func.as_attribute_expr().map(|method| &*method.value),
        ast::Expr::Attribute(part) => Some(&part.value),
        ast::Expr::Subscript(item) => Some(&item.value),
        _ => None,
    }
}

/// Whether a parameter, whose items are unpacked or listed, gets a tensor from a caller in this file: `state = step(state)` behind `state = torch.zeros(2, 3)`.
fn is_given_tensor<'a>(cx: &Cx<'a>, written: &'a ast::Expr, at: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = written else { return false };
    let body = views::enclosing_body(cx, at);
    if !at.is_subscript_expr()
        || !taken_views::of_body(cx, body).contains_key(name.id.as_str())
        || !views::bindings(body, &name.id).is_empty()
    {
        return false;
    }
    let def = cx.scopes(at).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    });
    let Some(def) = def else { return false };
    let Some(place) = def.args.args.iter().position(|arg| arg.def.arg == name.id) else { return false };
    let is_tensor = |given: &'a ast::Expr| {
        let bound = || given.as_name_expr().map(|given_name| views::bindings(views::enclosing_body(cx, given), &given_name.id));
        cx.kind(given).is_tensor() || bound().is_some_and(|bound| bound.iter().any(|(_, value)| cx.kind(value).is_tensor()))
    };
    let mut found = false;
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            let given = match &*call.func {
                function if views::is_same_name(function, &def.name) => call.args.get(place),
                ast::Expr::Attribute(method) if method.attr == def.name => place.checked_sub(1).and_then(|place| call.args.get(place)),
                _ => None,
            };
            found = found || given.is_some_and(is_tensor);
        });
    }
    found
}

/// A write that only arrays know, to what is not known: `x.zero_()`, `x[:, 0] = 1`, `x[torch.tensor([0])] = 1`.
fn is_write_of_arrays<'a>(cx: &Cx<'a>, at: &'a ast::Expr) -> bool {
    match at {
        ast::Expr::Call(call) => {
            matches!(&*call.func, ast::Expr::Attribute(method) if cx.tables.lookup(&format!("Tensor.{}", method.attr)).any(|(row, _)| row.in_place))
        }
        // `x *= 2`, `x += 1.0`: what has items and takes a number is no list.
        ast::Expr::Name(_) if let Some(ast::Stmt::AugAssign(change)) = cx.statement(at) => is_added_to(cx, change, at),
        ast::Expr::Subscript(item) => {
            let has_slice = || matches!(&*item.slice, ast::Expr::Tuple(parts) if parts.elts.iter().any(ast::Expr::is_slice_expr));
            cx.kind(&item.slice).is_tensor() || has_slice() || is_write_below(&item.value)
        }
        _ => false,
    }
}

/// Whether an augmented assignment changes the whole of what `at` stands for as only arrays are changed: lists are added, and repeated.
fn is_added_to<'a>(cx: &Cx<'a>, change: &'a ast::StmtAugAssign, at: &'a ast::Expr) -> bool {
    let added = cx.kind(&change.value);
    let is_number = || matches!(added, Kind::Int | Kind::Float | Kind::Number);
    let is_of_arrays = match change.op {
        ast::Operator::Add | ast::Operator::Mult => is_number() || added.is_tensor(),
        // Strings are formatted.
        ast::Operator::Mod => false,
        _ => true,
    };
    is_of_arrays && change.target.range() == at.range()
}

/// `x.T[0] = 1`
fn is_write_below(owner: &ast::Expr) -> bool {
    !std::ptr::eq(views::below_views(owner), owner)
}

/// `x[0], x[1] = x[1], x[0]`: the second write reads what the first one wrote.
fn swapped<'a>(cx: &Cx<'a>, assign: &'a ast::StmtAssign) -> Option<Finding> {
    let ([ast::Expr::Tuple(targets)], ast::Expr::Tuple(values)) = (&assign.targets[..], &*assign.value) else { return None };
    // Whoever swaps items of unknown kind may have a list: then nothing is lost by saying so.
    let may_be_tensor = |base: &&'a ast::Expr| cx.kind(base).is_tensor() || cx.kind(base).is_unknown() && cx.is_simple(base);
    let is_written = |base: &&'a ast::Expr| {
        targets.elts.iter().any(|target| matches!(target, ast::Expr::Subscript(s) if cx.source(&*s.value) == cx.source(*base)))
    };
    // The places of `f[0], f[-1] = f[1], f[-2]` are others than those that are written first.
    let is_read_before = |at: usize, value: &'a ast::Expr| {
        let item = value.as_subscript_expr();
        // A name that gets the view is changed by the writes behind it.
        let is_copied = match (&targets.elts[at], item) {
            (ast::Expr::Subscript(own), Some(item)) => cx.kind(&own.value).is_tensor() || cx.source(&*own.value) == cx.source(&*item.value),
            _ => false,
        };
        is_copied
            && targets.elts.iter().take(at).all(|target| match (target, item) {
                (ast::Expr::Subscript(target), Some(item)) if cx.source(&*target.value) == cx.source(&*item.value) => {
                    are_apart(&target.slice, &item.slice)
                }
                (target, _) => target.is_name_expr(),
            })
    };
    let is_paired = targets.elts.len() == values.elts.len() && !values.elts.iter().any(ast::Expr::is_starred_expr);
    let seen = values.elts.iter().enumerate().filter(|(at, value)| !is_paired || !is_read_before(*at, value));
    let bases = seen.flat_map(|(_, value)| held_views::bases(cx, value).to_vec());
    let base = cx.snippet(bases.filter(may_be_tensor).find(is_written)?);
    let reason =
        format!("if `{base}` is a tensor, the values are views of it: PyTorch's second write sees the first one, an MLX view is a copy");
    let finding = Finding::todo(codes::WRITE_THROUGH_VIEW, assign.range, reason);
    Some(finding.help("write `.clone()` behind the values if a swap is meant"))
}
