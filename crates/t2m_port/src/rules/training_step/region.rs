//! Which statements become the loss function: from the first use of the model up to the last statement that decides about the loss.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::aside;
use super::clearing::cleared;
use super::each_optimizer;
use super::events::{self, walk};
use super::flow::{self, Flow, Names};
use super::mentions::Mentions;
use super::optimizer_wrapper::Wrapper;
use super::phase::Update;
use super::taint::Taint;
use super::unnamed;
use super::weights;
use super::{is_definition, root_of};
use crate::cx::Cx;

/// The first statement before `backward` that uses the model.
pub(super) fn first_use<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    (suite, from): (&'a [ast::Stmt], usize),
    backward: usize,
    updates: &[Update<'a>],
) -> usize {
    let made = |stmt: &&'a ast::Stmt| {
        let optimizers = updates.iter().map(|update| cx.source(update.optimizer));
        let models = mentions.models();
        let unnamed = models.iter().flat_map(|model| unnamed::names(cx, mentions.scopes, model));
        let lists = updates.iter().filter_map(|update| update.each).map(|each| root_of(cx, each.list));
        let places: Vec<&str> = models.iter().map(String::as_str).chain(optimizers).chain(unnamed).chain(lists).collect();
        match stmt {
            ast::Stmt::Assign(s) => s.targets.iter().any(|target| match target {
                ast::Expr::Tuple(e) => e.elts.iter().any(|target| places.contains(&cx.source(target))),
                target => places.contains(&cx.source(target)),
            }),
            ast::Stmt::AnnAssign(s) => places.contains(&cx.source(&*s.target)),
            _ => is_definition(stmt) || matches!(stmt, ast::Stmt::Import(_) | ast::Stmt::ImportFrom(_)),
        }
    };
    let from = suite[from..backward].iter().rposition(|stmt| made(&stmt)).map_or(from, |at| from + at + 1);
    let uses = |stmt: &'a ast::Stmt| mentions.differentiates(stmt) && !is_print(stmt) && !weights::changed(mentions, stmt);
    (from..backward).find(|&at| uses(&suite[at]) && !aside::stays(mentions, &suite[at], &suite[at + 1..backward])).unwrap_or(backward)
}

fn is_print(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::Expr(s) if matches!(&*s.value, ast::Expr::Call(call) if events::is_name(&call.func, "print")))
}

/// The end of the statements that decide about the loss. What follows (a log line, a test for NaN) runs behind the gradients as well.
pub(super) fn end<'a>(
    cx: &Cx<'a>,
    suite: &'a [ast::Stmt],
    start: usize,
    backward: usize,
    is_own: &dyn Fn(&ast::Stmt) -> bool,
    loss: &'a ast::Expr,
) -> usize {
    let mut needed = Names::new();
    flow::loads(loss, &mut needed);
    let is_place = matches!(loss, ast::Expr::Name(_) | ast::Expr::Attribute(_));
    let mut own = (start..backward).rev().filter(|&at| is_own(&suite[at]));
    own.find(|&at| !is_place || decides(cx, &suite[at], loss, &needed)).map_or(start, |at| at + 1)
}

/// Whether a statement binds or changes something that the loss is read from.
pub(super) fn decides<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, loss: &'a ast::Expr, needed: &Names<'a>) -> bool {
    let is_needed = |place: &ast::Expr| needed.contains(root_of(cx, place));
    // An attribute may be set by any method that is called.
    let in_attribute = matches!(loss, ast::Expr::Attribute(_));
    if Flow::of(std::slice::from_ref(stmt)).bound.intersection(needed).next().is_some() {
        return true;
    }
    let mut found = false;
    walk(std::slice::from_ref(stmt), &mut |node| match node {
        Node::Expr(ast::Expr::Attribute(e)) if matches!(e.ctx, ast::ExprContext::Store) => found |= is_needed(&e.value),
        Node::Expr(ast::Expr::Subscript(e)) if matches!(e.ctx, ast::ExprContext::Store) => found |= is_needed(&e.value),
        // `losses.append(loss)`
        Node::Stmt(ast::Stmt::Expr(s)) => {
            if let ast::Expr::Call(call) = &*s.value
                && let ast::Expr::Attribute(method) = &*call.func
            {
                found |= is_needed(&method.value);
            }
        }
        // `loss.add_(penalty)`
        Node::Expr(ast::Expr::Call(call)) => {
            if let ast::Expr::Attribute(method) = &*call.func {
                found |= is_needed(&method.value) && (in_attribute || method.attr.ends_with('_'));
            }
        }
        _ => {}
    });
    found
}

