//! Whether what a call gives is used as truths: `keep = x.masked_fill(m, 0)`, and then `~keep`.

use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::{receiver, views};

/// Inverted or combined, at once or by the name that it gets.
pub(super) fn are_made_by<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let Some(Node::Expr(made)) = cx.parent(&*call.func) else { return false };
    match cx.parent(made) {
        Some(Node::Expr(up)) => !operands(up).is_empty(),
        Some(Node::Stmt(stmt)) => {
            receiver::assignment(stmt).is_some_and(|(target, _)| matches!(target, ast::Expr::Name(name) if is_combined(cx, made, &name.id)))
        }
        _ => false,
    }
}

fn is_combined<'a>(cx: &Cx<'a>, made: &'a ast::Expr, name: &str) -> bool {
    let mut found = false;
    for stmt in views::enclosing_body(cx, made) {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr) = node {
                found |= operands(expr).into_iter().any(|operand| views::is_same_name(operand, name));
            }
        });
    }
    found
}

/// `a` of `~a`, both of `a & b`.
fn operands(expr: &ast::Expr) -> Vec<&ast::Expr> {
    match expr {
        ast::Expr::UnaryOp(e) if e.op == ast::UnaryOp::Invert => vec![&*e.operand],
        ast::Expr::BinOp(e) if matches!(e.op, ast::Operator::BitAnd | ast::Operator::BitOr | ast::Operator::BitXor) => {
            vec![&*e.left, &*e.right]
        }
        _ => Vec::new(),
    }
}
