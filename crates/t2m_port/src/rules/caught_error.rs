//! `except RuntimeError`: MLX raises `ValueError` for shapes that don't fit.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node};

use super::{Hook, Rule, Shape};
use crate::claim::{Claim, StmtClaim};
use crate::cx::Cx;
use crate::imports::imports_torch;

pub(super) const STMT: Rule = Rule { name: "caught-error", doc: include_str!("caught_error.md"), hook: Hook::Stmt(caught) };
pub(super) const EXPR: Rule =
    Rule { name: "caught-error", doc: include_str!("caught_error.md"), hook: Hook::Expr(&[Shape::Call], expected) };

fn caught<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Try(attempt) = stmt else { return None };
    if !computes(cx, &attempt.body) {
        return None;
    }
    let mut edits = Vec::new();
    let is_value_error =
        |expr: &ast::Expr| matches!(cx.entity(expr), Some(Entity::Builtin(name)) if matches!(name.as_str(), "ValueError" | "Exception"));
    let is_runtime_error = |expr: &ast::Expr| is_runtime_error(cx, expr);
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

fn is_runtime_error(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.entity(expr), Some(Entity::Builtin(name)) if name == "RuntimeError")
}

/// `with pytest.raises(RuntimeError):`, `with self.assertRaises(RuntimeError):`. A test that looks at PyTorch's words (`match=`) is left to fail.
fn expected<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ([error], [], ast::Expr::Attribute(method)) = (&call.args[..], &call.keywords[..], &*call.func) else { return None };
    let raises = match method.attr.as_str() {
        "raises" => cx.is_qualified(&call.func, "pytest.raises"),
        name => name == "assertRaises",
    };
    let is_meant = raises && is_runtime_error(cx, error) && imports_torch(cx);
    is_meant.then(|| Claim::edit(vec![Edit::text(error.range(), "(RuntimeError, ValueError)")]))
}

/// Whether tensors are computed with: a known tensor, or a method that the port renames.
fn computes<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt]) -> bool {
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr) = node {
                let is_operation = matches!(expr, ast::Expr::Call(_) | ast::Expr::BinOp(_) | ast::Expr::Subscript(_));
                let is_method = matches!(expr, ast::Expr::Call(call) if matches!(&*call.func, ast::Expr::Attribute(_)) && cx.entity(&call.func).is_none());
                let is_product = matches!(expr, ast::Expr::BinOp(e) if e.op == ast::Operator::MatMult);
                found |= is_product || is_operation && cx.kind(expr).is_tensor() || is_method && cx.claim(expr).is_some_and(|claim| claim.decision.is_some());
            }
        });
    }
    found
}
