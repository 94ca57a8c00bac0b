//! Statements that the rewrites below left without anything to do: they go.

use t2m_syntax::ast;

use super::places::{new_text, residual};
use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;

pub(super) const RULE: Rule = Rule { name: "no-op", doc: include_str!("no_op.md"), hook: Hook::Stmt(no_op) };

fn no_op<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let goes = match stmt {
        ast::Stmt::Expr(stmt) => has_no_effect(cx, &stmt.value),
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [target] => is_itself(cx, target, &assign.value),
            _ => false,
        },
        ast::Stmt::If(choice) => is_emptied(cx, choice),
        _ => false,
    };
    goes.then(StmtClaim::delete)
}

/// `model.to(device)` on its own, `torch.set_num_threads(4)`.
fn has_no_effect<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    if new_text(cx, value) == Some("None") {
        return true;
    }
    let left = residual(cx, value);
    !std::ptr::eq(left, value) && cx.claim(left).is_none() && cx.is_simple(left)
}

/// `x = x.to(device)`, `x, y = x.to(device), y.to(device)`.
fn is_itself<'a>(cx: &Cx<'a>, target: &'a ast::Expr, value: &'a ast::Expr) -> bool {
    if let (ast::Expr::Tuple(targets), ast::Expr::Tuple(values)) = (target, value) {
        return targets.elts.len() == values.elts.len() && targets.elts.iter().zip(&values.elts).all(|(t, v)| is_itself(cx, t, v));
    }
    let left = residual(cx, value);
    !std::ptr::eq(left, value) && cx.claim(left).is_none() && cx.is_simple(left) && cx.source(left) == cx.source(target)
}

/// `if use_cuda: model.cuda()`: nothing is left to choose.
fn is_emptied<'a>(cx: &Cx<'a>, choice: &'a ast::StmtIf) -> bool {
    let is_gone = |stmt: &ast::Stmt| {
        cx.stmt_claim(stmt).is_some_and(|claim| {
            matches!(claim.decision.action, t2m_syntax::piece::Action::Delete) && claim.findings.iter().all(|finding| !finding.is_todo)
        })
    };
    let is_elif = cx.source(choice).starts_with("elif");
    !is_elif && choice.body.iter().all(is_gone) && choice.orelse.iter().all(is_gone) && cx.is_pure(&choice.test)
}
