//! `optimizer.step()` in a loop that computes nothing, as where a schedule of learning rates is drawn: without gradients PyTorch's optimizers do nothing.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast;

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::{Cx, contains_word};
use crate::views;

pub(super) const RULE: Rule = Rule { name: "idle-step", doc: include_str!("idle_step.md"), hook: Hook::Stmt(idle_step) };

/// Methods of lists, dictionaries, strings and writers.
const QUIET: &[&str] = &["append", "extend", "items", "format", "add_scalar"];

fn idle_step<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Expr(s) = stmt else { return None };
    let ast::Expr::Call(call) = &*s.value else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let ast::Expr::Name(optimizer) = &*method.value else { return None };
    let is_step = method.attr.as_str() == "step" && call.args.is_empty() && call.keywords.is_empty();
    if !is_step || !matches!(cx.kind(&method.value), Kind::Optimizer(_)) {
        return None;
    }
    let scope = views::enclosing_body(cx, &s.value);
    let is_own = !views::bindings(scope, &optimizer.id).is_empty();
    let has_gradients = scope.iter().any(|stmt| !is_definition(stmt) && contains_word(cx.source(stmt), "backward"));
    let around: Vec<Node<'a>> = match cx.ancestors(Node::Stmt(stmt)).find(|up| matches!(up, Node::Stmt(stmt) if is_loop(stmt))) {
        Some(around) => vec![around],
        None => scope.iter().map(Node::Stmt).collect(),
    };
    (is_own && !has_gradients && around.into_iter().all(|node| is_quiet(cx, node))).then(StmtClaim::delete)
}

fn is_definition(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::FunctionDef(_) | ast::Stmt::ClassDef(_))
}

fn is_loop(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::For(_) | ast::Stmt::While(_))
}

/// Whether nothing is called that might compute gradients.
fn is_quiet<'a>(cx: &Cx<'a>, node: Node<'a>) -> bool {
    let mut is_quiet = true;
    node.walk(&mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node {
            is_quiet &= match (&*call.func, cx.entity(&call.func)) {
                (_, Some(Entity::Builtin(_))) => true,
                // `trainer.step()` of anything else may compute gradients.
                (ast::Expr::Attribute(method), None) => {
                    QUIET.contains(&method.attr.as_str()) || matches!(cx.kind(&method.value), Kind::Optimizer(_) | Kind::Scheduler(_))
                }
                _ => false,
            };
        }
    });
    is_quiet
}
