//! The same call on each of several optimizers: `for optimizer in optimizers: optimizer.step()`.

use t2m_syntax::ast;

use super::events::{MethodCall, is_name, statement};
use super::model::{Scopes, is_extended, is_place, stores_anywhere};
use crate::cx::Cx;

/// Such a loop, and what it runs over: names of optimizers, or the calls that make them.
#[derive(Debug, Clone)]
pub(super) struct Each<'a> {
    pub(super) walk: &'a ast::StmtFor,
    pub(super) optimizers: Vec<&'a ast::Expr>,
}

pub(super) fn of<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, method: &str) -> Option<Each<'a>> {
    let ast::Stmt::For(walk) = stmt else { return None };
    let (ast::Expr::Name(target), [body]) = (&*walk.target, &walk.body[..]) else { return None };
    let call = statement(cx, body, method).filter(|call| is_name(call.receiver, &target.id))?;
    if !walk.orelse.is_empty() || method == "step" && !MethodCall::is_bare(&call) {
        return None;
    }
    let optimizers = items(cx, &Scopes::around(cx, stmt), &walk.iter)?;
    (!optimizers.is_empty()).then_some(Each { walk, optimizers })
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
fn made<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, list: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let bodies: Vec<&'a [ast::Stmt]> = match scopes.class.filter(|_| matches!(list, ast::Expr::Attribute(_))) {
        Some(class) => vec![&class.body],
        None => scopes.bodies(),
    };
    let is_changed = |body: &&'a [ast::Stmt]| is_extended(cx, body, cx.source(list)) || stores_anywhere(cx, body, list);
    match scopes.values(cx, list)[..] {
        [value] if !bodies.iter().any(is_changed) => Some(value),
        _ => None,
    }
}
