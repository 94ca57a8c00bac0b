//! `optimizer.step()` that no ported pass takes: one of two optimizers that steps under a condition. MLX's `step` is a count.

use t2m_syntax::Node;
use t2m_syntax::ast;

use super::events::{method, statement};
use super::model::Scopes;
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;

pub(super) fn todo<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let call = method(cx, expr, "step").filter(super::MethodCall::is_bare)?;
    let Some(Node::Stmt(stmt @ ast::Stmt::Expr(_))) = cx.parent(expr) else { return None };
    if !cx.kind(call.receiver).is_optimizer() || cx.stmt_claim(stmt).is_some() {
        return None;
    }
    let scopes = Scopes::around(cx, stmt);
    let (mut passes, mut all_ported) = (0, true);
    t2m_syntax::node::statements(scopes.body(), &mut |stmt| {
        if statement(cx, stmt, "backward").is_some() {
            passes += 1;
            // A pass that stays as it is has a TODO of its own, which speaks for its steps.
            all_ported &= cx.stmt_claim(stmt).is_some_and(|claim| claim.findings.is_empty());
        }
    });
    if passes == 0 || !all_ported {
        return None;
    }
    let reason = "the gradients of this step come from a pass that another step takes, and it may be left out";
    Some(Claim::todo(Finding::todo(codes::TRAINING_STEP, call.call.range, reason).help(super::HELP)))
}
