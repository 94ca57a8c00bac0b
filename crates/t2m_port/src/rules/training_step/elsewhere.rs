//! An optimizer of a part of a model that is stepped elsewhere, where only the model is known: `train(model, SGD(model.head.parameters()))`.
//! Which of the model's parameters are its own, it has to know by itself then.

use t2m_semantic::{FileId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::clipped;
use super::events::{self, method, parameters_of};
use super::model::{Scopes, Trained, body, holds_no_parameters, is_model, is_place, of_optimizer};
use crate::cx::Cx;
use crate::rules::last_name;

/// The model of whose part an optimizer that is made of `params` is, if the optimizer is stepped elsewhere.
pub(crate) fn owner<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let owner = outer_model(cx, params)?;
    is_stepped_elsewhere(cx, params).then_some(owner)
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

fn is_stepped_elsewhere<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> bool {
    let Some(made) = cx.statement(params) else { return false };
    // `fit(model, SGD(model.head.parameters()))`
    if let Some(Node::Expr(own @ ast::Expr::Call(_))) = cx.parent(params)
        && let Some(Node::Expr(ast::Expr::Call(outer))) = cx.parent(own)
    {
        let is_own = |expr: &ast::Expr| std::ptr::eq(expr, own);
        return cx.qualified(&outer.func).is_none() && !is_followed(cx, &Scopes::around(cx, made), outer, &is_own);
    }
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

/// The call that takes the norm of all gradients of a model where an optimizer of a part of it is stepped elsewhere. In PyTorch the gradients of the others,
/// which nothing clears or freezes, add up in that norm.
pub(crate) fn norm_of_all<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> Option<String> {
    let stmt = cx.statement(params)?;
    let scopes = Scopes::around(cx, stmt);
    let is_part = outer_model(cx, params).is_some_and(|owner| !covers(cx, owner, params)) || clipped::chooses(cx, &scopes, params, 0);
    if !is_part || !clipped::switches(cx).is_empty() || !is_stepped_elsewhere(cx, params) {
        return None;
    }
    let names = if outer_model(cx, params).is_some() { parts(cx, params) } else { Vec::new() };
    let is_own = |model: &str| names.iter().any(|part| model.rsplit('.').next() == part.rsplit('.').next());
    let mut found = None;
    let connected = |id: &FileId| cx.shared.are_connected(cx.project_facts, cx.id, *id);
    for file in cx.project.ids().filter(connected).map(|id| cx.project.file(id)) {
        node::statements(&file.source.suite, &mut |stmt| {
            let ast::Stmt::FunctionDef(def) = stmt else { return };
            let text = file.source.slice(def.range);
            events::walk(&def.body, &mut |node| {
                let Node::Expr(ast::Expr::Call(call)) = node else { return };
                if last_name(&call.func) != Some("clip_grad_norm_") || !text.contains(".backward(") {
                    return;
                }
                let Some(ast::Expr::Call(list)) = events::argument(call, 0, "parameters") else { return };
                let ast::Expr::Attribute(method) = &*list.func else { return };
                let model = file.source.slice(method.value.range());
                if method.attr.as_str() == "parameters" && !is_own(model) && !text.contains(&format!("{model}.zero_grad(")) {
                    found.get_or_insert_with(|| file.source.slice(call.range).to_owned());
                }
            });
        });
    }
    found
}

/// The modules whose parameters are listed.
fn parts<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> Vec<&'a str> {
    let mut parts = Vec::new();
    Node::Expr(params).walk(&mut |node| {
        if let Node::Expr(expr) = node
            && let Some(list) = method(cx, expr, "parameters").or_else(|| method(cx, expr, "named_parameters"))
        {
            parts.push(cx.source(list.receiver));
        }
    });
    parts
}

/// Whether several parts may be all that a model has; of one that is not known, they are.
fn covers<'a>(cx: &Cx<'a>, owner: &'a ast::Expr, params: &'a ast::Expr) -> bool {
    let parts = parts(cx, params);
    let Kind::Instance(class) = cx.kind(owner) else { return parts.len() > 1 };
    let names: Vec<&str> = parts.iter().filter_map(|part| part.strip_prefix(cx.source(owner))?.strip_prefix('.')).collect();
    let attrs = &cx.project_facts.class(class).attrs;
    attrs.iter().all(|(name, fact)| names.contains(&&**name) || holds_no_parameters(cx, &fact.kind, &mut Default::default()))
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
