//! The same call on each of several optimizers: `for optimizer in optimizers: optimizer.step()`, also `[o.step() for o in optimizers]`, and beside
//! their schedules: `for optimizer, schedule in zip(optimizers, schedules): optimizer.step(); schedule.step()`.

use t2m_syntax::ast;

use super::events::{MethodCall, is_name, method as method_call, statement};
use super::model::{Scopes, is_extended, is_place, stores_anywhere};
use crate::cx::Cx;

/// Such a loop, and what it runs over: names of optimizers, or the calls that make them.
#[derive(Debug, Clone)]
pub(super) struct Each<'a> {
    pub(super) turns: Turns<'a>,
    pub(super) optimizers: Vec<&'a ast::Expr>,
}

/// What a loop over optimizers binds and goes over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turns<'a> {
    pub(super) stmt: &'a ast::Stmt,
    /// The name of one optimizer, and their list.
    pub(super) one: &'a ast::Expr,
    pub(super) list: &'a ast::Expr,
    /// The whole target and what it goes over, where others go beside, and the call among the statements of the loop.
    pub(super) beside: Option<(&'a ast::Expr, &'a ast::Expr, &'a ast::Stmt)>,
}

pub(super) fn of<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, method: &str) -> Option<Each<'a>> {
    let turns = match stmt {
        ast::Stmt::For(walk) if walk.orelse.is_empty() => in_loop(cx, stmt, walk, method)?,
        ast::Stmt::Expr(s) => in_list(cx, stmt, &s.value, method)?,
        _ => return None,
    };
    let optimizers = items(cx, &Scopes::around(cx, stmt), turns.list)?;
    (!optimizers.is_empty()).then_some(Each { turns, optimizers })
}

/// Whether a call is the method of a loop's name; a step takes no arguments.
fn is_it(call: &MethodCall<'_>, one: &ast::ExprName, method: &str) -> bool {
    is_name(call.receiver, &one.id) && (method != "step" || call.is_bare())
}

/// `for optimizer in optimizers: optimizer.step()`
fn in_loop<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, walk: &'a ast::StmtFor, method: &str) -> Option<Turns<'a>> {
    if let (one @ ast::Expr::Name(name), [body]) = (&*walk.target, &walk.body[..]) {
        statement(cx, body, method).filter(|call| is_it(call, name, method))?;
        return Some(Turns { stmt, one, list: &walk.iter, beside: None });
    }
    let (ast::Expr::Tuple(names), ast::Expr::Call(zip)) = (&*walk.target, &*walk.iter) else { return None };
    let is_zip = method == "step" && is_name(&zip.func, "zip") && cx.qualified(&zip.func).is_none_or(|name| name == "builtins.zip");
    if !is_zip || !zip.keywords.is_empty() || names.elts.len() != zip.args.len() || !zip.args.iter().all(is_place) {
        return None;
    }
    let named = |at: usize, stmt: &'a ast::Stmt| {
        let ast::Expr::Name(name) = &names.elts[at] else { return false };
        statement(cx, stmt, method).is_some_and(|call| is_it(&call, name, method))
    };
    // Each steps once; the optimizer is the first of them.
    let [first, rest @ ..] = &walk.body[..] else { return None };
    let at = (0..names.elts.len()).find(|at| named(*at, first))?;
    let others: Vec<Option<usize>> =
        rest.iter().map(|stmt| (0..names.elts.len()).find(|other| *other != at && named(*other, stmt))).collect();
    let are_known = others.iter().enumerate().all(|(own, other)| other.is_some() && !others[..own].contains(other));
    are_known.then_some(Turns { stmt, one: &names.elts[at], list: &zip.args[at], beside: Some((&walk.target, &walk.iter, first)) })
}

/// `[optimizer.step() for optimizer in optimizers]`, whose list nobody takes.
fn in_list<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &'a ast::Expr, method: &str) -> Option<Turns<'a>> {
    let ast::Expr::ListComp(list) = value else { return None };
    let [turn] = &list.generators[..] else { return None };
    let ast::Expr::Name(name) = &turn.target else { return None };
    let call = method_call(cx, &list.elt, method).filter(|call| is_it(call, name, method));
    (call.is_some() && turn.ifs.is_empty() && !turn.is_async).then_some(Turns { stmt, one: &turn.target, list: &turn.iter, beside: None })
}

/// The items of a list, tuple or dictionary that is written here, or has a name and stays as it is made.
fn items<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, list: &'a ast::Expr) -> Option<Vec<&'a ast::Expr>> {
    match list {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().map(|item| is_place(item).then_some(item)).collect()
        }
        // `optimizers.values()`
        ast::Expr::Call(call) if call.args.is_empty() && call.keywords.is_empty() => match &*call.func {
            ast::Expr::Attribute(e) if e.attr.as_str() == "values" => match made(cx, scopes, &e.value)? {
                ast::Expr::Dict(dict) if dict.keys.iter().all(Option::is_some) => of_list(&e.value, dict.values.iter()),
                _ => None,
            },
            _ => None,
        },
        list if is_place(list) => match made(cx, scopes, list)? {
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => of_list(list, elts.iter()),
            _ => None,
        },
        _ => None,
    }
}

/// Names mean the same here and where the list is made, if that is in the same function.
fn of_list<'a>(list: &ast::Expr, items: impl Iterator<Item = &'a ast::Expr>) -> Option<Vec<&'a ast::Expr>> {
    let is_known = |item: &ast::Expr| match item {
        ast::Expr::Name(_) => matches!(list, ast::Expr::Name(_)),
        ast::Expr::Call(_) => true,
        item => is_place(item),
    };
    items.map(|item| is_known(item).then_some(item)).collect()
}

/// The only value of a name, which nothing adds to.
pub(super) fn made<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, list: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let bodies = bodies_of(scopes, list);
    let is_changed = |body: &&'a [ast::Stmt]| is_extended(cx, body, cx.source(list)) || stores_anywhere(cx, body, list);
    match scopes.values(cx, list)[..] {
        [value] if !bodies.iter().any(is_changed) => Some(value),
        _ => None,
    }
}

/// Where a name or attribute may be changed: the body that binds it, with the functions inside, or the class.
pub(super) fn bodies_of<'a>(scopes: &Scopes<'a>, place: &ast::Expr) -> Vec<&'a [ast::Stmt]> {
    match (place, scopes.class) {
        (ast::Expr::Name(name), _) => vec![scopes.body_of(&name.id)],
        (ast::Expr::Attribute(_), Some(class)) => vec![&class.body],
        _ => scopes.bodies(),
    }
}
