//! Gradients of several passes for one step: `loss.backward()` in every turn of a loop, `step` or `zero_grad` in some of them, or behind the loop.
//! What PyTorch adds up in `p.grad` is a value here: a name that is None where the gradients are cleared.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::clearing::{self, cleared};
use super::events::{self, MethodCall, statement};
use super::flow::Flow;
use super::fresh;
use super::mentions::Mentions;
use super::model::Scopes;
use super::phase::{Place, Update, is_optimizer, stepped};
use super::region;
use super::{is_definition, root_of};
use crate::cx::Cx;

pub(super) struct Gathering<'a> {
    /// The suite of the step, which is the statement at `at`.
    pub(super) suite: &'a [ast::Stmt],
    at: usize,
    pub(super) optimizer: &'a ast::Expr,
    /// The statement of the backward pass's suite behind which nothing belongs to the pass.
    pub(super) upto: usize,
    /// The statement of the step's suite from which on all gradients are there.
    from: usize,
    /// The loop behind which the step stands; else it stands under a condition.
    behind: Option<&'a ast::Stmt>,
    /// All statements that clear the gradients.
    pub(super) zeros: Vec<&'a ast::Stmt>,
    /// Where nothing clears them before the first pass: the loop in front of which there are none.
    pub(super) starts: Option<&'a ast::Stmt>,
    /// Steps behind the loop, which take what is left.
    pub(super) flushes: Vec<&'a ast::Stmt>,
}

