//! Products that are parts of keys, `row * n + col`, as what is done with them tells: keys are whole numbers, and those of large tables need 64 bits.

use std::sync::LazyLock;

use serde::Deserialize;
use t2m_semantic::Kind;
use t2m_semantic::tables::read_names;
use t2m_syntax::Node;
use t2m_syntax::ast;

use super::super::last_name;
use crate::cx::Cx;
use crate::{plain_numbers, views};

/// `mappings/names/keys.toml`
#[derive(Default, Deserialize)]
struct Keys {
    tell: Vec<String>,
}

static KEYS: LazyLock<Keys> = LazyLock::new(|| read_names("keys"));

/// Whether the sum around a product, or the name that it gets, goes where equal keys are told from others, or a rest of it is taken.
pub(super) fn is_key<'a>(cx: &Cx<'a>, product: &'a ast::Expr) -> bool {
    let mut sum = product;
    loop {
        match cx.parent(sum) {
            Some(Node::Expr(outer @ ast::Expr::BinOp(e)))
                if matches!(e.op, ast::Operator::Add | ast::Operator::Sub | ast::Operator::Mult) =>
            {
                sum = outer
            }
            Some(Node::Stmt(ast::Stmt::Assign(assign))) => {
                return matches!(&assign.targets[..], [ast::Expr::Name(name)]
                    if is_told_around(cx, sum, &name.id) && !plain_numbers::is_asked_whether_plain(cx, sum, &name.id));
            }
            Some(Node::Expr(use_)) => return tells(cx, use_, &|side| std::ptr::eq(side, sum)),
            _ => return false,
        }
    }
}

fn is_told_around<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    let mut found = false;
    for stmt in views::enclosing_body(cx, at) {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= matches!(node, Node::Expr(expr) if tells(cx, expr, &|side| views::is_same_name(side, name)));
        });
    }
    found
}

/// Whether an expression asks for equal keys, or takes a key apart.
fn tells<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, is_key: &dyn Fn(&ast::Expr) -> bool) -> bool {
    match expr {
        ast::Expr::Call(call) if last_name(&call.func).is_some_and(|name| KEYS.tell.iter().any(|own| own == name)) => {
            call.args.iter().any(is_key) || matches!(&*call.func, ast::Expr::Attribute(method) if is_key(&method.value))
        }
        // `k // n` alone may be arithmetic with sizes.
        ast::Expr::BinOp(e) if matches!(e.op, ast::Operator::Mod) => {
            is_key(&e.left) && matches!(cx.kind(&e.right), Kind::Int | Kind::Unknown) && !plain_numbers::is_truth(cx, expr)
        }
        _ => false,
    }
}
