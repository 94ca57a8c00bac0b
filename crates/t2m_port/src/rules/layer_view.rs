//! `self.act(y[:, :2])` with `self.act = nn.ReLU(inplace=True)` changes `y`, and so does what a name gets that stands for such a view. MLX's views are copies.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Edit, Node, Piece, Prec, TextRange, TextSize};

use super::stale_view;
use crate::changing_layers::{self, Change};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::{fresh_values, in_place, joined_index, receiver, sliced_write, storage, unknown_arrays, views};

/// The layer, or `F.relu(x, inplace=True)`, is called with a name: what that is a view of is read later, or the views that were taken of it.
pub(super) fn of_name<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, call: &'a ast::ExprCall, argument: &'a ast::Expr) -> Option<Claim<'a>> {
    let name = argument.as_name_expr()?;
    let viewed = || {
        let (bound, base) = views::shared_base(cx, name, None, expr)?;
        // Whether the caller reads what it has given is not asked here.
        let is_read = !is_name(base) || base != name.id.as_str() && is_read_behind(cx, base, expr);
        // What has `hidden_states` and `logits` is no tensor: its items are no views.
        let is_object = || unknown_arrays::is_asked_as_object(cx, views::enclosing_body(cx, expr), base);
        (is_read && !is_object()).then(|| lost(cx, expr, call, base).because(bound, "it is bound to a view here"))
    };
    let finding = viewed().or_else(|| stale_view::stale_name(cx, argument, expr))?;
    Some(Claim::todo(finding))
}

fn is_name(base: &str) -> bool {
    base.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn is_read_behind<'a>(cx: &Cx<'a>, base: &str, at: &'a ast::Expr) -> bool {
    let end = cx.statement(at).map_or(at.range().end(), |stmt| stmt.range().end());
    views::reads(views::enclosing_body(cx, at), base).into_iter().any(|read| read > end)
}

/// The layer is called with a view by its own text.
pub(super) fn of_view<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, call: &'a ast::ExprCall, argument: &'a ast::Expr) -> Option<Claim<'a>> {
    if !matches!(argument, ast::Expr::Subscript(_) | ast::Expr::Call(_) | ast::Expr::Attribute(_)) {
        return None;
    }
    let change = changing_layers::change_of_argument(cx, &call.func)?;
    let base = views::base(cx, argument).filter(|base| !fresh_values::is_fresh(cx, base))?;
    let stmt = cx.statement(expr)?;
    let is_whole = |value: &'a ast::Expr| std::ptr::eq(value, expr);
    let is_storable = match stmt {
        ast::Stmt::Expr(own) => is_whole(&own.value),
        ast::Stmt::Assign(own) => is_whole(&own.value) && !own.targets.iter().any(|target| cx.source(target) == cx.source(argument)),
        _ => false,
    };
    // `y[0] = self.act(y[0])`
    if matches!(stmt, ast::Stmt::Assign(own) if is_whole(&own.value)) && !is_storable {
        return None;
    }
    let can_store = is_storable && change == Change::Result;
    let target = if can_store { target(cx, argument) } else { None };
    let is_for_effect = is_storable && matches!(stmt, ast::Stmt::Expr(_));
    if !is_for_effect && !is_seen(cx, stmt, base, argument, target.is_some()) {
        return None;
    }
    if let Some((owner, target)) = target {
        let finding = in_place::lost_write(cx, expr, owner).or_else(|| stale_view::stale_name(cx, base, expr));
        return Some(match finding {
            Some(finding) => Claim::todo(finding),
            // What it gives is the view itself.
            None if is_written_later(cx, stmt) => Claim::todo(lost(cx, expr, call, &cx.snippet(base))),
            None => Claim::edit(vec![Edit::new(TextRange::empty(expr.range().start()), target)]),
        });
    }
    Some(Claim::todo(lost(cx, expr, call, &cx.snippet(base))))
}

/// `z = self.act(y[:, :2])` in front of `z += 1`
fn is_written_later<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let ast::Stmt::Assign(assign) = stmt else { return false };
    let mut names = assign.targets.iter().filter_map(|target| target.as_name_expr());
    let body = views::enclosing_body(cx, &assign.value);
    names.any(|name| {
        let mut is_written = false;
        body.iter().for_each(|stmt| Node::Stmt(stmt).walk(&mut |node| is_written |= storage::writes(node, &name.id)));
        is_written
    })
}

