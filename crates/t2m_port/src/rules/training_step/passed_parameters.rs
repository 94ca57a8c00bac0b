//! A factory of optimizers that is given parameters: `def get_optimizer(name, params, lr)`. Where each call of it passes all parameters of a model,
//! an optimizer of MLX needs none of them.

use t2m_syntax::Node;
use t2m_syntax::ast;

use super::events::{argument, is_name, parameters_of};
use super::model::{Scopes, is_optimizer_class};
use crate::cx::{Cx, contains_word};

/// Whether the first argument of an optimizer is a parameter of the function around it, and stands for all parameters of one model in each call.
pub(crate) fn are_whole<'a>(cx: &Cx<'a>, params: &'a ast::Expr) -> bool {
    let (ast::Expr::Name(name), Some(stmt)) = (params, cx.statement(params)) else { return false };
    let scopes = Scopes::around(cx, stmt);
    let (Some(ast::Stmt::FunctionDef(def)), None) = (scopes.functions.first(), scopes.class) else { return false };
    let all = || def.args.posonlyargs.iter().chain(&def.args.args);
    let Some(at) = all().position(|arg| arg.def.arg == name.id) else { return false };
    let is_elsewhere = cx.project.ids().any(|id| id != cx.id && contains_word(&cx.project.file(id).source.text, &def.name));
    if is_elsewhere || !goes_to_optimizers(cx, def, &name.id) {
        return false;
    }
    let (mut calls, mut mentions, mut is_whole) = (0, 0, true);
    cx.file.suite.iter().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(expr) if is_name(expr, &def.name) => mentions += 1,
            Node::Expr(ast::Expr::Call(call)) if is_name(&call.func, &def.name) => {
                calls += 1;
                is_whole &= argument(call, at, &name.id).is_some_and(|passed| is_model(cx, passed));
            }
            _ => {}
        });
    });
    calls > 0 && calls == mentions && is_whole
}

/// `net.parameters()` of a module that is no part of another: the step would take that for the model.
fn is_model<'a>(cx: &Cx<'a>, passed: &'a ast::Expr) -> bool {
    let Some(model) = parameters_of(cx, passed) else { return false };
    let Some(stmt) = cx.statement(model) else { return false };
    let is_plain = match model {
        ast::Expr::Name(_) => true,
        ast::Expr::Attribute(e) => is_name(&e.value, "self"),
        _ => false,
    };
    let values = Scopes::around(cx, stmt).values(cx, model);
    let is_part = values.iter().any(|value| value.is_attribute_expr() || value.is_subscript_expr()) || is_held(cx, model);
    is_plain && cx.project_facts.is_module(&cx.kind(model)) && !is_part
}

/// Whether a module is made of another: `nn.Sequential(body, net)`.
fn is_held<'a>(cx: &Cx<'a>, model: &'a ast::Expr) -> bool {
    let mut found = false;
    cx.file.suite.iter().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr @ ast::Expr::Call(call)) = node {
                let args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                let holds = args.into_iter().any(|arg| cx.source(arg) == cx.source(model));
                found |= holds && cx.project_facts.is_module(&cx.kind(expr));
            }
        });
    });
    found
}

/// Whether a function gives its parameter to optimizers, and does nothing else with it.
fn goes_to_optimizers<'a>(cx: &Cx<'a>, def: &'a ast::StmtFunctionDef, name: &str) -> bool {
    let (mut mentions, mut given) = (0, 0);
    def.body.iter().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(expr) if is_name(expr, name) => mentions += 1,
            Node::Expr(ast::Expr::Call(call)) if cx.qualified(&call.func).is_some_and(is_optimizer_class) => {
                given += usize::from(argument(call, 0, "params").is_some_and(|params| is_name(params, name)));
            }
            _ => {}
        });
    });
    mentions == given
}
