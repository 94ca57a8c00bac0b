//! Other steps of the same optimizer. MLX's counts all of its updates, PyTorch's those of each parameter: where one step leaves parameters out and
//! counts for itself, all of them do.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::flow::Flow;
use super::model::Scopes;
use super::optimizer_wrapper::Wrapper;
use super::{Step, phase};
use crate::cx::Cx;

/// Whether another step of one of its optimizers may leave parameters out.
pub(super) fn idles<'a>(cx: &Cx<'a>, step: &Step<'a>) -> bool {
    let is_plain = |update: &&phase::Update<'a>| update.stepped().is_some() && Wrapper::of(cx, update.optimizer).is_none();
    let own: Vec<&str> = step.updates.iter().filter(is_plain).map(|update| cx.source(update.optimizer)).collect();
    // Those that have to be written with the plain update stay as they are.
    if own.len() != step.updates.len() || !step.updates.iter().any(|update| update.moves_idle) {
        return false;
    }
    let scopes = Scopes::around(cx, step.place.own());
    // A name of this function means something else in others.
    let bound = Flow::of(scopes.body()).bound;
    let around = if own.iter().all(|name| bound.contains(name)) { scopes.body() } else { scopes.module };
    let mut suites = vec![around];
    let mut found = false;
    while let Some(suite) = suites.pop() {
        for stmt in suite.iter().filter(|stmt| steps_one_of(cx, stmt, &own)) {
            suites.extend(t2m_syntax::node::suites(stmt));
        }
        let others = phase::of_suite(cx, suite).into_iter().flatten().filter(|(place, _)| place.own().range() != step.place.own().range());
        found |= others
            .into_iter()
            .filter_map(|(place, call)| Step::find(cx, place, call).ok())
            .any(|other| other.may_idle && other.updates.iter().any(|update| own.contains(&cx.source(update.optimizer))));
    }
    found
}

/// Whether a statement has `optimizer.step` inside, of one of several optimizers.
fn steps_one_of(cx: &Cx<'_>, stmt: &ast::Stmt, optimizers: &[&str]) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        let Node::Expr(ast::Expr::Call(call)) = node else { return };
        let is_one = |expr: &ast::Expr| optimizers.contains(&cx.source(expr));
        if let ast::Expr::Attribute(method) = &*call.func
            && method.attr.as_str() == "step"
        {
            found |= is_one(&method.value) || call.args.iter().any(is_one);
        }
    });
    found
}