/// Whether a statement of the run, or a method that it calls, assigns `place`: `self.loss` of `self.loss.backward()`.
pub(super) fn assigns<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, run: &'a [ast::Stmt], place: &str) -> bool {
    let mut found = false;
    mentions.with_called(run, &mut |node| {
        let targets = match node {
            Node::Stmt(ast::Stmt::Assign(s)) => &s.targets[..],
            Node::Stmt(ast::Stmt::AnnAssign(s)) => std::slice::from_ref(&*s.target),
            _ => return,
        };
        // `logits, self.loss = model(x, y)`
        let is_it = |target: &ast::Expr| match target {
            ast::Expr::Tuple(e) => e.elts.iter().any(|target| cx.source(target) == place),
            target => cx.source(target) == place,
        };
        found |= targets.iter().any(is_it);
    });
    found
}

/// The statements that clear the gradients of a model, in the same turn of a loop: in the suites around `backward`.
pub(super) fn zero_grads<'a>(cx: &Cx<'a>, models: &[&str], optimizer: Option<&ast::Expr>, backward: &'a ast::Stmt) -> Vec<&'a ast::Stmt> {
    let is_own = |whose: &ast::Expr| {
        let whose = cx.source(whose);
        let is_optimizer = |optimizer: &ast::Expr| {
            let own = cx.source(optimizer);
            // `opt.optimizer.zero_grad()` of a wrapper, whose own `zero_grad` may do something else.
            let of_wrapper = || {
                Wrapper::of(cx, optimizer)
                    .is_some_and(|wrapper| whose.strip_prefix(own).is_some_and(|rest| rest.strip_prefix('.') == Some(wrapper.attr)))
            };
            match whose == own {
                true => Wrapper::of(cx, optimizer).is_none_or(|wrapper| wrapper.clears()),
                false => of_wrapper(),
            }
        };
        models.contains(&whose) || optimizer.is_some_and(is_optimizer)
    };
    let clears = |stmt: &&'a ast::Stmt| match cleared(cx, stmt) {
        Some(whose) => is_own(whose),
        None => each_optimizer::of(cx, stmt, "zero_grad").is_some_and(|each| each.optimizers.into_iter().any(is_own)),
    };
    let mut found = Vec::new();
    turn(cx, backward, &mut |suite| found.extend(suite.iter().filter(clears)));
    found
}

/// The suites around a statement, innermost first, up to the loop or function whose turn it belongs to.
pub(super) fn turn<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, visit: &mut dyn FnMut(&'a [ast::Stmt])) {
    let mut inner = stmt;
    let outer = cx.ancestors(Node::Stmt(stmt)).filter_map(|node| match node {
        Node::Stmt(stmt) => Some(stmt),
        Node::Expr(_) => None,
    });
    for stmt in outer {
        let suite = node::suites(stmt).into_iter().find(|suite| suite.iter().any(|stmt| std::ptr::eq(stmt, inner)));
        suite.into_iter().for_each(&mut *visit);
        inner = stmt;
        if is_definition(stmt) || matches!(stmt, ast::Stmt::For(_) | ast::Stmt::While(_) | ast::Stmt::AsyncFor(_)) {
            return;
        }
    }
    visit(&cx.file.suite);
}

/// Whether a loss carries gradients of the model from statements before it.
pub(super) fn comes_from<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, last: &'a ast::Stmt, loss: &'a ast::Expr) -> bool {
    let mut around: &'a [ast::Stmt] = &[];
    turn(cx, last, &mut |suite| around = suite);
    Taint::before(mentions, around, last.range().end(), false).reaches(loss)
}
