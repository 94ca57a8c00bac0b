//! `except RuntimeError`: MLX raises `ValueError` for shapes that don't fit.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;

pub(super) const RULE: Rule = Rule { name: "caught-error", doc: include_str!("caught_error.md"), hook: Hook::Stmt(caught) };

fn caught<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Try(attempt) = stmt else { return None };
    if !computes(cx, &attempt.body) {
        return None;
    }
    let mut edits = Vec::new();
    let is_value_error =
        |expr: &ast::Expr| matches!(cx.entity(expr), Some(Entity::Builtin(name)) if matches!(name.as_str(), "ValueError" | "Exception"));
    let is_runtime_error = |expr: &ast::Expr| matches!(cx.entity(expr), Some(Entity::Builtin(name)) if name == "RuntimeError");
    for handler in &attempt.handlers {
        let ast::ExceptHandler::ExceptHandler(handler) = handler;
        match handler.type_.as_deref() {
            Some(name) if is_runtime_error(name) => edits.push(Edit::text(name.range(), "(RuntimeError, ValueError)")),
            Some(ast::Expr::Tuple(tuple)) if tuple.elts.iter().any(is_runtime_error) && !tuple.elts.iter().any(is_value_error) => {
                let last = tuple.elts.last()?;
                edits.push(Edit::text(last.range(), format!("{}, ValueError", cx.source(last))));
            }
            // An earlier handler takes it.
            Some(name) if is_value_error(name) => break,
            _ => {}
        }
    }
    (!edits.is_empty()).then(|| StmtClaim::edit(edits))
}

/// Whether tensors are computed with: a known tensor, or a method that the port renames.
fn computes<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt]) -> bool {
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr) = node {
                let is_operation = matches!(expr, ast::Expr::Call(_) | ast::Expr::BinOp(_) | ast::Expr::Subscript(_));
                let is_method = matches!(expr, ast::Expr::Call(call) if matches!(&*call.func, ast::Expr::Attribute(_)) && cx.entity(&call.func).is_none());
                found |= is_operation && cx.kind(expr).is_tensor() || is_method && cx.claim(expr).is_some_and(|claim| claim.decision.is_some());
            }
        });
    }
    found
}
