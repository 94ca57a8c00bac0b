//! `str(x.dtype)`: MLX's dtypes have other names than PyTorch's. What is only shown to people may have them; what a program compares may not.

use t2m_semantic::Entity;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "dtype-text", doc: include_str!("dtype_text.md"), hook: Hook::Expr(&[Shape::Attribute, Shape::Call], text) };

fn text<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let value = match expr {
        ast::Expr::Call(call) => {
            let builtin = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if matches!(name.as_str(), "str" | "repr"));
            let [dtype] = &call.args[..] else { return None };
            if !builtin || !receiver::may_be_dtype(cx, dtype) || is_last_word(cx, expr) {
                return None;
            }
            vec![Piece::Expr(dtype, Prec::Test)]
        }
        // `f"{x.dtype}"`
        ast::Expr::Attribute(attribute) => {
            let is_shown_alone = attribute.attr.as_str() == "dtype" && matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::JoinedStr(_))));
            if !is_shown_alone || !receiver::may_be_dtype(cx, expr) {
                return None;
            }
            vec![Piece::Expr(&attribute.value, Prec::Atom), Piece::text(".dtype")]
        }
        _ => return None,
    };
    if is_shown(cx, expr) {
        return None;
    }
    let (name, uses) = cx.member(Module::Compat, "dtype_name");
    let pieces = [Piece::text(format!("{name}("))].into_iter().chain(value).chain([Piece::text(")")]).collect();
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// Part of what is printed, logged or raised.
fn is_shown<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    cx.ancestors(Node::Expr(expr)).any(|up| match up {
        Node::Stmt(ast::Stmt::Raise(_) | ast::Stmt::Assert(_)) => true,
        Node::Expr(ast::Expr::Call(call)) => match &*call.func {
            ast::Expr::Name(name) => matches!(name.id.as_str(), "print" | "warn" | "log") || name.id.ends_with("Error"),
            ast::Expr::Attribute(method) => matches!(
                method.attr.as_str(),
                "debug" | "info" | "warning" | "warning_once" | "warn" | "error" | "log" | "exception" | "critical" | "write" | "print"
            ),
            _ => false,
        },
        _ => false,
    })
}

/// `str(x.dtype).split(".")[-1]`: the last word is the same.
fn is_last_word<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Expr(method @ ast::Expr::Attribute(attribute))) = cx.parent(expr) else { return false };
    let Some(Node::Expr(call @ ast::Expr::Call(_))) = cx.parent(method) else { return false };
    matches!(attribute.attr.as_str(), "split" | "rsplit" | "rpartition")
        && matches!(cx.parent(call), Some(Node::Expr(ast::Expr::Subscript(item))) if cx.source(&*item.slice) == "-1")
}
