//! `np.sqrt(2.0) * x`: a NumPy number on the left takes an MLX array for one of NumPy's, and gives one of those.

use t2m_semantic::Kind;
use t2m_semantic::kind::NumpyKind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, ranges};

use super::{Hook, Rule, Shape, only_tensors_have};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::reached::is_differentiated_at;
use crate::{receiver, views};

pub(super) const RULE: Rule =
    Rule { name: "numpy-scalar", doc: include_str!("numpy_scalar.md"), hook: Hook::Expr(&[Shape::Operation], left) };

fn left<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (left, right) = match expr {
        ast::Expr::BinOp(e) => (&*e.left, &*e.right),
        ast::Expr::Compare(e) => match (&e.ops[..], &e.comparators[..]) {
            ([ast::CmpOp::Is | ast::CmpOp::IsNot | ast::CmpOp::In | ast::CmpOp::NotIn], _) => return None,
            ([_], [right]) => (&*e.left, right),
            _ => return None,
        },
        _ => return None,
    };
    let Kind::Numpy(numpy) = cx.kind(left) else { return None };
    // PyTorch takes no NumPy array there: what stands beside a tensor is a number.
    let is_number = cx.kind(right).is_tensor() || numpy.is_number && may_be_tensor(cx, right);
    // The helper leaves arrays alone. What a function is given is asked about: nothing else may tell that it is a tensor.
    let may_be_number = || {
        expr.is_bin_op_expr()
            && may_be_tensor(cx, right)
            && (is_computed(cx, right) || names_array(cx, left) && holds_given(cx, right) || is_differentiated_at(cx, expr))
    };
    if !is_number && !may_be_number() {
        return None;
    }
    let (function, uses) = match numpy {
        NumpyKind { is_float: true, .. } if is_number => ("float".to_owned(), None),
        _ => {
            let (name, uses) = cx.member(Module::Compat, "python_number");
            (name, Some(uses))
        }
    };
    let pieces = vec![Piece::text(format!("{function}(")), Piece::Expr(left, Prec::Test), Piece::text(")")];
    // `(1 - a) * x`: the call has parentheses of its own.
    let written = ranges::own_parens(cx.file, left, expr.range());
    let claim = Claim::edit(vec![Edit::new(written, pieces)]);
    Some(match uses {
        Some(uses) => claim.uses(uses),
        None => claim,
    })
}

fn may_be_tensor<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    // Ex) `low + (high - low) * x`: what is a number of NumPy's in the product is none in the port.
    let is_asked = || expr.is_bin_op_expr() && left(cx, expr).is_some();
    cx.kind(expr).is_unknown() && cx.entity(expr).is_none() && (!mentions_numpy(cx, expr) || is_asked())
}

/// Whether something is computed by a method that tensors have and NumPy's arrays lack: `x.pow(2).mean()`, `f.abs().mean()`.
fn is_computed<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut found = false;
    Node::Expr(expr).walk(&mut |node| {
        found |= matches!(node, Node::Expr(ast::Expr::Call(call)) if matches!(&*call.func, ast::Expr::Attribute(method)
            if (only_tensors_have(&method.attr) || method.attr.as_str() == "abs") && cx.entity(&call.func).is_none()));
    });
    found
}

/// `betas[t]`, `np.sqrt(betas[t])`: of what is known to be NumPy's, and not of what a function of NumPy's is given.
fn names_array<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut found = false;
    Node::Expr(expr).walk(&mut |node| {
        found |= matches!(node, Node::Expr(part @ (ast::Expr::Name(_) | ast::Expr::Attribute(_)))
            if matches!(cx.kind(part), Kind::Ndarray | Kind::Numpy(_)));
    });
    found
}

/// `x`, `x[0]` and `(x ** 2).mean()` of a function's parameter `x`, or of its items.
fn holds_given<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match expr {
        ast::Expr::Name(name) => receiver::is_parameter_around(cx, expr, &name.id) || is_item_of_given(cx, expr, &name.id),
        ast::Expr::Subscript(item) => holds_given(cx, &item.value),
        ast::Expr::BinOp(e) => holds_given(cx, &e.left) || holds_given(cx, &e.right),
        ast::Expr::UnaryOp(e) => holds_given(cx, &e.operand),
        ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Attribute(method) if holds_given(cx, &method.value)),
        _ => false,
    }
}

/// `x` of `for i, x in enumerate(xs)`, where `xs` is a parameter.
fn is_item_of_given<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &str) -> bool {
    let is_given = |value: &'a ast::Expr| matches!(value, ast::Expr::Name(all) if receiver::is_parameter_around(cx, at, &all.id));
    views::bindings(views::enclosing_body(cx, at), name).into_iter().any(|(node, walked)| {
        let is_loop = matches!(node, Node::Stmt(ast::Stmt::For(_)));
        is_loop && (is_given(walked) || matches!(walked, ast::Expr::Call(call) if call.args.iter().any(is_given)))
    })
}

fn mentions_numpy<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut found = false;
    Node::Expr(expr).walk(&mut |node| {
        if let Node::Expr(part) = node {
            found |= matches!(cx.kind(part), Kind::Ndarray | Kind::Numpy(_))
                || cx.qualified(part).is_some_and(|name| name.starts_with("numpy."));
        }
    });
    found
}
