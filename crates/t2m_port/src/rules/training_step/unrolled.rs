//! A loss that goes on from what earlier turns of the loop computed, where `backward` stands under a condition: truncated backpropagation through
//! time, losses that are summed over several turns. PyTorch walks back through all of them; the loss function would take them as constants.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::flow::Names;
use super::mentions::Mentions;
use super::taint::Taint;
use super::{Step, flow, is_definition, region};
use crate::cx::Cx;

/// Why the step can't be ported, if its loss needs gradients of turns before.
pub(super) fn check<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, step: &Step<'a>) -> Result<(), String> {
    let Some(ast::Stmt::If(guard)) = step.place.guard else { return Ok(()) };
    let own = &step.place.forward[step.place.upto];
    let mut turn: &'a [ast::Stmt] = &[];
    region::turn(cx, own, &mut |suite| turn = suite);
    let Some(around) = cx.ancestors(Node::Stmt(own)).find_map(|up| match up {
        Node::Stmt(up @ (ast::Stmt::For(_) | ast::Stmt::While(_))) => Some(up),
        Node::Stmt(up) if is_definition(up) => Some(up),
        _ => None,
    }) else {
        return Ok(());
    };
    // Ex) `if train:`, which says the same in all turns: none is left without its `backward`.
    if !is_definition(around) && !varies(around, &guard.test) {
        return Ok(());
    }
    let Some(first) = step.place.forward[step.start..].first() else { return Ok(()) };
    let mut carried = Names::new();
    for _ in 0..2 {
        carried = Taint::over(mentions, turn, around.range().end(), carried).into_names();
        if is_definition(around) {
            // The next call finds attributes alone.
            carried.retain(|place| place.starts_with("self."));
        }
    }
    let carried =
        Taint::over(mentions, turn, first.range().start(), carried.clone()).into_names().intersection(&carried).copied().collect();
    let nothing = Mentions::of(cx, mentions.scopes, &[]);
    let run = &step.place.forward[step.start..step.place.upto];
    if Taint::over(&nothing, run, around.range().end(), carried).reaches(step.loss) {
        return Err(format!(
            "its loss goes on from what `{}` gave in turns before, whose `backward` is left out: compute them all inside of one loss function",
            mentions.model
        ));
    }
    Ok(())
}

/// Whether a condition may change from turn to turn of a loop.
fn varies<'a>(around: &'a ast::Stmt, test: &'a ast::Expr) -> bool {
    let mut changed = flow::Flow::of(std::slice::from_ref(around)).bound;
    Node::Stmt(around).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Attribute(e)) = node
            && !matches!(e.ctx, ast::ExprContext::Load)
        {
            changed.insert(e.attr.as_str());
        }
    });
    let mut found = false;
    Node::Expr(test).walk(&mut |node| match node {
        Node::Expr(ast::Expr::Name(name)) => found |= changed.contains(name.id.as_str()),
        Node::Expr(ast::Expr::Attribute(e)) => found |= changed.contains(e.attr.as_str()),
        Node::Expr(ast::Expr::Call(_)) => found = true,
        _ => {}
    });
    found
}
