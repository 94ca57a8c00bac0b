//! `labels.data` of what a loader, a list or another object gives: who reads it tells that it is an array, or the code around it does.

use t2m_semantic::Entity;
use t2m_syntax::Node;
use t2m_syntax::ast;

use super::data::calls_tensor_method;
use crate::cx::Cx;
use crate::{host_read, storage, views};

/// Whether `x.data` is read as an array is: the helper asks what it is, so the reader alone decides whether it is worth asking.
pub(super) fn is_array<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, value: &'a ast::Expr) -> bool {
    let mut read = expr;
    loop {
        match cx.parent(read) {
            Some(Node::Expr(up @ ast::Expr::Subscript(item))) => {
                if !std::ptr::eq(&*item.value, read) || !item.ctx.is_load() || is_key(&item.slice) {
                    return false;
                }
                read = up;
            }
            // `preds == labels.data`: of an array, or read as one.
            Some(Node::Expr(up @ ast::Expr::Compare(compare))) => {
                if compare.ops.iter().any(|op| matches!(op, ast::CmpOp::Is | ast::CmpOp::IsNot | ast::CmpOp::In | ast::CmpOp::NotIn)) {
                    return false;
                }
                let mut sides = std::iter::once(&*compare.left).chain(&compare.comparators);
                if sides.any(|side| cx.kind(side).is_tensor()) || seems_array(cx, value) {
                    return true;
                }
                read = up;
            }
            Some(Node::Expr(ast::Expr::BinOp(_))) => return true,
            Some(Node::Expr(ast::Expr::Attribute(_))) => return !std::ptr::eq(read, expr) && calls_tensor_method(cx, read),
            Some(Node::Expr(ast::Expr::Call(call))) => {
                if std::ptr::eq(&*call.func, read) {
                    return false;
                }
                return match cx.entity(&call.func) {
                    Some(Entity::Library(name)) => name.starts_with("torch.") && !std::ptr::eq(read, expr),
                    Some(Entity::Function(_)) => seems_array(cx, value) && !storage::is_changed_by_callee(cx, read),
                    _ => false,
                };
            }
            // `images = images.data`, where nobody writes through the name.
            Some(Node::Stmt(ast::Stmt::Assign(assign))) => {
                let is_name = matches!(&assign.targets[..], [ast::Expr::Name(_)]);
                return is_name && seems_array(cx, value) && !storage::is_bound_and_written(cx, read);
            }
            _ => return false,
        }
    }
}

/// `data["x"]`
fn is_key(slice: &ast::Expr) -> bool {
    matches!(slice, ast::Expr::Constant(constant) if constant.value.is_str())
}

/// Whether the code around takes a place for a tensor: `labels.to(device)`, `net(images)`, `torch.max(out, 1)`.
fn seems_array<'a>(cx: &Cx<'a>, place: &'a ast::Expr) -> bool {
    if !matches!(place, ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_)) {
        return false;
    }
    let text = cx.source(place);
    let mut found = false;
    for stmt in views::enclosing_body(cx, place) {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(ast::Expr::Call(call)) = node else { return };
            if found {
                return;
            }
            let is_method = matches!(&*call.func, ast::Expr::Attribute(method) if host_read::keeps_values(cx, &method.attr) && cx.source(&*method.value) == text);
            let takes = || matches!(cx.entity(&call.func), Some(Entity::Library(name)) if name.starts_with("torch.")) || cx.project_facts.is_module(&cx.kind(&call.func));
            found = is_method || call.args.iter().any(|arg| cx.source(arg) == text) && takes();
        });
    }
    found
}
