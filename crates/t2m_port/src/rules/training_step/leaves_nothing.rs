//! Statements that may be computed a second time, because they leave nothing behind.

use t2m_syntax::Node;
use t2m_syntax::ast;

use super::carried::{PASSES, builds_up};
use super::events::walk;
use super::flow::Names;
use super::model;
use crate::cx::Cx;
use crate::effects;
use crate::rules::last_name;

/// Whether statements give the same values each time, and leave nothing behind: no numbers are drawn, no statistics kept.
pub(super) fn leaves_nothing<'a>(cx: &Cx<'a>, run: &'a [ast::Stmt]) -> bool {
    let files = || {
        let own = cx.project.ids().filter(|id| *id == cx.id || cx.shared.are_connected(cx.project_facts, cx.id, *id));
        own.map(|id| &cx.project.file(id).source)
    };
    if files().any(|file| PASSES.stateful.iter().any(|word| file.text.contains(word))) {
        return false;
    }
    let draws = |name: &str| name.contains("rand") || PASSES.random.contains(name);
    let mut called = Vec::new();
    let mut is_same = true;
    walk(run, &mut |node| match node {
        Node::Expr(ast::Expr::Call(call)) => {
            let name = last_name(&call.func);
            is_same &= !name.is_some_and(draws);
            if !effects::is_pure_call(cx, call) {
                is_same &= name.is_none_or(|name| !PASSES.keeping.contains(name) && !name.ends_with('_'));
                called.extend(name);
            }
        }
        Node::Expr(ast::Expr::Attribute(e)) => is_same &= e.ctx.is_load(),
        Node::Expr(ast::Expr::Subscript(e)) => is_same &= e.ctx.is_load(),
        Node::Expr(ast::Expr::NamedExpr(_) | ast::Expr::Await(_) | ast::Expr::Yield(_) | ast::Expr::YieldFrom(_)) => is_same = false,
        Node::Stmt(ast::Stmt::Expr(_) | ast::Stmt::While(_) | ast::Stmt::Try(_) | ast::Stmt::Raise(_)) => is_same = false,
        _ => {}
    });
    called.extend(["forward", "__call__"]);
    let reached = called_by_name(cx, called);
    is_same
        && files().all(|file| {
            let mut keeps = false;
            t2m_syntax::node::statements(&file.suite, &mut |stmt| {
                if let ast::Stmt::FunctionDef(def) = stmt
                    && reached.contains(def.name.as_str())
                {
                    walk(model::body(stmt), &mut |node| match node {
                        Node::Stmt(stmt) => keeps |= builds_up(stmt),
                        Node::Expr(ast::Expr::Attribute(e)) => keeps |= draws(&e.attr),
                        Node::Expr(ast::Expr::Name(name)) => keeps |= draws(&name.id),
                        _ => {}
                    });
                }
            });
            !keeps
        })
}

fn called_by_name<'a>(cx: &Cx<'a>, mut open: Vec<&'a str>) -> Names<'a> {
    let mut reached = Names::new();
    while let Some(name) = open.pop() {
        if reached.insert(name) {
            open.extend(cx.shared.survey.calls().filter(|(own, _)| *own == name).flat_map(|(_, called)| called.iter().copied()));
        }
    }
    reached
}
