//! Results that numbers are taken off: `mask.sum() - 1`. MLX adds up bytes as numbers without a sign, PyTorch as int64.

use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::{reached, views};

/// Whether a number is taken off what the callee `func` gives. What is differentiated are floats, but for masks.
pub(crate) fn is_lessened<'a>(cx: &Cx<'a>, func: &'a ast::Expr) -> bool {
    let Some(Node::Expr(made)) = cx.parent(func) else { return false };
    (is_taken_off(cx, made) || is_name_taken_off(cx, made))
        && (cx.source(made).contains("mask") || !reached::is_differentiated_at(cx, func))
}

/// `mask.sum() - 1`
fn is_taken_off<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let Some(Node::Expr(ast::Expr::BinOp(e))) = cx.parent(value) else { return false };
    e.op == ast::Operator::Sub && std::ptr::eq(&*e.left, value) && cx.kind(&e.right).is_number()
}

/// `count = mask.sum()`, and later `count - 1`
fn is_name_taken_off<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(value) else { return false };
    let [ast::Expr::Name(name)] = &assign.targets[..] else { return false };
    let mut found = false;
    for stmt in views::enclosing_body(cx, value) {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(read) = node {
                found = found || views::is_same_name(read, &name.id) && is_taken_off(cx, read);
            }
        });
    }
    found
}
