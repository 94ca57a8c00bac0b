//! `net.requires_grad_(False)`, a call, `net.requires_grad_(True)` on the way to a loss: PyTorch records which weights were trained when they were used, MLX
//! asks once, around the whole loss.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::reached::is_differentiated;

pub(super) const RULE: Rule = Rule { name: "frozen-meanwhile", doc: include_str!("frozen_meanwhile.md"), hook: Hook::Stmt(frozen) };

fn frozen<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let text = cx.source(stmt);
    if !matches!(stmt, ast::Stmt::Expr(_) | ast::Stmt::For(_)) || !text.contains("False") || !switches(cx, stmt) {
        return None;
    }
    let suite = suite_around(cx, stmt)?;
    let at = suite.iter().position(|own| own.range() == stmt.range())?;
    let switched_on = [text.replace("False", "True"), text.replace("requires_grad_(False)", "requires_grad_()")];
    let back = suite[at + 1..].iter().position(|later| switched_on.iter().any(|on| on == cx.source(later)))?;
    let (between, behind) = suite[at + 1..].split_at(back);
    let has = |stmts: &[ast::Stmt], what: &str| stmts.iter().any(|stmt| cx.source(stmt).contains(what));
    // A step of its own in between is what the switch is for.
    if !has(between, "(") || has(between, "backward") || has(between, ".step(") || has(between, "autograd.grad(") {
        return None;
    }
    let function = cx.ancestors(Node::Stmt(stmt)).find_map(|up| match up {
        Node::Stmt(up @ ast::Stmt::FunctionDef(_)) => Some(up),
        _ => None,
    });
    // A loop behind differentiates its own body.
    let is_step = behind.iter().any(|stmt| node::suites(stmt).is_empty() && cx.source(stmt).contains(".backward("));
    if !is_step && !function.is_some_and(|function| is_differentiated(cx, function)) {
        return None;
    }
    let reason = "this freezes weights for a part of what is differentiated, and MLX asks for them once: wrap what is computed meanwhile in `mx.stop_gradient`";
    Some(StmtClaim::todo(Finding::todo(codes::NO_GRAD_CHANGE, stmt.range(), reason)))
}

/// `net.requires_grad_(False)`, a loop that does so, and a function of the project that does.
fn switches<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    if cx.source(stmt).contains("requires_grad") {
        return true;
    }
    let ast::Stmt::Expr(statement) = stmt else { return false };
    let ast::Expr::Call(call) = &*statement.value else { return false };
    let Kind::Function(id) = cx.kind(&call.func) else { return false };
    let function = cx.project_facts.function(id);
    cx.project.file(function.file).source.slice(function.range).contains("requires_grad")
}

fn suite_around<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a [ast::Stmt]> {
    let suites = match cx.parent(stmt) {
        Some(Node::Stmt(parent)) => node::suites(parent),
        _ => vec![&cx.file.suite[..]],
    };
    suites.into_iter().find(|suite| suite.iter().any(|own| own.range() == stmt.range()))
}
