//! Which statements become the loss function: from the first use of the model up to the last statement that decides about the loss.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::events::{self, statement, walk};
use super::flow::{self, Flow, Names};
use super::mentions::Mentions;
use super::weights;
use super::{is_definition, root_of};
use crate::cx::Cx;

/// The first statement before `backward` that uses the model.
pub(super) fn first_use<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    suite: &'a [ast::Stmt],
    backward: usize,
    optimizer: &ast::Expr,
) -> usize {
    let made = |stmt: &&'a ast::Stmt| {
        let places = [mentions.model, cx.source(optimizer)];
        match stmt {
            ast::Stmt::Assign(s) => s.targets.iter().any(|target| places.contains(&cx.source(target))),
            ast::Stmt::AnnAssign(s) => places.contains(&cx.source(&*s.target)),
            _ => is_definition(stmt) || matches!(stmt, ast::Stmt::Import(_) | ast::Stmt::ImportFrom(_)),
        }
    };
    let from = suite[..backward].iter().rposition(|stmt| made(&stmt)).map_or(0, |at| at + 1);
    let uses = |stmt: &'a ast::Stmt| mentions.differentiates(stmt) && !is_print(stmt) && !weights::changed(mentions, stmt);
    (from..backward).find(|&at| uses(&suite[at])).unwrap_or(backward)
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
        found |= targets.iter().any(|target| cx.source(target) == place);
    });
    found
}

/// The statements that clear the gradients of the model, in the same turn of a loop: before `backward` or after `step`.
pub(super) fn zero_grads<'a>(
    cx: &Cx<'a>,
    models: &[&str],
    optimizer: &ast::Expr,
    backward: &'a ast::Stmt,
    step: &'a ast::Stmt,
) -> Result<Vec<&'a ast::Stmt>, String> {
    let clears = |stmt: &&'a ast::Stmt| {
        statement(cx, stmt, "zero_grad").is_some_and(|call| {
            let receiver = cx.source(call.receiver);
            models.contains(&receiver) || receiver == cx.source(optimizer)
        })
    };
    let mut found = Vec::new();
    let mut inner = backward;
    let outer = cx.ancestors(Node::Stmt(backward)).filter_map(|node| match node {
        Node::Stmt(stmt) => Some(stmt),
        Node::Expr(_) => None,
    });
    let mut is_inside = true;
    for stmt in outer {
        let suite = node::suites(stmt).into_iter().find(|suite| suite.iter().any(|stmt| std::ptr::eq(stmt, inner)));
        found.extend(suite.into_iter().flatten().filter(clears));
        inner = stmt;
        if is_definition(stmt) || matches!(stmt, ast::Stmt::For(_) | ast::Stmt::While(_) | ast::Stmt::AsyncFor(_)) {
            is_inside = false;
            break;
        }
    }
    if is_inside {
        found.extend(cx.file.suite.iter().filter(clears));
    }
    if found.is_empty() {
        return Err("no `zero_grad` stands beside it, so gradients may add up over several passes".into());
    }
    if found.iter().any(|zero| zero.range().start() > backward.range().start() && zero.range().end() < step.range().end()) {
        return Err("the gradients are cleared between `backward` and `step`".into());
    }
    Ok(found)
}
