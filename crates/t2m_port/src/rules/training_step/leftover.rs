//! Gradients that a pass elsewhere leaves: a step that clears behind itself adds to them in its first turn.

use std::collections::BTreeSet;

use t2m_semantic::FileId;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::clearing::cleared;
use super::events::{self, MethodCall, statement};
use super::flow::Flow;
use super::mentions::Mentions;
use super::model::{Scopes, body};
use super::taint::Taint;
use super::{by_hand, each_optimizer, fresh, is_definition, is_tape, region};
use crate::cx::Cx;
use crate::rules::last_name;

/// The loss of another pass over the same model, after which nothing clears, where nothing clears before the first pass of `own` either.
pub(super) fn left_before<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, own: &'a ast::Stmt) -> Option<&'a ast::Expr> {
    let scopes = mentions.scopes;
    let outermost = around(cx, own).into_iter().rfind(|stmt| is_loop(stmt)).unwrap_or(own);
    let names: Vec<String> = mentions.names_and_owners().into_iter().map(str::to_owned).collect();
    // In front of it in its turn, or of the loop.
    let is_cleared = clears_beside(cx, own).any(|zero| zero.range().end() <= own.range().start());
    if is_cleared || fresh::is_first(cx, scopes, &mentions.models(), outermost) {
        return None;
    }
    let own_function = scopes.function();
    let own_turn = around(cx, own).into_iter().find(|stmt| is_loop(stmt)).or(own_function);
    let mut found = None;
    events::walk(&cx.file.suite, &mut |node| {
        let Node::Stmt(stmt) = node else { return };
        let Some(call) = statement(cx, stmt, "backward").filter(|call| is_tape(cx, call)) else { return };
        let there = Scopes::around(cx, stmt);
        let is_same_function = same(there.function(), own_function);
        let is_later = stmt.range().start() > outermost.range().end();
        let is_in_turn = own_turn.map_or(is_same_function, |turn| turn.range().contains_range(stmt.range()));
        let is_behind = is_same_function && is_later;
        if found.is_some() || is_in_turn || is_behind || clears_beside(cx, stmt).any(|zero| zero.range().start() >= stmt.range().end()) {
            return;
        }
        if !runs_later(cx, there.function(), own_function) && reaches(cx, &there, &names_there(cx, scopes, &there, &names), stmt, call) {
            found = Some(call.receiver);
        }
    });
    found
}

/// Whether the script calls one function only behind all calls of the other.
fn runs_later<'a>(cx: &Cx<'a>, there: Option<&'a ast::Stmt>, here: Option<&'a ast::Stmt>) -> bool {
    let calls = |def: Option<&'a ast::Stmt>| {
        let mut found = Some(Vec::new());
        let Some(ast::Stmt::FunctionDef(def)) = def else { return None };
        events::walk(&cx.file.suite, &mut |node| {
            let Node::Expr(expr) = node else { return };
            if last_name(expr) != Some(def.name.as_str()) {
                return;
            }
            let is_straight = cx.statement(expr).is_some_and(|stmt| {
                !is_loop(stmt) && !cx.ancestors(Node::Stmt(stmt)).any(|up| matches!(up, Node::Stmt(up) if is_loop(up) || is_definition(up)))
            });
            found = found.take().filter(|_| is_straight).map(|calls| [&calls[..], &[expr.range().start()]].concat());
        });
        found.filter(|calls| !calls.is_empty())
    };
    let (Some(there), Some(here)) = (calls(there), calls(here)) else { return false };
    there.iter().min() > here.iter().max()
}

fn reaches<'a>(cx: &Cx<'a>, there: &Scopes<'a>, names: &[String], stmt: &'a ast::Stmt, call: MethodCall<'a>) -> bool {
    if names.is_empty() {
        return false;
    }
    let mentions = Mentions::of(cx, there, names);
    let mut turn: &'a [ast::Stmt] = &[];
    region::turn(cx, stmt, &mut |suite| turn = suite);
    Taint::before(&mentions, turn, stmt.range().start(), true).reaches(call.receiver)
}

