//! A gradient scaler: `scaler.scale(loss).backward()`, `scaler.step(optimizer)`. It keeps the gradients of float16 from vanishing, where autocast computes in
//! float16; the port computes in the dtype of the weights, so the step is the plain one.

use t2m_syntax::ast;
use t2m_syntax::node;

use super::events::{MethodCall, method, statement};
use super::model;
use crate::cx::Cx;

/// The scaler and the loss of `scaler.scale(loss)`.
pub(super) fn scaled<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(&'a ast::Expr, &'a ast::Expr)> {
    let scale = method(cx, expr, "scale").filter(|scale| model::is_place(scale.receiver) && scale.call.keywords.is_empty())?;
    match &scale.call.args[..] {
        [loss] => Some((scale.receiver, loss)),
        _ => None,
    }
}

/// The scaler of a backward pass.
pub(super) fn of<'a>(cx: &Cx<'a>, backward: &MethodCall<'a>) -> Option<&'a ast::Expr> {
    let ast::Expr::Attribute(attribute) = &*backward.call.func else { return None };
    scaled(cx, &attribute.value).map(|(scaler, _)| scaler)
}

/// The optimizer of `scaler.step(optimizer)`.
pub(super) fn stepped<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, scaler: &ast::Expr) -> Option<&'a ast::Expr> {
    let step = statement(cx, stmt, "step").filter(|step| is_same(cx, step, scaler) && step.call.keywords.is_empty())?;
    match &step.call.args[..] {
        [optimizer] => Some(optimizer),
        _ => None,
    }
}

/// `scaler.unscale_(optimizer)` and `scaler.update()`
pub(super) fn is_upkeep<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, scaler: &ast::Expr) -> bool {
    ["unscale_", "update"].iter().any(|name| statement(cx, stmt, name).is_some_and(|call| is_same(cx, &call, scaler)))
}

/// What goes with the scaler.
pub(super) fn upkeep<'a>(cx: &Cx<'a>, stmts: &'a [ast::Stmt], scaler: &ast::Expr) -> Vec<&'a ast::Stmt> {
    let mut found = Vec::new();
    node::statements(stmts, &mut |stmt| {
        if is_upkeep(cx, stmt, scaler) {
            found.push(stmt);
        }
    });
    found
}

fn is_same(cx: &Cx<'_>, call: &MethodCall<'_>, scaler: &ast::Expr) -> bool {
    cx.source(call.receiver) == cx.source(scaler)
}
