//! Whether one of two models may be held by the other in a way that their names don't tell: `nn.Sequential(encoder, decoder)`, `net.get_body()`, arguments
//! that a caller takes from one model.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::holder::part_of;
use super::model::{self, Scopes, has_parameter, is_place};
use crate::callee::callee;
use crate::cx::Cx;
use crate::receiver;
use crate::rules::last_name;

/// Through how many names a model is followed.
const DEPTH: usize = 4;

pub(super) fn may_meet<'a>(cx: &Cx<'a>, one: &'a ast::Expr, other: &'a ast::Expr) -> bool {
    holds(cx, one, other) || holds(cx, other, one) || are_given_together(cx, one, other)
}

/// Whether a model is made of another one or taken out of it, or gets it later.
fn holds<'a>(cx: &Cx<'a>, holder: &'a ast::Expr, part: &'a ast::Expr) -> bool {
    let Some(stmt) = cx.statement(holder) else { return false };
    let scopes = Scopes::around(cx, stmt);
    let part = cx.source(part);
    scopes.values(cx, holder).into_iter().any(|value| is_made_of(cx, value, part, DEPTH)) || gets(cx, &scopes, cx.source(holder), part)
}

fn meets(one: &str, other: &str) -> bool {
    part_of(one, other).or_else(|| part_of(other, one)).is_some()
}

fn is_made_of<'a>(cx: &Cx<'a>, value: &'a ast::Expr, part: &str, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let of = |value: &'a ast::Expr| is_made_of(cx, value, part, depth);
    match value {
        ast::Expr::Name(name) if name.id.as_str() == part => true,
        ast::Expr::Name(_) => cx.statement(value).is_some_and(|stmt| Scopes::around(cx, stmt).values(cx, value).into_iter().any(of)),
        // A number of another model is none of its parts.
        ast::Expr::Attribute(_) if is_place(value) => receiver::is_module(cx, value) && meets(cx.source(value), part),
        ast::Expr::Attribute(e) => of(&e.value),
        ast::Expr::Subscript(e) => of(&e.value),
        ast::Expr::Starred(e) => of(&e.value),
        ast::Expr::IfExp(e) => of(&e.body) || of(&e.orelse),
        ast::Expr::BoolOp(e) => e.values.iter().any(of),
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => elts.iter().any(of),
        ast::Expr::Dict(e) => e.values.iter().any(of),
        ast::Expr::Call(call) if last_name(&call.func).is_some_and(copies) => false,
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if cx.entity(&call.func).is_none() && cx.qualified(&call.func).is_none() => of(&method.value),
            _ => call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).any(of),
        },
        _ => false,
    }
}

/// What gives a model of its own.
fn copies(function: &str) -> bool {
    matches!(function, "deepcopy" | "clone" | "AveragedModel" | "type")
}

/// `net.body = body`, `net.add_module("body", body)`, `setattr(net, "body", body)`, `layers.append(body)`
fn gets<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, holder: &str, part: &str) -> bool {
    let is_part = |expr: &ast::Expr| is_place(expr) && cx.source(expr) == part;
    let is_holder = |expr: &ast::Expr| is_place(expr) && part_of(cx.source(expr), holder).is_some();
    let mut found = false;
    for body in scopes.bodies() {
        for stmt in body {
            Node::Stmt(stmt).walk(&mut |node| match node {
                Node::Stmt(ast::Stmt::Assign(assign)) if is_part(&assign.value) => {
                    found |= assign.targets.iter().any(|target| match target {
                        ast::Expr::Attribute(own) => is_holder(&own.value),
                        ast::Expr::Subscript(own) => is_holder(&own.value),
                        _ => false,
                    });
                }
                Node::Expr(ast::Expr::Call(call)) if call.args.last().is_some_and(is_part) => {
                    found |= match &*call.func {
                        ast::Expr::Attribute(method) => {
                            matches!(method.attr.as_str(), "add_module" | "register_module" | "append" | "insert")
                                && is_holder(&method.value)
                        }
                        ast::Expr::Name(name) => name.id.as_str() == "setattr" && call.args.first().is_some_and(is_holder),
                        _ => false,
                    };
                }
                _ => {}
            });
        }
    }
    found
}

/// Whether a caller gives both to one function, and takes the one from the other: `Trainer(net, net.body)`.
fn are_given_together<'a>(cx: &Cx<'a>, one: &'a ast::Expr, other: &'a ast::Expr) -> bool {
    let (Some((def, one)), Some((same, other))) = (argument(cx, one), argument(cx, other)) else { return false };
    if !std::ptr::eq(def, same) || one == other {
        return false;
    }
    let mut calls: Vec<&'a ast::ExprCall> = Vec::new();
    cx.file.suite.iter().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node {
                calls.push(call);
            }
        });
    });
    calls.into_iter().any(|call| {
        if call.args.len() + call.keywords.len() < 2 {
            return false;
        }
        let Some(callee) = callee(cx, call).filter(|callee| callee.function.file == cx.id && callee.function.range == def.range()) else {
            return false;
        };
        let given = |name: &str| callee.passed(call).find(|(param, _)| *param == name).map(|(_, given)| given);
        let (Some(one), Some(other)) = (given(one), given(other)) else { return false };
        let is_same = is_place(one) && is_place(other) && meets(cx.source(one), cx.source(other));
        is_same || is_made_of(cx, one, cx.source(other), DEPTH) || is_made_of(cx, other, cx.source(one), DEPTH)
    })
}

/// The function that takes a model as an argument, and the name of that: of `net`, and of `self.net` where the constructor keeps it.
fn argument<'a>(cx: &Cx<'a>, model: &'a ast::Expr) -> Option<(&'a ast::Stmt, &'a str)> {
    let scopes = Scopes::around(cx, cx.statement(model)?);
    match model {
        ast::Expr::Name(name) => {
            let def = scopes.function().filter(|def| has_parameter(def, &name.id))?;
            scopes.values(cx, model).is_empty().then_some((def, name.id.as_str()))
        }
        ast::Expr::Attribute(_) => match scopes.values(cx, model)[..] {
            [value] => match model::moved(value) {
                value @ ast::Expr::Name(_) => argument(cx, value),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
