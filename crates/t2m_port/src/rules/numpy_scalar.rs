//! `np.sqrt(2.0) * x`: a NumPy number on the left takes an MLX array for one of NumPy's, and gives one of those.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::views;

pub(super) const RULE: Rule =
    Rule { name: "numpy-scalar", doc: include_str!("numpy_scalar.md"), hook: Hook::Expr(&[Shape::Operation], left) };

fn left<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::BinOp(e) = expr else { return None };
    let right = cx.kind(&e.right);
    let may_be_tensor = right.is_tensor() || right.is_unknown() && cx.entity(&e.right).is_none() && !mentions_numpy(cx, &e.right);
    if !may_be_tensor || !is_numpy_number(cx, &e.left, true) {
        return None;
    }
    let pieces = vec![Piece::text("float("), Piece::Expr(&e.left, Prec::Test), Piece::text(")")];
    Some(Claim::edit(vec![Edit::new(e.left.range(), pieces)]))
}

/// `np.sqrt(2.0)`, `np.float32(0.5)`, and a name that is bound to such.
fn is_numpy_number<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, by_name: bool) -> bool {
    const FUNCTIONS: &[&str] = &[
        "sqrt", "log", "log2", "log10", "exp", "sin", "cos", "tan", "tanh", "power", "float32", "float64", "float16", "square", "deg2rad",
        "prod", "abs", "ceil", "floor",
    ];
    match expr {
        ast::Expr::Call(call) => {
            let is_one =
                cx.qualified(&call.func).and_then(|name| name.strip_prefix("numpy.")).is_some_and(|name| FUNCTIONS.contains(&name));
            is_one && !call.args.is_empty() && call.args.iter().all(|arg| is_number(cx, arg))
        }
        ast::Expr::Name(name) if by_name => match views::bindings(views::enclosing_body(cx, expr), &name.id)[..] {
            [(Node::Stmt(ast::Stmt::Assign(assign)), value)] => {
                matches!(&assign.targets[..], [ast::Expr::Name(_)]) && is_numpy_number(cx, value, false)
            }
            _ => false,
        },
        ast::Expr::UnaryOp(e) => is_numpy_number(cx, &e.operand, by_name),
        ast::Expr::BinOp(e) => {
            is_numpy_number(cx, &e.left, by_name) && (is_number(cx, &e.right) || is_numpy_number(cx, &e.right, by_name))
                || is_number(cx, &e.left) && is_numpy_number(cx, &e.right, by_name)
        }
        _ => false,
    }
}

fn is_number(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    cx.kind(expr).is_number()
}

fn mentions_numpy<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut found = false;
    Node::Expr(expr).walk(&mut |node| {
        if let Node::Expr(part) = node {
            found |= cx.kind(part) == Kind::Ndarray || cx.qualified(part).is_some_and(|name| name.starts_with("numpy."));
        }
    });
    found
}
