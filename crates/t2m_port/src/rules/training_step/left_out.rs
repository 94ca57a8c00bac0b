//! `if not torch.isfinite(norm): optimizer.zero_grad(); continue` in front of the step: a turn that takes no step and forgets its gradients.

use t2m_syntax::ast;

use super::clearing::{self, cleared};
use super::events::leaves;
use super::holds;
use super::mentions::Mentions;
use super::phase::Update;
use crate::cx::Cx;

/// The statements that clear the gradients of what is trained, in a suite that leaves the turn behind them; nothing reads them in between.
pub(super) fn clears<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, suite: &'a [ast::Stmt], updates: &[Update<'a>]) -> Vec<&'a ast::Stmt> {
    if !matches!(suite.last(), Some(ast::Stmt::Continue(_) | ast::Stmt::Break(_) | ast::Stmt::Return(_))) {
        return Vec::new();
    }
    let names = mentions.names_and_owners();
    let is_own = |stmt: &&'a ast::Stmt| {
        cleared(cx, stmt).is_some_and(|whose| {
            let whose = cx.source(whose);
            names.contains(&whose) || updates.iter().filter_map(Update::stepped).any(|optimizer| cx.source(optimizer) == whose)
        })
    };
    let Some(first) = suite.iter().position(|stmt| is_own(&stmt)) else { return Vec::new() };
    let touches = |expr: &ast::Expr| matches!(expr, ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "grad" | "step" | "backward"));
    let is_read = suite[first..].iter().filter(|stmt| !is_own(stmt)).any(|stmt| holds(stmt, &mut |expr| touches(expr)));
    if is_read { Vec::new() } else { suite.iter().filter(is_own).collect() }
}

/// Whether nothing of what the suite leaves behind reaches the next turn: all that is trained is cleared.
pub(super) fn forgets<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, suite: &'a [ast::Stmt], updates: &[Update<'a>]) -> bool {
    let zeros = clears(cx, mentions, suite, updates);
    // Another way out may stand in front of them.
    let before = suite.iter().position(|stmt| zeros.first().is_some_and(|zero| std::ptr::eq(*zero, stmt))).unwrap_or_default();
    !zeros.is_empty()
        && leaves(&suite[..before], false).is_none()
        && updates
            .iter()
            .all(|update| update.by_hand.is_none() && clearing::covers(cx, mentions.scopes, &update.models, update.optimizer, &zeros))
}

/// Whether a statement may leave the turn with gradients that the next one finds.
pub(super) fn skips<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, stmt: &'a ast::Stmt, updates: &[Update<'a>]) -> bool {
    if leaves(std::slice::from_ref(stmt), false).is_none() {
        return false;
    }
    let ast::Stmt::If(branch) = stmt else { return true };
    [&branch.body, &branch.orelse].into_iter().any(|suite| leaves(suite, false).is_some() && !forgets(cx, mentions, suite, updates))
}
