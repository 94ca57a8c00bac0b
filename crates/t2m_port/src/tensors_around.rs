//! What a value of unknown kind stands beside: tensors, or NumPy's arrays.

use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::{receiver, views};

/// Whether the function around, or its class, has to do with tensors.
pub(crate) fn has_tensors_around<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let class = receiver::enclosing_class(cx, Node::Expr(expr));
    let mut found = class.is_some_and(|class| cx.project_facts.is_module_class(class));
    for stmt in views::enclosing_body(cx, expr) {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(part) = node {
                found |= cx.kind(part).is_tensor() || cx.qualified(part).is_some_and(|name| name.starts_with("torch."));
            }
        });
    }
    found
}
