//! `x.numpy()[0] = 2` writes to the tensor, whose memory the array of NumPy has in PyTorch. The array of a port has memory of its own.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::fresh_values;
use crate::{storage, views};

pub(super) const RULE: Rule = Rule { name: "numpy-write", doc: include_str!("numpy_write.md"), hook: Hook::Expr(&[Shape::Call], expr) };

fn expr<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    if method.attr.as_str() != "numpy" || !call.args.is_empty() || !may_be_tensor(cx, &method.value) {
        return None;
    }
    let tensor = memory(cx, &method.value);
    let write = write(cx, expr)?;
    if !matches!(tensor, ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_)) || fresh_values::is_fresh(cx, tensor) {
        return None;
    }
    if write == Write::Numbers && views::base(cx, tensor).is_none() && cx.kind(tensor).is_tensor() {
        return Some(Claim::build(vec![Piece::Expr(tensor, Prec::Atom)], Prec::Atom));
    }
    let name = cx.snippet(tensor);
    let reason = format!(
        "this writes to the memory of `{name}`, which NumPy's array shares in PyTorch; here it is a copy, so `{name}` would keep its values"
    );
    let help = format!("assign the items of `{name}`, or `mx.array(...)` of the array that was written to");
    Some(Claim::todo(Finding::todo(codes::WRITE_THROUGH_VIEW, call.range(), reason).help(help)))
}

fn may_be_tensor(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    let kind = cx.kind(value);
    kind.is_tensor() || kind.is_unknown() && cx.entity(value).is_none()
}

/// The tensor below `.detach()`, `.data` and `.cpu()`, which leave its memory.
fn memory<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> &'a ast::Expr {
    if let Some(inner) = storage::detached(cx, value) {
        return memory(cx, inner);
    }
    match value {
        ast::Expr::Call(call) if call.args.is_empty() => match &*call.func {
            ast::Expr::Attribute(method) if method.attr.as_str() == "cpu" => memory(cx, &method.value),
            _ => value,
        },
        _ => value,
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Write {
    /// Items that are assigned numbers, which MLX takes as NumPy does.
    Numbers,
    Other,
}

/// How the array is written to that an expression gives, if it is.
fn write<'a>(cx: &Cx<'a>, array: &'a ast::Expr) -> Option<Write> {
    match cx.parent(array)? {
        Node::Expr(item @ ast::Expr::Subscript(subscript)) if std::ptr::eq(&*subscript.value, array) => items(cx, item),
        Node::Expr(attribute @ ast::Expr::Attribute(method)) if views::is_numpy_writer(&method.attr) => {
            matches!(cx.parent(attribute), Some(Node::Expr(ast::Expr::Call(_)))).then_some(Write::Other)
        }
        Node::Expr(ast::Expr::Call(call)) => {
            let is_first = call.args.first().is_some_and(|first| std::ptr::eq(first, array));
            let is_out = call.keywords.iter().any(|kw| kw.arg.as_deref() == Some("out") && std::ptr::eq(&kw.value, array));
            let writes = is_first && cx.qualified(&call.func).is_some_and(views::is_numpy_writer);
            (is_out || writes).then_some(Write::Other)
        }
        _ => None,
    }
}

/// `x.numpy()[0] = 2`, `x.numpy()[0][1] += y`
fn items<'a>(cx: &Cx<'a>, item: &'a ast::Expr) -> Option<Write> {
    let value = match cx.parent(item)? {
        Node::Expr(outer @ ast::Expr::Subscript(subscript)) if std::ptr::eq(&*subscript.value, item) => {
            return items(cx, outer).map(|_| Write::Other);
        }
        Node::Stmt(ast::Stmt::Assign(assign)) if assign.targets.iter().any(|target| std::ptr::eq(target, item)) => &*assign.value,
        Node::Stmt(ast::Stmt::AugAssign(assign)) if std::ptr::eq(&*assign.target, item) => &*assign.value,
        Node::Expr(ast::Expr::Tuple(_)) => return matches!(item, ast::Expr::Subscript(e) if e.ctx.is_store()).then_some(Write::Other),
        _ => return None,
    };
    let is_number = matches!(cx.kind(value), Kind::Int | Kind::Float);
    Some(if is_number { Write::Numbers } else { Write::Other })
}