/// What an assignment to the view writes to, and how it is written, with the sign behind it.
fn target<'a>(cx: &Cx<'a>, argument: &'a ast::Expr) -> Option<(&'a ast::Expr, Vec<Piece<'a>>)> {
    let own = || {
        let ast::Expr::Subscript(item) = argument else { return None };
        let is_owner = cx.is_simple(&item.value) && cx.kind(&item.value).is_tensor() && cx.is_pure(&item.slice);
        let is_built = || cx.claim(argument).is_some_and(|claim| matches!(claim.decision, Some(Decision::Build(..))));
        (is_owner && !is_built()).then(|| (argument, vec![Piece::Expr(argument, Prec::Atom)]))
    };
    let (owner, mut pieces) = joined_index::joined(cx, argument).or_else(|| sliced_write::indexed(cx, argument)).or_else(own)?;
    pieces.push(Piece::text(" = "));
    Some((owner, pieces))
}

/// Whether somebody reads what the layer changes. The caller may, which a store answers for; where none is possible nobody is told.
fn is_seen<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, base: &'a ast::Expr, argument: &'a ast::Expr, can_store: bool) -> bool {
    let name = match base {
        ast::Expr::Name(name) => name,
        // What a call gives has no other name here.
        base => return !base.is_call_expr(),
    };
    let body = views::enclosing_body(cx, argument);
    let end = stmt.range().end();
    let others = reads(cx, body, &name.id, argument);
    let read = others.iter().copied().find(|read| *read > end);
    let bound = views::bindings(body, &name.id);
    let is_rebound = |read: TextSize| bound.iter().any(|(_, value)| value.range().start() > end && value.range().end() < read);
    let is_beside = || {
        let is_other = others.iter().any(|read| stmt.range().contains(*read));
        is_other && in_place::is_read_beside(cx, stmt, base, name)
    };
    let is_callers = || can_store && bound.is_empty() && receiver::is_parameter_around(cx, argument, &name.id);
    read.is_some_and(|read| !is_rebound(read)) || is_beside() || views::alias_read_after(cx, name, argument).is_some() || is_callers()
}

/// Where the name is read, but for other parts of it than the argument is.
fn reads<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &str, argument: &'a ast::Expr) -> Vec<TextSize> {
    let mut found = Vec::new();
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(read @ ast::Expr::Name(own)) = node
                && own.ctx.is_load()
                && own.id.as_str() == name
                && !argument.range().contains_range(own.range)
                && !views::is_metadata(cx, read)
                && !is_apart(cx, read, argument)
            {
                found.push(own.range.start());
            }
        });
    }
    found
}

/// `y[:, 2:]` beside `y[:, :2]`
fn is_apart<'a>(cx: &Cx<'a>, read: &'a ast::Expr, argument: &'a ast::Expr) -> bool {
    let (Some(Node::Expr(ast::Expr::Subscript(other))), ast::Expr::Subscript(own)) = (cx.parent(read), argument) else { return false };
    let ends_at = |one: &ast::Expr, other: &ast::Expr| match (one, other) {
        (ast::Expr::Slice(one), ast::Expr::Slice(other)) => {
            let place = one.upper.as_ref().zip(other.lower.as_ref());
            place.is_some_and(|(upper, lower)| cx.source(&**upper) == cx.source(&**lower)) && one.step.is_none() && other.step.is_none()
        }
        _ => false,
    };
    let is_other_item = |one: &ast::Expr, other: &ast::Expr| matches!((receiver::number(one), receiver::number(other)), (Some(one), Some(other)) if one != other && (one < 0.0) == (other < 0.0));
    let is_apart = |one: &ast::Expr, other: &ast::Expr| ends_at(one, other) || ends_at(other, one) || is_other_item(one, other);
    match (&*own.slice, &*other.slice) {
        (ast::Expr::Tuple(one), ast::Expr::Tuple(other)) => {
            one.elts.len() == other.elts.len() && one.elts.iter().zip(&other.elts).any(|(one, other)| is_apart(one, other))
        }
        (one, other) => is_apart(one, other),
    }
}

fn lost<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, call: &'a ast::ExprCall, base: &str) -> Finding {
    let layer = cx.snippet(&*call.func);
    let reason =
        format!("`{layer}` changes its input in place, a view of `{base}`; an MLX view is a copy, so `{base}` would keep its values");
    Finding::todo(codes::WRITE_THROUGH_VIEW, expr.range(), reason).help(format!(
        "store what `{layer}` gives in `{base}` by its index, or take a layer without `inplace=True` if the change is not meant"
    ))
}
