//! Gradients of several passes for one step: `loss.backward()` in every turn of a loop, `step` and `zero_grad` in some of them, or behind the loop.
//! What PyTorch adds up in `p.grad` is a value here: a name that is None where the gradients are cleared.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::events::{self, MethodCall, statement};
use super::flow::Flow;
use super::mentions::Mentions;
use super::model::Scopes;
use super::phase::{Place, is_optimizer, stepped};
use super::{is_definition, root_of};
use crate::cx::Cx;

pub(super) struct Gathering<'a> {
    /// The suite of the step, which is the statement at `at`.
    pub(super) suite: &'a [ast::Stmt],
    at: usize,
    pub(super) optimizer: &'a ast::Expr,
    /// The statement of the backward pass's suite behind which nothing belongs to the pass.
    upto: usize,
    /// The loop behind which the step stands; else it stands under a condition.
    behind: Option<&'a ast::Stmt>,
    /// All statements that clear the gradients.
    pub(super) zeros: Vec<&'a ast::Stmt>,
    /// Where nothing clears them before the first pass: the loop in front of which there are none.
    pub(super) starts: Option<&'a ast::Stmt>,
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
        ast::Stmt::If(s) if s.orelse.is_empty() => steps(&s.body).map(|(at, optimizer)| (&s.body[..], at, optimizer, upto, None)),
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
    Ok(Some(Gathering { suite, at, optimizer, upto, behind, zeros: Vec::new(), starts: None }))
}

impl<'a> Gathering<'a> {
    pub(super) fn step(&self) -> &'a ast::Stmt {
        &self.suite[self.at]
    }

    /// The statements between the backward pass and the step, in both suites: the gradients of one pass, and all of them.
    pub(super) fn between(&self, place: &Place<'a>) -> (&'a [ast::Stmt], &'a [ast::Stmt]) {
        let from = self.behind.and_then(|turn| self.suite.iter().position(|stmt| std::ptr::eq(stmt, turn))).map_or(0, |turn| turn + 1);
        (&place.block[place.backward + 1..self.upto], &self.suite[from..self.at])
    }

    /// Finds where the gradients are cleared; each pass has to find either what the others left or none.
    pub(super) fn clear(&mut self, cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, place: &Place<'a>) -> Result<(), String> {
        let (own, scopes) = (place.own(), mentions.scopes);
        let names = mentions.names_and_owner();
        let (mut passes, mut reads) = (0, false);
        t2m_syntax::node::statements(scopes.body(), &mut |stmt| {
            passes += usize::from(statement(cx, stmt, "backward").is_some());
            if let Some(zero) = statement(cx, stmt, "zero_grad") {
                let receiver = cx.source(zero.receiver);
                if names.contains(&receiver) || receiver == cx.source(self.optimizer) {
                    self.zeros.push(stmt);
                }
            }
        });
        events::walk(scopes.body(), &mut |node| reads |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if e.attr.as_str() == "grad"));
        if passes != 1 || reads {
            return Err("gradients of several passes add up, and others add to them or read them".into());
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
        let step = self.step();
        let is_behind_step = |zero: &ast::Stmt| is_in(self.suite, zero) && zero.range().start() > step.range().start();
        // On the way to the loop: it runs whenever the loop does.
        let is_before_loop = |zero: &ast::Stmt| {
            let surely =
                around.iter().flat_map(|stmt| t2m_syntax::node::suites(stmt)).chain([scopes.body()]).any(|suite| is_in(suite, zero));
            surely && zero.range().end() <= turn.range().start()
        };
        if let Some(zero) = self.zeros.iter().find(|zero| !is_behind_step(zero) && !is_before_loop(zero)) {
            return Err(format!("`{}` clears the gradients between the passes that add up", cx.snippet(*zero)));
        }
        let begins = self.zeros.iter().any(|zero| is_before_loop(zero));
        let is_anew = self.behind.is_some() && self.zeros.iter().any(|zero| is_in(self.suite, zero));
        if !self.zeros.iter().any(|zero| is_behind_step(zero)) && !is_anew {
            return Err("no `zero_grad` stands behind the step, so gradients add up over all passes".into());
        }
        if !begins {
            let is_first = scopes.functions.is_empty() || Flow::of(scopes.body()).bound.contains(root_of(cx, self.optimizer));
            if !is_first && self.behind.is_none() && !self.is_flushed(cx) {
                return Err("no `zero_grad` stands before the loop, so the gradients of its last passes belong to the next call".into());
            }
            self.starts = around.iter().copied().rfind(|stmt| is_loop(stmt));
        }
        Ok(())
    }

    /// `if (i + 1) % k == 0 or i + 1 == len(loader)`: nothing is left over.
    fn is_flushed(&self, cx: &Cx<'a>) -> bool {
        let Some(Node::Stmt(ast::Stmt::If(guard))) = cx.parent(self.step()) else { return false };
        let ast::Expr::BoolOp(test) = &*guard.test else { return false };
        let is_last = |value: &ast::Expr| matches!(value, ast::Expr::Compare(_)) && cx.source(value).contains("len(");
        test.op == ast::BoolOp::Or && test.values.iter().any(is_last)
    }
}
