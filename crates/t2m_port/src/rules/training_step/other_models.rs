//! Passes behind which optimizers step that train other models than one that is asked about: `opt` of a second model, under the name of the first one's.

use std::collections::BTreeSet;

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::carried::PASSES;
use super::events::{argument, method};
use super::model::{self, Scopes};
use super::{fresh, held_models, trained};
use crate::callee::callee;
use crate::cx::Cx;
use crate::{storage, views};

/// Through how many names the parts of a model are followed.
const DEPTH: usize = 4;

/// Whether a backward pass changes nothing of a model that a statement keeps: all optimizers that step beside the pass have other models, and the model isn't run again.
pub(crate) fn trains_another<'a>(cx: &Cx<'a>, pass: &'a ast::ExprCall, kept: &'a ast::Stmt, model: &'a ast::Expr) -> bool {
    let Some(stmt) = cx.parent(&*pass.func).and_then(|pass| if let Node::Expr(pass) = pass { cx.statement(pass) } else { None }) else {
        return false;
    };
    let (Some(suite), ast::Expr::Name(name), false) = (suite_of(cx, stmt), model, cx.text_has("add_param_group")) else { return false };
    let scopes = Scopes::around(cx, stmt);
    let is_loop = |up: &Node<'a>| matches!(up, Node::Stmt(ast::Stmt::For(_) | ast::Stmt::While(_) | ast::Stmt::FunctionDef(_)));
    if cx.ancestors(Node::Stmt(kept)).find(is_loop).is_some_and(|up| !matches!(up, Node::Stmt(ast::Stmt::FunctionDef(_)))) {
        return false;
    }
    let mut optimizers: Vec<&'a ast::Expr> = Vec::new();
    let mut is_known = true;
    for top in scopes.body() {
        Node::Stmt(top).walk(&mut |node| {
            let Node::Expr(expr) = node else { return };
            if views::is_same_name(expr, &name.id) && expr.range().start() >= kept.range().end() {
                is_known &=
                    matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Attribute(of))) if PASSES.looking.contains(of.attr.as_str()));
            }
            let Some(step) = method(cx, expr, "step") else { return };
            match cx.statement(expr).and_then(|stmt| suite_of(cx, stmt)) {
                _ if is_schedule(cx, step.receiver) => {}
                Some(own) if std::ptr::eq(own.as_ptr(), suite.as_ptr()) => optimizers.push(step.receiver),
                // It takes the gradients of the pass beside it.
                Some(own) => is_known &= own.iter().any(|stmt| super::statement(cx, stmt, "backward").is_some()),
                None => is_known = false,
            }
        });
    }
    is_known && !optimizers.is_empty() && optimizers.into_iter().all(|optimizer| has_others(cx, &scopes, optimizer, model))
}

/// The statements among which one stands.
fn suite_of<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a [ast::Stmt]> {
    let is_own = |suite: &&'a [ast::Stmt]| suite.iter().any(|own| std::ptr::eq(own, stmt));
    match cx.parent(stmt) {
        Some(Node::Stmt(up)) => node::suites(up).into_iter().find(is_own),
        _ => Some(&cx.file.suite[..]).filter(is_own),
    }
}

fn is_schedule(cx: &Cx<'_>, receiver: &ast::Expr) -> bool {
    let is_named = || cx.source(receiver).contains("sched");
    if cx.kind(receiver).is_unknown() { is_named() } else { !cx.kind(receiver).is_optimizer() }
}

/// Whether all models of an optimizer, by the bindings that reach its step, have nothing of the model.
fn has_others<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr, model: &'a ast::Expr) -> bool {
    let made = model::constructors(cx, scopes, optimizer);
    let is_known = optimizer.is_name_expr() && !made.is_empty() && made.len() == scopes.values(cx, optimizer).len();
    is_known
        && made.into_iter().all(|made| {
            let Some(params) = argument(made, 0, "params") else { return false };
            let Some(found) = trained::of(cx, params) else { return false };
            found.models.iter().all(|other| {
                let root = other.split(['.', '[']).next().unwrap_or_default();
                named(Node::Expr(params), root).is_some_and(|other| are_apart(cx, model, other))
            })
        })
}

/// A use of a name below a node.
pub(crate) fn named<'a>(below: Node<'a>, name: &str) -> Option<&'a ast::Expr> {
    let mut found = None;
    below.walk(&mut |node| {
        if let Node::Expr(expr) = node
            && found.is_none()
            && views::is_same_name(expr, name)
        {
            found = Some(expr);
        }
    });
    found
}

/// Whether both are made here, of nothing that both have.
fn are_apart<'a>(cx: &Cx<'a>, one: &'a ast::Expr, other: &'a ast::Expr) -> bool {
    let (mut parts, mut others) = (BTreeSet::new(), BTreeSet::new());
    let are_made = made_of(cx, one, DEPTH, &mut parts) && made_of(cx, other, DEPTH, &mut others);
    are_made && parts.is_disjoint(&others) && !held_models::may_meet(cx, one, other)
}

/// The names that a model is made of, and its own; whether it is made of a class.
fn made_of<'a>(cx: &Cx<'a>, model: &'a ast::Expr, depth: usize, parts: &mut BTreeSet<&'a str>) -> bool {
    let (ast::Expr::Name(name), Some(stmt)) = (model, cx.statement(model)) else { return false };
    parts.insert(&name.id);
    let scopes = Scopes::around(cx, stmt);
    let values = scopes.values(cx, model);
    values.iter().for_each(|value| collect(cx, &scopes, value, depth, parts));
    !values.is_empty() && values.into_iter().all(|value| is_new(cx, &scopes, value, DEPTH))
}

/// `Net(3)`, and `seeded(Net(3))` of a function that gives back what it gets.
fn is_new<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, value: &'a ast::Expr, depth: usize) -> bool {
    if fresh::is_made(cx, scopes, value) {
        return true;
    }
    let (ast::Expr::Call(call), true) = (value, depth > 0) else { return false };
    let Some(callee) = callee(cx, call) else { return false };
    let suite = &cx.project.file(callee.function.file).source.suite;
    let Some(def) = storage::function_at(suite, callee.function.range).filter(|def| def.decorator_list.is_empty()) else { return false };
    let mut given: Vec<Option<&str>> = Vec::new();
    node::statements(&def.body, &mut |stmt| {
        if let ast::Stmt::Return(s) = stmt {
            given.push(s.value.as_deref().and_then(ast::Expr::as_name_expr).map(|name| name.id.as_str()));
        }
    });
    let [Some(name)] = given[..] else { return false };
    let is_same = views::bindings(&def.body, name).is_empty();
    is_same && callee.passed(call).any(|(param, arg)| param == name && is_new(cx, scopes, arg, depth - 1))
}

fn collect<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, value: &'a ast::Expr, depth: usize, parts: &mut BTreeSet<&'a str>) {
    Node::Expr(value).walk(&mut |node| {
        let Node::Expr(expr @ ast::Expr::Name(name)) = node else { return };
        let is_number = |expr: &'a ast::Expr| matches!(cx.kind(expr), Kind::Int | Kind::Float | Kind::Bool | Kind::Str);
        let is_of_number = || matches!(cx.parent(expr), Some(Node::Expr(up @ ast::Expr::Attribute(_))) if is_number(up));
        if cx.entity(expr).is_some() || is_number(expr) || is_of_number() || !parts.insert(&name.id) || depth == 0 {
            return;
        }
        for value in scopes.values(cx, expr) {
            collect(cx, scopes, value, depth - 1, parts);
        }
    });
}
