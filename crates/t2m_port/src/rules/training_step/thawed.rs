//! Layers that are frozen when the optimizer is made and trained later on. PyTorch's optimizer counts their steps from then; MLX's has made no
//! state for them.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextSize, node};

use super::model::{self, Scopes};
use super::phase::Update;
use crate::cx::Cx;
use crate::rules::freeze_loop::switch;

/// Whether an optimizer meets parameters that were frozen when it was made. One that was made of the trainable ones alone never learns of them.
pub(super) fn meets<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, updates: &[Update<'a>]) -> Result<bool, String> {
    let mut meets = false;
    for update in updates {
        let calls = model::constructors(cx, scopes, update.optimizer);
        let Some(made) = calls.iter().map(|call| call.range.start()).max() else { continue };
        if !thaws(scopes, made) {
            continue;
        }
        if calls.iter().any(|call| selects(call)) {
            return Err(format!(
                "`{}` was made of the trainable parameters alone, and others are trained later",
                cx.snippet(update.optimizer)
            ));
        }
        meets = true;
    }
    Ok(meets)
}

/// Whether parameters are frozen before a place in the text, and some are trained again behind it.
fn thaws(scopes: &Scopes<'_>, made: TextSize) -> bool {
    let (mut frozen, mut thawed) = (false, false);
    for body in scopes.bodies() {
        node::statements(body, &mut |stmt| {
            let Some((_, flag)) = switch(stmt) else { return };
            let is_off = matches!(flag, Some(ast::Expr::Constant(c)) if c.value == ast::Constant::Bool(false));
            frozen |= is_off && stmt.range().start() < made;
            thawed |= !is_off && stmt.range().start() > made;
        });
    }
    frozen && thawed
}

/// `filter(lambda p: p.requires_grad, ...)`
fn selects(call: &ast::ExprCall) -> bool {
    let mut found = false;
    let mut note = |node: Node<'_>| found |= matches!(node, Node::Expr(ast::Expr::Attribute(e)) if e.attr.as_str() == "requires_grad");
    call.args.iter().for_each(|arg| Node::Expr(arg).walk(&mut note));
    call.keywords.iter().for_each(|keyword| Node::Expr(&keyword.value).walk(&mut note));
    found
}
