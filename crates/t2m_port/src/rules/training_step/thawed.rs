//! Layers that are frozen when the optimizer is made and trained later on. PyTorch's optimizer counts their steps from then; MLX's has made no
//! state for them.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use super::called;
use super::events::argument;
use super::handed;
use super::model::{self, Scopes};
use super::phase::Update;
use super::used_up::is_iterator;
use crate::cx::Cx;
use crate::rules::freeze_loop::switch;

/// Whether an optimizer meets parameters that were frozen when it was made. One that was made of the trainable ones alone never learns of them.
pub(super) fn meets<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, updates: &[Update<'a>]) -> Result<bool, String> {
    let mut meets = false;
    for update in updates {
        let calls = model::constructors(cx, scopes, update.optimizer);
        let Some(made) = calls.iter().max_by_key(|call| call.range.start()) else {
            meets = meets || thaws_between(cx, scopes, update.optimizer);
            continue;
        };
        if !thaws(cx, scopes, made.range) {
            continue;
        }
        // `params = filter(lambda p: p.requires_grad, ...)` asks when it is read.
        let asks_late = |call: &&'a ast::ExprCall| {
            let params = argument(call, 0, "params").filter(|params| params.is_name_expr() || params.is_attribute_expr());
            params
                .is_some_and(|params| scopes.values(cx, params).into_iter().any(|value| is_iterator(cx, value) && asks(Node::Expr(value))))
        };
        if calls.iter().any(|call| selects(call)) || calls.iter().any(asks_late) {
            return Err(format!(
                "`{}` was made of the trainable parameters alone, and others are trained later",
                cx.snippet(update.optimizer)
            ));
        }
        meets = true;
    }
    Ok(meets)
}

/// The same for an optimizer that is handed to the step's function or class: whether those who hand it over, or the class itself, freeze some
/// parameters and train some again once it is made.
fn thaws_between<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, optimizer: &'a ast::Expr) -> bool {
    let (mut frozen, mut thawed) = (false, false);
    let mut visit = |is_behind: bool, flag: Option<bool>| {
        frozen |= flag != Some(true);
        thawed |= is_behind && flag != Some(false);
    };
    if scopes.class.is_some() {
        switches(cx, scopes, TextRange::empty(0.into()), &mut visit);
    }
    for passed in handed::passed(cx, scopes, optimizer) {
        let Some(stmt) = cx.statement(passed) else { continue };
        let there = Scopes::around(cx, stmt);
        if let Some(made) = model::constructors(cx, &there, passed).iter().max_by_key(|call| call.range.start()) {
            switches(cx, &there, made.range, &mut visit);
        }
    }
    frozen && thawed
}

/// Whether parameters are frozen before a place in the text, and some are trained again behind it.
fn thaws<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, made: TextRange) -> bool {
    let (mut frozen, mut thawed) = (false, false);
    switches(cx, scopes, made, &mut |is_behind, flag| {
        frozen |= !is_behind && flag != Some(true);
        thawed |= is_behind && flag != Some(false);
    });
    frozen && thawed
}

/// Whether some parameters are frozen behind the optimizer.
pub(super) fn freezes<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, updates: &[Update<'a>]) -> bool {
    let mut found = false;
    for update in updates {
        let calls = model::constructors(cx, scopes, update.optimizer);
        let Some(made) = calls.iter().max_by_key(|call| call.range.start()) else { continue };
        switches(cx, scopes, made.range, &mut |is_behind, flag| found |= is_behind && flag != Some(true));
    }
    found
}

/// The statements that say which parameters are trained, those of the functions that are called included: whether they run behind an optimizer, and what they say.
fn switches<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, made: TextRange, visit: &mut dyn FnMut(bool, Option<bool>)) {
    let own = scopes.bodies().into_iter().map(|body| (body, None));
    let methods = scopes.class.into_iter().flat_map(|class| &class.body).filter_map(|method| {
        let def = method.as_function_def_stmt()?;
        // Methods run behind the constructor.
        let is_own = def.range.contains_range(made) || scopes.functions.iter().any(|own| std::ptr::eq(*own, method));
        Some((&def.body[..], (!is_own).then_some(def.name.as_str() != "__init__")))
    });
    for (body, is_behind) in own.chain(methods) {
        node::statements(body, &mut |stmt| {
            let is_behind = is_behind.unwrap_or(stmt.range().start() > made.start());
            if let Some((_, flag)) = switch(stmt) {
                visit(is_behind, constant(flag));
                return;
            }
            let value = match stmt {
                ast::Stmt::Expr(s) => &*s.value,
                ast::Stmt::Assign(s) => &*s.value,
                _ => return,
            };
            Node::Expr(value).walk(&mut |node| {
                let Node::Expr(ast::Expr::Call(call)) = node else { return };
                let Some((def, _)) = called::definition(cx, call) else { return };
                node::statements(&def.body, &mut |stmt| {
                    let Some((_, flag)) = switch(stmt) else { return };
                    // `set_trained(model, False)`
                    let passed = match flag {
                        Some(ast::Expr::Name(name)) => {
                            let args = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
                            args.into_iter().find(|arg| called::parameter(def, call, arg) == Some(&name.id))
                        }
                        flag => flag,
                    };
                    visit(is_behind, if flag.is_some() && passed.is_none() { None } else { constant(passed) });
                });
            });
        });
    }
}

/// What a switch says, where it is known; without an argument it is `True`.
fn constant(flag: Option<&ast::Expr>) -> Option<bool> {
    match flag {
        None => Some(true),
        Some(ast::Expr::Constant(c)) => c.value.as_bool().copied(),
        Some(_) => None,
    }
}

/// `filter(lambda p: p.requires_grad, ...)`
fn selects(call: &ast::ExprCall) -> bool {
    call.args.iter().any(|arg| asks(Node::Expr(arg))) || call.keywords.iter().any(|keyword| asks(Node::Expr(&keyword.value)))
}

fn asks(node: Node<'_>) -> bool {
    let mut found = false;
    node.walk(&mut |node| found |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if e.attr.as_str() == "requires_grad"));
    found
}