/// The step that takes the gradients of all passes since they were cleared.
pub(super) fn of<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, place: &Place<'a>) -> Result<Option<Gathering<'a>>, String> {
    let Place { block, first, last, .. } = *place;
    let Some(call) = statement(cx, &block[last], "backward") else { return Ok(None) };
    if place.guard.is_some() || first != last {
        return Ok(None);
    }
    let calls: [(usize, MethodCall<'a>); 1] = [(last, call)];
    let steps = |suite: &'a [ast::Stmt]| {
        let mut found = suite.iter().enumerate().filter_map(|(at, stmt)| stepped(cx, stmt, &calls).map(|optimizer| (at, optimizer)));
        let known: Vec<(usize, &'a ast::Expr)> = found.by_ref().filter(|(_, optimizer)| is_optimizer(cx, suite, optimizer)).collect();
        match known[..] {
            [one] => Some(one),
            _ => None,
        }
    };
    // `if (i + 1) % k == 0: optimizer.step()`
    let guarded = block.iter().enumerate().skip(last + 1).find_map(|(upto, stmt)| match stmt {
        ast::Stmt::If(s) => {
            [&s.body, &s.orelse].into_iter().find_map(|suite| steps(suite).map(|(at, optimizer)| (&suite[..], at, optimizer, upto, None)))
        }
        _ => None,
    });
    let behind = || {
        let Some(Node::Stmt(turn @ ast::Stmt::For(s))) = cx.parent(&block[last]) else { return None };
        let around = cx.parent(turn).map_or_else(
            || vec![scopes.module],
            |up| match up {
                Node::Stmt(up) => t2m_syntax::node::suites(up),
                Node::Expr(_) => Vec::new(),
            },
        );
        let suite = around.into_iter().find(|suite| suite.iter().any(|stmt| std::ptr::eq(stmt, turn)))?;
        let own = suite.iter().position(|stmt| std::ptr::eq(stmt, turn))?;
        let (at, optimizer) = steps(suite).filter(|(at, _)| *at > own && s.orelse.is_empty())?;
        Some((suite, at, optimizer, block.len(), Some(turn)))
    };
    let Some((suite, at, optimizer, upto, behind)) = guarded.or_else(behind) else { return Ok(None) };
    if !super::model::is_place(optimizer) {
        return Err("the optimizer is not a plain name".into());
    }
    let from = behind.and_then(|turn| suite.iter().position(|stmt| std::ptr::eq(stmt, turn))).map_or(0, |turn| turn + 1);
    Ok(Some(Gathering { suite, at, optimizer, upto, from, behind, zeros: Vec::new(), starts: None, flushes: Vec::new() }))
}

/// The step beside the backward pass, where gradients of earlier passes may be left: they are cleared in some turns, or some turns leave before it.
pub(super) fn beside<'a>(place: &Place<'a>, updates: &[Update<'a>]) -> Option<Gathering<'a>> {
    let [update] = updates else { return None };
    if update.by_hand.is_some() {
        return None;
    }
    let Place { block, first, last, guard: None, .. } = *place else { return None };
    let (upto, at) = (last + 1, update.at);
    let (zeros, flushes) = (Vec::new(), Vec::new());
    (first == last).then_some(Gathering {
        suite: block,
        at,
        optimizer: update.optimizer,
        upto,
        from: upto,
        behind: None,
        zeros,
        starts: None,
        flushes,
    })
}

impl<'a> Gathering<'a> {
    pub(super) fn step(&self) -> &'a ast::Stmt {
        &self.suite[self.at]
    }

    /// The statements between the backward pass and the step, in both suites: the gradients of one pass, and all of them.
    pub(super) fn between(&self, place: &Place<'a>) -> (&'a [ast::Stmt], &'a [ast::Stmt]) {
        (&place.block[place.backward + 1..self.upto], &self.suite[self.from..self.at])
    }

    /// Finds where the gradients are cleared; each pass has to find either what the others left or none.
    pub(super) fn clear(&mut self, cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, place: &Place<'a>) -> Result<(), String> {
        let (own, scopes) = (place.own(), mentions.scopes);
        let names = mentions.names_and_owners();
        let step = self.step();
        let (mut passes, mut reads, mut is_stepped_elsewhere, mut is_part) = (0, false, false, false);
        t2m_syntax::node::statements(scopes.body(), &mut |stmt| {
            passes += usize::from(statement(cx, stmt, "backward").is_some());
            let is_its_own = |place: &ast::Expr| cx.source(place) == cx.source(self.optimizer);
            if let Some(call) = statement(cx, stmt, "step").filter(|_| !std::ptr::eq(stmt, step))
                && (is_its_own(call.receiver) || call.call.args.iter().any(is_its_own))
            {
                is_stepped_elsewhere |= !call.is_bare();
                self.flushes.push(stmt);
            }
            if let Some(place) = cleared(cx, stmt) {
                let whose = cx.source(place);
                is_part |= mentions.is_part(place);
                if names.contains(&whose) || whose == cx.source(self.optimizer) {
                    self.zeros.push(stmt);
                }
            }
        });
        // `p.grad.div_(n)` before the step: what it takes is the sum.
        let (_, of_all) = self.between(place);
        let takes_sum = |expr: &ast::Expr| of_all.iter().any(|stmt| stmt.range().contains_range(expr.range()));
        events::walk(scopes.body(), &mut |node| {
            if let Node::Expr(expr @ ast::Expr::Attribute(e)) = node {
                reads |= e.attr.as_str() == "grad" && !clearing::is_inside(cx, expr) && !takes_sum(expr);
            }
        });
        if self.has_other_branch(place) {
            return Err("the optimizer's step stands under a condition, so gradients may add up over several passes".into());
        }
        if passes != 1 || reads {
            return Err("gradients of several passes add up, and others add to them or read them".into());
        }
        let covers = |zero: &&'a ast::Stmt| clearing::covers(cx, scopes, &mentions.models(), self.optimizer, std::slice::from_ref(zero));
        if is_part || !self.zeros.iter().all(covers) {
            return Err("only some of what its optimizer trains is cleared, and the other gradients add up over several passes".into());
        }
        // Around the backward pass, innermost first, up to the function.
        let ancestors = cx.ancestors(Node::Stmt(own)).filter_map(|node| match node {
            Node::Stmt(stmt) => Some(stmt),
            Node::Expr(_) => None,
        });
        let around: Vec<&'a ast::Stmt> = ancestors.take_while(|stmt| !is_definition(stmt)).collect();
        let is_loop = |stmt: &ast::Stmt| matches!(stmt, ast::Stmt::For(_) | ast::Stmt::While(_));
        let Some(turn) = around.iter().copied().find(|stmt| is_loop(stmt)) else {
            return Err("the optimizer's step stands under a condition, so gradients may add up over several passes".into());
        };
        let is_in = |suite: &'a [ast::Stmt], zero: &ast::Stmt| suite.iter().any(|stmt| std::ptr::eq(stmt, zero));
        let outermost = around.iter().copied().rfind(|stmt| is_loop(stmt)).unwrap_or(turn);
        // `if len(batches) % k != 0: optimizer.step()` behind the loop
        let is_flush = |other: &'a ast::Stmt| {
            matches!(cx.parent(other), Some(Node::Stmt(ast::Stmt::If(branch))) if branch.orelse.is_empty())
                && other.range().start() >= turn.range().end()
        };
        if is_stepped_elsewhere || self.flushes.iter().any(|other| !is_flush(other) || self.behind.is_some()) {
            return Err("its optimizer steps more than once".into());
        }
        let is_behind_step = |zero: &ast::Stmt| is_in(self.suite, zero) && zero.range().start() > step.range().start();
        // On the way to the loop: it runs whenever the loop does.
        let is_before_loop = |zero: &ast::Stmt| {
            let surely =
                around.iter().flat_map(|stmt| t2m_syntax::node::suites(stmt)).chain([scopes.body()]).any(|suite| is_in(suite, zero));
            surely && zero.range().end() <= turn.range().start()
        };
        // Where the gradients are one value of this function, it is cleared wherever they are.
        let is_in_turn = |zero: &'a ast::Stmt| {
            let is_before = turn.range().contains_range(zero.range()) && zero.range().end() <= own.range().start();
            is_before
                && !cx
                    .ancestors(Node::Stmt(zero))
                    .take_while(|up| !up.is(Node::Stmt(turn)))
                    .any(|up| matches!(up, Node::Stmt(up) if is_definition(up)))
        };
        let is_behind_flush = |zero: &'a ast::Stmt| {
            self.flushes.iter().any(|flush| is_in(suite_of(cx, flush), zero) && zero.range().start() > flush.range().start())
        };
        let is_known = |zero: &'a ast::Stmt| is_behind_step(zero) || is_before_loop(zero) || is_in_turn(zero) || is_behind_flush(zero);
        if let Some(zero) = self.zeros.iter().find(|zero| !is_known(zero)) {
            return Err(format!("`{}` clears the gradients between the passes that add up", cx.snippet(*zero)));
        }
        let begins = self.zeros.iter().any(|zero| is_before_loop(zero));
        let is_anew = self.behind.is_some() && self.zeros.iter().any(|zero| is_in(self.suite, zero));
        let are_new = fresh::is_first(cx, scopes, &mentions.models(), outermost);
        if !self.zeros.iter().any(|zero| is_behind_step(zero) || is_in_turn(zero)) && !is_anew && !are_new {
            return Err("no `zero_grad` stands beside it, so gradients may add up over several passes".into());
        }
        if !begins {
            let is_made_here = scopes.functions.is_empty() || Flow::of(scopes.body()).bound.contains(root_of(cx, self.optimizer));
            let is_first = are_new || is_made_here || self.zeros.iter().any(|zero| is_in_turn(zero) && in_first_turn(cx, turn, zero));
            if !is_first && self.behind.is_none() && !self.is_flushed(cx) {
                return Err("no `zero_grad` stands before the loop, so the gradients of its last passes belong to the next call".into());
            }
            self.starts = Some(outermost);
        }
        Ok(())
    }

    /// `if ...: optimizer.step() else: ...`
    fn has_other_branch(&self, place: &Place<'a>) -> bool {
        let guard = place.block.get(self.upto).filter(|stmt| self.behind.is_none() && stmt.range().contains_range(self.step().range()));
        matches!(guard, Some(ast::Stmt::If(guard)) if !guard.orelse.is_empty())
    }

    /// `if (i + 1) % k == 0 or i + 1 == len(loader)`: nothing is left over.
    fn is_flushed(&self, cx: &Cx<'a>) -> bool {
        let Some(Node::Stmt(ast::Stmt::If(guard))) = cx.parent(self.step()) else { return false };
        let ast::Expr::BoolOp(test) = &*guard.test else { return false };
        let is_last = |value: &ast::Expr| matches!(value, ast::Expr::Compare(_)) && cx.source(value).contains("len(");
        test.op == ast::BoolOp::Or && test.values.iter().any(is_last)
    }
}

