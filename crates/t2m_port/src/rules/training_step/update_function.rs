//! An update by hand in a function of its own, `sgd([w, b], lr, batch_size)`: arrays hold no gradients, so that the function gets them as one argument more.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, TextRange};

use super::build::unused;
use super::by_hand::{self, ByHand};
use super::events::{argument, is_name, walk};
use crate::claim::StmtClaim;
use crate::cx::{Cx, contains_word};
use crate::rules::contexts::is_no_grad;
use crate::rules::{Hook, Rule};

pub(in crate::rules) const RULE: Rule =
    Rule { name: "update-function", doc: include_str!("../update_function.md"), hook: Hook::Stmt(signature) };

/// A call of such a function.
#[derive(Debug, Clone, Copy)]
pub(super) struct Called<'a> {
    /// The statement that updates, in the function, and its parameter.
    pub(super) update: &'a ast::Stmt,
    pub(super) model: &'a ast::Expr,
    /// What is passed for it.
    pub(super) passed: &'a ast::Expr,
    pub(super) keyword: bool,
}

/// The name of the gradients inside of the function.
pub(super) fn parameter(cx: &Cx<'_>) -> String {
    unused(cx, &["grads", "gradients", "model_grads"])
}

/// The function that a statement calls, if it does nothing but update what it gets.
pub(super) fn called<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<Called<'a>> {
    let ast::Stmt::Expr(stmt) = stmt else { return None };
    let ast::Expr::Call(call) = &*stmt.value else { return None };
    let (ast::Expr::Name(name), Some(Entity::Function(_))) = (&*call.func, cx.entity(&call.func)) else { return None };
    let def = definition(cx, &name.id)?;
    let (update, at) = update(cx, def)?;
    let by_hand = by_hand::shape(cx, update)?;
    let is_starred = call.args.iter().any(ast::Expr::is_starred_expr) || call.keywords.iter().any(|keyword| keyword.arg.is_none());
    let passed = argument(call, at, cx.source(by_hand.model)).filter(|_| !is_starred)?;
    let keyword = call.args.get(at).is_none();
    are_all_steps(cx, &name.id).then_some(Called { update, model: by_hand.model, passed, keyword })
}

/// The only function of this name.
fn definition<'a>(cx: &Cx<'a>, name: &str) -> Option<&'a ast::StmtFunctionDef> {
    let mut named = cx.file.suite.iter().filter_map(|stmt| match stmt {
        ast::Stmt::FunctionDef(def) if def.name.as_str() == name => Some(def),
        _ => None,
    });
    named.next().filter(|_| named.next().is_none())
}

/// The statement that updates, and the place of the parameter whose arrays it updates.
fn update<'a>(cx: &Cx<'a>, def: &'a ast::StmtFunctionDef) -> Option<(&'a ast::Stmt, usize)> {
    let is_text = |stmt: &ast::Stmt| matches!(stmt, ast::Stmt::Expr(s) if matches!(&*s.value, ast::Expr::Constant(c) if c.value.is_str()));
    let body = match &def.body[..] {
        [text, rest @ ..] if is_text(text) => rest,
        body => body,
    };
    let [update] = body else { return None };
    if !def.decorator_list.iter().all(|decorator| is_no_grad(cx, decorator)) {
        return None;
    }
    let ByHand { model, .. } = by_hand::shape(cx, update)?;
    let at = def.args.posonlyargs.iter().chain(&def.args.args).position(|arg| is_name(model, &arg.def.arg) && arg.default.is_none())?;
    Some((update, at))
}

/// Whether a function is used in statements that call it alone, and in this file.
fn are_all_steps(cx: &Cx<'_>, name: &str) -> bool {
    let (mut uses, mut steps) = (0, 0);
    walk(&cx.file.suite, &mut |node| match node {
        Node::Expr(ast::Expr::Name(own)) => uses += usize::from(own.id.as_str() == name),
        Node::Stmt(ast::Stmt::Expr(stmt)) => {
            steps += usize::from(matches!(&*stmt.value, ast::Expr::Call(call) if is_name(&call.func, name)));
        }
        _ => {}
    });
    let knows_it = |text: &str| contains_word(text, name) && !text.contains(&format!("def {name}("));
    let mut others = cx.project.ids().filter(|id| *id != cx.id && cx.shared.are_connected(cx.project_facts, cx.id, *id));
    uses == steps && !others.any(|id| knows_it(&cx.project.file(id).source.text))
}

/// `def sgd(params, grads, lr, batch_size)`, where the steps that call it are ported.
fn signature<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::FunctionDef(def) = stmt else { return None };
    if !cx.text_has(".grad") {
        return None;
    }
    let (update, at) = update(cx, def)?;
    if !by_hand::shape(cx, update)?.is_written(cx) || definition(cx, &def.name).is_none_or(|own| own.range != def.range) {
        return None;
    }
    let own = def.args.posonlyargs.iter().chain(&def.args.args).nth(at)?;
    let edit = Edit::text(TextRange::empty(own.def.range().end()), format!(", {}", parameter(cx)));
    Some(StmtClaim::edit(vec![edit]))
}
