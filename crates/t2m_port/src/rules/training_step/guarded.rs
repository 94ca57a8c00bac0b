//! A step under a condition that takes the gradients of one pass, since all are cleared in every turn: `if torch.isfinite(norm): optimizer.step()`.
//! What it leaves out is forgotten, so the update may stand under the same condition.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::checks::{Between, between};
use super::clearing::{self, cleared};
use super::events::{leaves, method};
use super::gathering::Gathering;
use super::holds;
use super::mentions::Mentions;
use super::model::Scopes;
use super::phase::{self, Place, Update};
use crate::cx::Cx;

/// The condition around the step, which is a statement of the suite of `backward`.
pub(super) fn branch<'a>(place: &Place<'a>, updates: &[Update<'a>]) -> Option<&'a ast::StmtIf> {
    let [update] = updates else { return None };
    match place.block.get(update.at) {
        Some(stmt @ ast::Stmt::If(branch)) if !std::ptr::eq(stmt, update.stmt) && branch.range.contains_range(update.stmt.range()) => {
            Some(branch)
        }
        _ => None,
    }
}

/// Whether the gradients that the step takes or leaves are those of one pass.
pub(super) fn is_of_one_pass<'a>(
    cx: &Cx<'a>,
    scopes: &Scopes<'a>,
    place: &Place<'a>,
    found: &Gathering<'a>,
    updates: &[Update<'a>],
) -> bool {
    let Some(ast::Stmt::If(branch)) = place.block.get(found.upto) else { return false };
    let (own, behind) = (place.own(), &place.block[place.last + 1..]);
    let Ok(zeros) = phase::zero_grads(cx, scopes, place, updates) else { return false };
    let is_before = zeros.iter().any(|zero| zero.range().end() <= own.range().start());
    // Who leaves the turn passes by what clears behind the step.
    let is_sure = is_before || !zeros.is_empty() && leaves(&place.block[place.last + 1..=found.upto], false).is_none();
    let mut steps = 0;
    for stmt in behind {
        holds(stmt, &mut |expr| {
            // That of another optimizer in the other branch takes the same gradients.
            let is_one = |receiver: &'a ast::Expr| phase::is_optimizer(cx, place.block, receiver);
            let is_it = |place: &'a ast::Expr| cx.source(place) == cx.source(found.optimizer) || is_one(place);
            steps += usize::from(method(cx, expr, "step").is_some_and(|call| is_it(call.receiver) || call.call.args.iter().any(is_it)));
            false
        });
    }
    let before_step = found.suite.iter().take_while(|stmt| !std::ptr::eq(*stmt, found.step()));
    let mut clears_first = false;
    before_step.for_each(|stmt| node::statements(std::slice::from_ref(stmt), &mut |stmt| clears_first |= cleared(cx, stmt).is_some()));
    let mut reads = false;
    Node::Expr(&branch.test).walk(&mut |node| {
        reads |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if e.attr.as_str() == "grad");
    });
    is_sure && steps == 1 && !clears_first && !reads
}

/// What clears gradients under the condition, behind the step or in its place.
pub(super) fn zeros<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, branch: &'a ast::StmtIf, updates: &[Update<'a>]) -> Vec<&'a ast::Stmt> {
    let names = mentions.names_and_owners();
    let is_own = |whose: &ast::Expr| {
        let whose = cx.source(whose);
        names.contains(&whose) || updates.iter().any(|update| cx.source(update.optimizer) == whose)
    };
    let mut found = Vec::new();
    for suite in [&branch.body, &branch.orelse] {
        node::statements(suite, &mut |stmt| {
            if clearing::cleared(cx, stmt).is_some_and(is_own) {
                found.push(stmt);
            }
        });
    }
    found
}

/// What is done with the gradients under the condition, before the step or in its place.
pub(super) fn between_guard<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    branch: &'a ast::StmtIf,
    (updates, scaler): (&[Update<'a>], Option<&ast::Expr>),
    cleared_before: bool,
) -> Result<Between<'a>, String> {
    let mut found = Between::default();
    for suite in [&branch.body, &branch.orelse] {
        let upto = suite.iter().position(|stmt| updates.iter().any(|update| std::ptr::eq(update.stmt, stmt))).unwrap_or(suite.len());
        for stmt in suite[..upto].iter().filter(|stmt| cleared(cx, stmt).is_none()) {
            found.extend(between(cx, mentions, std::slice::from_ref(stmt), (updates, scaler), cleared_before)?);
        }
    }
    Ok(found)
}