/// Whether the condition around a statement holds in the first turn of a loop: `if i % k == 0` in `for i, x in enumerate(xs)`.
fn in_first_turn<'a>(cx: &Cx<'a>, turn: &'a ast::Stmt, stmt: &'a ast::Stmt) -> bool {
    let Some(Node::Stmt(up)) = cx.parent(stmt) else { return false };
    if std::ptr::eq(up, turn) {
        return true;
    }
    let (ast::Stmt::If(branch), ast::Stmt::For(walk)) = (up, turn) else { return false };
    let is_body = branch.body.iter().any(|own| std::ptr::eq(own, stmt)) && walk.body.iter().any(|own| std::ptr::eq(own, up));
    let counter = match &*walk.target {
        ast::Expr::Tuple(pair) => pair.elts.first(),
        target => Some(target),
    };
    let ast::Expr::Call(call) = &*walk.iter else { return false };
    let is_counted = match (&*walk.target, cx.source(&*call.func)) {
        (ast::Expr::Tuple(_), "enumerate") | (ast::Expr::Name(_), "range") => call.args.len() == 1 && call.keywords.is_empty(),
        _ => false,
    };
    let is_zero = |expr: &ast::Expr| cx.source(expr) == "0";
    let ast::Expr::Compare(test) = &*branch.test else { return false };
    let ast::Expr::BinOp(rest) = &*test.left else { return false };
    is_body
        && is_counted
        && matches!(test.ops[..], [ast::CmpOp::Eq])
        && test.comparators.iter().all(is_zero)
        && rest.op == ast::Operator::Mod
        && counter.is_some_and(|counter| cx.source(counter) == cx.source(&*rest.left))
}

/// The suite in which a statement stands.
pub(super) fn suite_of<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> &'a [ast::Stmt] {
    let mut found: Option<&'a [ast::Stmt]> = None;
    region::turn(cx, stmt, &mut |suite| found = found.or(Some(suite)));
    found.unwrap_or_default()
}
