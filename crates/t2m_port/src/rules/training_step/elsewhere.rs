//! An optimizer of a part of a model that is stepped elsewhere, where only the model is known: `train(model, SGD(model.head.parameters()))`.
//! Which of the model's parameters are its own, it has to know by itself then.

use t2m_syntax::Node;
use t2m_syntax::ast;

use super::events::{self, method, parameters_of};
use super::model::{Scopes, Trained, body, is_model, is_place, of_optimizer};
use crate::cx::Cx;

/// The model of whose part an optimizer that is made of `params` is, if the optimizer is stepped elsewhere.
pub(crate) fn owner<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let owner = outer_model(cx, params)?;
    let stmt = cx.statement(params)?;
    is_stepped_elsewhere(cx, stmt).then_some(owner)
}

/// `model` of `model.head.parameters()`, and of groups and lists of nothing but its parts.
fn outer_model<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> Option<&'a ast::Expr> {
    if let Some(part) = parameters_of(cx, params) {
        return outer(cx, part);
    }
    let mut outermost: Vec<Option<&'a ast::Expr>> = Vec::new();
    Node::Expr(params).walk(&mut |node| {
        let Node::Expr(expr) = node else { return };
        if let Some(part) = method(cx, expr, "parameters").or_else(|| method(cx, expr, "named_parameters")) {
            outermost.push(outer(cx, part.receiver));
        } else if let ast::Expr::Attribute(e) = expr
            && matches!(e.attr.as_str(), "weight" | "bias")
        {
            outermost.push(outer(cx, &e.value));
        }
    });
    let first = outermost.first().copied().flatten()?;
    outermost.iter().all(|one| one.is_some_and(|one| cx.source(one) == cx.source(first))).then_some(first)
}

/// The outermost module that a place is a part of.
fn outer<'a>(cx: &Cx<'a>, part: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let (mut place, mut found) = (part, None);
    while let ast::Expr::Attribute(ast::ExprAttribute { value, .. }) | ast::Expr::Subscript(ast::ExprSubscript { value, .. }) = place {
        place = value;
        if is_model(cx, place) && is_place(place) {
            found = Some(place);
        }
    }
    found
}

fn is_stepped_elsewhere<'a>(cx: &Cx<'a>, made: &'a ast::Stmt) -> bool {
    let target = match made {
        ast::Stmt::Return(_) => return true,
        ast::Stmt::Assign(s) => match &s.targets[..] {
            [target] if is_place(target) => target,
            _ => return false,
        },
        _ => return false,
    };
    let scopes = Scopes::around(cx, made);
    let bodies: Vec<&'a [ast::Stmt]> = match target {
        ast::Expr::Name(_) => vec![scopes.body()],
        _ => scopes.class.into_iter().flat_map(|class| &class.body).map(body).collect(),
    };
    let is_it = |expr: &ast::Expr| cx.source(expr) == cx.source(target);
    let (mut is_here, mut goes) = (false, false);
    for suite in bodies {
        events::walk(suite, &mut |node| match node {
            Node::Expr(expr @ ast::Expr::Call(call)) => {
                is_here |= method(cx, expr, "step").is_some_and(|step| is_it(step.receiver) || step.call.args.iter().any(is_it));
                let mut passed = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                goes |= passed.any(is_it) && cx.qualified(&call.func).is_none() && !is_followed(cx, &scopes, call, &is_it);
            }
            Node::Stmt(ast::Stmt::Return(s)) => {
                goes |= s.value.as_deref().is_some_and(|value| match value {
                    ast::Expr::Tuple(tuple) => tuple.elts.iter().any(is_it),
                    value => is_it(value),
                });
            }
            _ => {}
        });
    }
    goes && !is_here
}

/// Whether a function of this file that gets the optimizer knows of what it was made.
fn is_followed<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, call: &'a ast::ExprCall, is_it: &dyn Fn(&ast::Expr) -> bool) -> bool {
    let is_called = |stmt: &&'a ast::Stmt| matches!(stmt, ast::Stmt::FunctionDef(def) if events::is_name(&call.func, &def.name));
    let Some(ast::Stmt::FunctionDef(def)) = scopes.module.iter().find(is_called) else { return false };
    let parameters = def.args.posonlyargs.iter().chain(&def.args.args).map(|arg| arg.def.arg.as_str());
    let gets = |(at, name): &(usize, &str)| events::argument(call, *at, name).is_some_and(is_it);
    let Some((_, name)) = parameters.enumerate().find(gets) else { return false };
    let mut is_known = false;
    events::walk(&def.body, &mut |node| {
        if let Node::Expr(expr @ ast::Expr::Name(_)) = node
            && events::is_name(expr, name)
            && let Some(stmt) = cx.statement(expr)
        {
            is_known |= matches!(of_optimizer(cx, &Scopes::around(cx, stmt), expr), Trained::Models(..));
        }
    });
    is_known
}
