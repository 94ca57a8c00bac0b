//! The models of an optimizer that a class is handed beside them: `Trainer(model, Adam(model.parameters()))`, where the file shows who makes such objects.

use std::collections::BTreeSet;

use t2m_semantic::Entity;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::events::{self, argument};
use super::model::{self, Scopes, Trained};
use crate::cx::Cx;

/// What all makers of the class's objects show; unknown where one of them doesn't.
pub(super) fn models<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr, depth: usize) -> Trained {
    shown(cx, scopes, optimizer, depth).unwrap_or(Trained::Unknown)
}

fn shown<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr, depth: usize) -> Option<Trained> {
    let class = scopes.class?;
    let ast::Expr::Attribute(held) = optimizer else { return None };
    if !events::is_name(&held.value, "self") {
        return None;
    }
    let init = class.body.iter().find(|stmt| matches!(stmt, ast::Stmt::FunctionDef(def) if def.name.as_str() == "__init__"))?;
    let [ast::Expr::Name(stored)] = scopes.values(cx, optimizer)[..] else { return None };
    let ast::Stmt::FunctionDef(def) = init else { return None };
    // `self` comes first.
    let parameters: Vec<&str> = def.args.posonlyargs.iter().chain(&def.args.args).map(|arg| arg.def.arg.as_str()).skip(1).collect();
    let at = parameters.iter().position(|name| *name == stored.id.as_str()).filter(|_| init.range().contains_range(stored.range))?;
    let attributes = attributes(cx, init);
    let mut found: BTreeSet<(Vec<String>, Vec<String>)> = BTreeSet::new();
    for call in makers(cx, class) {
        let named = |at: usize| argument(call, at, parameters[at]);
        let (passed, stmt) = (named(at)?, cx.statement(&call.func)?);
        let there = Scopes::around(cx, stmt);
        let Trained::Models(models, arrays) = model::of_optimizer_within(cx, &there, passed, depth) else { return None };
        // An optimizer of a part holds the part itself, and is given the whole model.
        let here = |model: &String| {
            let is_it = |at: &usize| named(*at).is_some_and(|passed| cx.source(model::moved(passed)) == model);
            let parameter = parameters[(0..parameters.len()).find(is_it)?];
            attributes.iter().find(|(_, name)| *name == parameter).map(|(attribute, _)| (*attribute).to_owned())
        };
        let named_here = |all: &[String]| all.iter().map(here).collect::<Option<Vec<String>>>();
        found.insert((named_here(&models)?, named_here(&arrays)?));
    }
    match found.len() {
        0 => None,
        1 => found.pop_first().map(|(models, arrays)| Trained::Models(models, arrays)),
        _ => Some(Trained::Other("its makers give it different models".into())),
    }
}

/// The attributes that hold parameters of the constructor, and those: `self.net` and `net`.
pub(super) fn attributes<'a>(cx: &Cx<'a>, init: &'a ast::Stmt) -> Vec<(&'a str, &'a str)> {
    let mut found = Vec::new();
    model::pairs(init, &mut |target, value| {
        if let (ast::Expr::Attribute(place), ast::Expr::Name(name)) = (target, model::moved(value))
            && events::is_name(&place.value, "self")
        {
            found.push((cx.source(target), name.id.as_str()));
        }
    });
    found
}

/// The calls of this file that make an object of a class.
fn makers<'a>(cx: &Cx<'a>, class: &'a ast::StmtClassDef) -> Vec<&'a ast::ExprCall> {
    let mut found = Vec::new();
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Call(call)) = node
                && let Some(Entity::Class(made)) = cx.entity(&call.func)
                && cx.project_facts.lookup_method(*made, "__init__").is_some_and(|init| {
                    let init = cx.project_facts.function(init);
                    init.file == cx.id && class.range.contains_range(init.range)
                })
            {
                found.push(call);
            }
        });
    }
    found
}

/// What the calls of this file hand over as an optimizer that the step's function or class gets.
pub(super) fn passed<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let (def, calls, skipped, name) = match (scopes.class, scopes.functions.first(), optimizer) {
        (Some(class), _, ast::Expr::Attribute(_)) => {
            let [ast::Expr::Name(stored)] = scopes.values(cx, optimizer)[..] else { return Vec::new() };
            let init = class.body.iter().find(|stmt| matches!(stmt, ast::Stmt::FunctionDef(def) if def.name.as_str() == "__init__"));
            let Some(ast::Stmt::FunctionDef(init)) = init else { return Vec::new() };
            (init, makers(cx, class), 1, &stored.id)
        }
        (None, Some(ast::Stmt::FunctionDef(def)), ast::Expr::Name(name)) => {
            let mut calls = Vec::new();
            events::walk(scopes.module, &mut |node| {
                if let Node::Expr(ast::Expr::Call(call)) = node
                    && events::is_name(&call.func, &def.name)
                {
                    calls.push(call);
                }
            });
            for stmt in scopes.module {
                let ast::Stmt::FunctionDef(other) = stmt else { continue };
                events::walk(&other.body, &mut |node| {
                    if let Node::Expr(ast::Expr::Call(call)) = node
                        && events::is_name(&call.func, &def.name)
                    {
                        calls.push(call);
                    }
                });
            }
            (def, calls, 0, &name.id)
        }
        _ => return Vec::new(),
    };
    let mut parameters = def.args.posonlyargs.iter().chain(&def.args.args).skip(skipped);
    let Some(at) = parameters.position(|arg| arg.def.arg.as_str() == name.as_str()) else { return Vec::new() };
    calls.into_iter().filter_map(|call| argument(call, at, name)).collect()
}
