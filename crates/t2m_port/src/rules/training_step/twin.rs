//! `if use_amp: scaler.scale(loss).backward(); scaler.step(optimizer); scaler.update()`, `else: loss.backward(); optimizer.step()`: the same pass and the same
//! step in both branches. The port has no scaler, so the gradients are taken before the condition, and either branch updates with them.

use t2m_syntax::ast;

use super::events::{MethodCall, clip, statement};
use super::phase::stepped;
use super::scaler;
use crate::cx::Cx;
use crate::effects;

/// What the other branch consists of, and nothing else.
pub(super) struct Twin<'a> {
    pub(super) backward: &'a ast::Stmt,
    loss: &'a ast::Expr,
    optimizer: &'a ast::Expr,
    pub(super) step: &'a ast::Stmt,
    pub(super) clips: Vec<&'a ast::Stmt>,
    /// The conditions around those that clip.
    tests: Vec<&'a str>,
    /// What a scaler does beside.
    pub(super) upkeep: Vec<&'a ast::Stmt>,
}

impl<'a> Twin<'a> {
    pub(super) fn of(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> Option<Self> {
        let (first, rest) = suite.split_first()?;
        let call = statement(cx, first, "backward").filter(MethodCall::is_bare)?;
        let (scaler, calls) = (scaler::of(cx, &call), [(0, call)]);
        let (mut found, mut step) = (Found::default(), None);
        for stmt in rest {
            if let (None, Some(optimizer)) = (step, stepped(cx, stmt, &calls)) {
                if scaler.is_none() && !statement(cx, stmt, "step")?.is_bare() {
                    return None;
                }
                step = Some((stmt, optimizer));
            } else if !found.add(cx, stmt, scaler, step.is_none()) {
                return None;
            }
        }
        let (step, optimizer) = step?;
        let Found { clips, tests, upkeep } = found;
        Some(Self { backward: first, loss: call.receiver, optimizer, step, clips, tests, upkeep })
    }

    /// Whether it does what the other branch does: the same loss, the same optimizer, and no other clipping.
    fn is_same(&self, cx: &Cx<'a>, other: &Self) -> bool {
        let text = |stmts: &[&'a ast::Stmt]| stmts.iter().map(|stmt| cx.source(*stmt)).collect::<Vec<_>>();
        let are_same = [(self.loss, other.loss), (self.optimizer, other.optimizer)].into_iter().all(|(a, b)| cx.source(a) == cx.source(b));
        are_same && text(&self.clips) == text(&other.clips) && self.tests == other.tests
    }
}

#[derive(Default)]
struct Found<'a> {
    clips: Vec<&'a ast::Stmt>,
    tests: Vec<&'a str>,
    upkeep: Vec<&'a ast::Stmt>,
}

impl<'a> Found<'a> {
    /// Whether a statement only clips, or keeps a scaler up.
    fn add(&mut self, cx: &Cx<'a>, stmt: &'a ast::Stmt, scaler: Option<&ast::Expr>, may_clip: bool) -> bool {
        if scaler.is_some_and(|scaler| scaler::is_upkeep(cx, stmt, scaler)) {
            self.upkeep.push(stmt);
            return true;
        }
        if may_clip && clip(cx, stmt).is_some_and(|clip| !clip.is_embedded && clip.norm.is_none()) {
            self.clips.push(stmt);
            return true;
        }
        let ast::Stmt::If(branch) = stmt else { return false };
        let before = self.clips.len();
        let are_known = branch.orelse.is_empty() && branch.body.iter().all(|stmt| self.add(cx, stmt, scaler, may_clip));
        // The condition stays.
        self.tests.extend(std::iter::repeat_n(cx.source(&*branch.test), self.clips.len() - before));
        are_known && self.clips.len() > before && effects::is_pure(cx, &branch.test)
    }
}

/// The branch beside the first one, if both do the same.
pub(super) fn beside<'a>(cx: &Cx<'a>, guard: &'a ast::StmtIf) -> Option<&'a [ast::Stmt]> {
    let (own, other) = (Twin::of(cx, &guard.body)?, Twin::of(cx, &guard.orelse)?);
    own.is_same(cx, &other).then_some(&guard.orelse[..])
}
