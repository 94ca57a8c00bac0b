//! Gradients that are looked at and no more: `loss.backward()` in a test, then `assert p.grad is not None`.

use t2m_syntax::ast;
use t2m_syntax::ast::Ranged;
use t2m_syntax::{Node, TextRange};

use super::clearing;
use super::events::{is_name, method, statement, walk};
use super::flow::Flow;
use super::gradient_reads::Loop;
use super::model::{Scopes, is_model, is_place};
use super::phase::Place;
use super::weights;
use crate::cx::Cx;
use crate::views;

/// The model whose gradients are read behind a backward pass, and arrays whose gradients are read beside, where nothing else is done with them.
pub(super) fn models<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, place: &Place<'a>) -> Option<(String, Vec<String>)> {
    let Place { block, first, last, guard: None, .. } = *place else { return None };
    let behind = TextRange::new(block[last].range().end(), block.last()?.range().end());
    let mut found: Option<&'a ast::Expr> = None;
    let mut arrays: Vec<String> = Vec::new();
    let mut is_known = first == last;
    is_known &= !block[last + 1..].iter().any(|stmt| changes_parameters(cx, stmt));
    let mut passes = 0;
    walk(scopes.body(), &mut |node| match node {
        Node::Stmt(stmt) => passes += usize::from(statement(cx, stmt, "backward").is_some()),
        Node::Expr(expr @ ast::Expr::Attribute(e)) if e.attr.as_str() == "grad" && !clearing::is_inside(cx, expr) => {
            is_known &= behind.contains_range(expr.range());
            match (owner(cx, expr, &e.value), &*e.value) {
                (Some(whose), _) => {
                    is_known &= found.is_none_or(|known| cx.source(known) == cx.source(whose));
                    found = Some(whose);
                }
                (None, ast::Expr::Name(name)) if is_new(&block[..first], &name.id) => {
                    if !arrays.iter().any(|array| array == name.id.as_str()) {
                        arrays.push(name.id.to_string());
                    }
                }
                _ => is_known = false,
            }
        }
        Node::Expr(ast::Expr::Attribute(e)) => is_known &= e.attr.as_str() != "step",
        _ => {}
    });
    found.filter(|model| is_known && passes == 1 && is_model(cx, model)).map(|model| (cx.source(model).to_owned(), arrays))
}

/// Whether a loop over parameters and their gradients changes the parameters: that is an update.
fn changes_parameters<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        let Node::Stmt(ast::Stmt::For(turn)) = node else { return };
        for one in Loop::all_of(cx, &turn.target, &turn.iter) {
            let is_own = |place: &ast::Expr| weights::base(place) == Some(one.parameter) && !cx.source(place).contains(".grad");
            let reads = |stmt: &'a ast::Stmt| {
                super::holds(
                    stmt,
                    &mut |expr| matches!(expr, ast::Expr::Attribute(e) if e.attr.as_str() == "grad" && is_name(&e.value, one.parameter)),
                )
            };
            found |= turn.body.iter().any(reads) && turn.body.iter().any(|stmt| weights::changes_place(stmt, &is_own));
        }
    });
    found
}

/// Whether an array is made in front of the pass.
fn is_new(before: &[ast::Stmt], name: &str) -> bool {
    let made = before.iter().rfind(|stmt| Flow::of(std::slice::from_ref(*stmt)).bound.contains(name));
    matches!(made, Some(ast::Stmt::Assign(s)) if views::is_same_name(&s.targets[0], name)
        && s.targets.len() == 1
        && matches!(&*s.value, ast::Expr::Call(_) | ast::Expr::BinOp(_))
        && !super::backward_gradient::is_same_array(&s.value))
}

/// `model` of `model.fc.weight.grad`, and of `p.grad` where `p` goes over `model.parameters()`.
fn owner<'a>(cx: &Cx<'a>, gradient: &'a ast::Expr, array: &'a ast::Expr) -> Option<&'a ast::Expr> {
    if let ast::Expr::Name(_) = array {
        let iter = super::gradient_reads::iterated(cx, gradient, array)?;
        let listed = method(cx, iter, "parameters").or_else(|| method(cx, iter, "named_parameters"))?;
        return is_place(listed.receiver).then_some(listed.receiver);
    }
    // The outermost module of the chain.
    let mut place = array;
    let mut found = None;
    while let ast::Expr::Attribute(e) = place {
        place = &e.value;
        if is_model(cx, place) {
            found = Some(place);
        }
    }
    found.filter(|model| is_place(model))
}