/// What the models are called in another function of the file.
fn names_there<'a>(cx: &Cx<'a>, here: &Scopes<'a>, there: &Scopes<'a>, names: &[String]) -> Vec<String> {
    if same(here.function(), there.function()) {
        return names.to_vec();
    }
    let mut found = Vec::new();
    for name in names {
        let root = name.split('.').next().unwrap_or_default();
        if root == "self" {
            let is_same_class = matches!((here.class, there.class), (Some(a), Some(b)) if std::ptr::eq(a, b));
            found.extend(is_same_class.then(|| name.clone()));
            continue;
        }
        let is_own = |scopes: &Scopes<'a>| scopes.function().is_some_and(|def| binds(def, root));
        if !is_own(here) && !is_own(there) {
            found.push(name.clone());
        }
        let parameters: Vec<&str> = there.function().map(parameters).unwrap_or_default();
        let Some(def) = there.function() else { continue };
        let is_parameter = here.function().is_some_and(|def| self::parameters(def).contains(&root));
        let ours: BTreeSet<Passed<'_>> = match here.function().filter(|_| is_parameter) {
            Some(def) => passed(cx, def, root),
            None => [(cx.id, owned_by(here.function().filter(|_| is_own(here))), root)].into(),
        };
        let suffix = &name[root.len()..];
        for parameter in parameters {
            if passed(cx, def, parameter).intersection(&ours).next().is_some() {
                found.push(format!("{parameter}{suffix}"));
            }
        }
    }
    found
}

/// A name, with the file and the function that it is one of; the file's own have no function.
type Passed<'t> = (FileId, usize, &'t str);

/// What the calls of a function, anywhere in the project, pass as one of its parameters.
fn passed<'a>(cx: &Cx<'a>, def: &'a ast::Stmt, parameter: &str) -> BTreeSet<Passed<'a>> {
    let ast::Stmt::FunctionDef(function) = def else { return BTreeSet::new() };
    let all = parameters(def);
    let is_method = matches!(all.first(), Some(&("self" | "cls")));
    let Some(at) = all.iter().position(|name| *name == parameter).map(|at| at.saturating_sub(usize::from(is_method))) else {
        return BTreeSet::new();
    };
    let mut found = BTreeSet::new();
    for id in cx.project.ids() {
        let source = &cx.project.file(id).source;
        if !source.text.contains(function.name.as_str()) {
            continue;
        }
        let mut callers: Vec<(usize, Option<&ast::Stmt>)> = vec![(0, None)];
        events::walk(&source.suite, &mut |node| match node {
            Node::Stmt(def @ ast::Stmt::FunctionDef(_)) => callers.push((def.range().end().to_usize(), Some(def))),
            Node::Expr(ast::Expr::Call(call)) if last_name(&call.func) == Some(function.name.as_str()) => {
                let Some(value) = events::argument(call, at, parameter) else { return };
                let text = &source.text[value.range()];
                let around = callers.iter().rev().filter_map(|(end, def)| def.filter(|_| *end >= call.range.end().to_usize()));
                let owner = around.into_iter().find(|def| binds(def, text));
                found.insert((id, owned_by(owner), text));
            }
            _ => {}
        });
    }
    found
}

fn owned_by(function: Option<&ast::Stmt>) -> usize {
    function.map_or(0, |def| def.range().start().to_usize() + 1)
}

fn parameters(def: &ast::Stmt) -> Vec<&str> {
    match def {
        ast::Stmt::FunctionDef(s) => {
            s.args.posonlyargs.iter().chain(&s.args.args).chain(&s.args.kwonlyargs).map(|arg| arg.def.arg.as_str()).collect()
        }
        _ => Vec::new(),
    }
}

fn binds(def: &ast::Stmt, name: &str) -> bool {
    parameters(def).contains(&name) || Flow::of(body(def)).bound.contains(name)
}

/// The statements around one, innermost first, up to its function.
fn around<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Vec<&'a ast::Stmt> {
    let ancestors = cx.ancestors(Node::Stmt(stmt)).filter_map(|node| match node {
        Node::Stmt(stmt) => Some(stmt),
        Node::Expr(_) => None,
    });
    ancestors.take_while(|stmt| !is_definition(stmt)).collect()
}

/// What clears gradients in the suites around a statement, up to its function.
fn clears_beside<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> impl Iterator<Item = &'a ast::Stmt> {
    let scopes = Scopes::around(cx, stmt);
    let mut suites: Vec<&'a [ast::Stmt]> = around(cx, stmt).into_iter().flat_map(t2m_syntax::node::suites).collect();
    suites.push(scopes.body());
    suites.retain(|suite| suite.iter().any(|one| one.range().contains_range(stmt.range())));
    let clears = |stmt: &&'a ast::Stmt| {
        cleared(cx, stmt).is_some()
            || each_optimizer::of(cx, stmt, "zero_grad").is_some()
            || by_hand::of(cx, stmt).is_some_and(|update| update.clears)
    };
    suites.into_iter().flatten().filter(clears).collect::<Vec<_>>().into_iter()
}

fn is_loop(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::For(_) | ast::Stmt::While(_) | ast::Stmt::AsyncFor(_))
}

fn same(a: Option<&ast::Stmt>, b: Option<&ast::Stmt>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => std::ptr::eq(a, b),
        (None, None) => true,
        _ => false,
    }
}
