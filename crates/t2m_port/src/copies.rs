//! `torch.tensor(x)` of a tensor copies its values and leaves its gradient; `mx.array(x)` keeps it.

use t2m_semantic::Kind;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::integers::is_float;
use crate::{integer_uses, reached, receiver};

/// Whether an expression copies values that may have a gradient, as `torch.tensor` and `x.new_tensor` do.
pub(crate) fn is_copy<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    let copies = match (cx.qualified(&call.func), &*call.func) {
        (Some(name), _) => name == "torch.tensor",
        (None, ast::Expr::Attribute(method)) => method.attr.as_str() == "new_tensor",
        _ => false,
    };
    // `torch.tensor(x, dtype=torch.long)`
    let makes_integers = || matches!(cx.kind(expr), Kind::Tensor(made) if made.dtype.is_some_and(|dtype| !is_float(dtype)));
    let has_gradient = |data| may_have_gradient(cx, data) || is_given(cx, data) && !makes_integers();
    copies && receiver::argument(call, 0, "data").is_some_and(has_gradient)
}

/// A tensor of floats, or a list of such.
fn may_have_gradient<'a>(cx: &Cx<'a>, data: &'a ast::Expr) -> bool {
    match data {
        ast::Expr::List(list) => list.elts.iter().any(|item| may_have_gradient(cx, item)),
        ast::Expr::Tuple(tuple) => tuple.elts.iter().any(|item| may_have_gradient(cx, item)),
        ast::Expr::ListComp(list) => may_have_gradient(cx, &list.elt),
        _ => match cx.kind(data) {
            Kind::Unknown => is_computed(cx, data),
            kind => holds_floats(&kind),
        },
    }
}

/// Whether a value of unknown kind is computed as a tensor would be: `x.sum() * 2`. A bare name that the function binds is a number.
fn is_computed<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    match value {
        ast::Expr::BinOp(operation) => is_computed(cx, &operation.left) || is_computed(cx, &operation.right),
        ast::Expr::UnaryOp(operation) => is_computed(cx, &operation.operand),
        ast::Expr::Subscript(item) => is_computed(cx, &item.value),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) => REDUCTIONS.contains(&method.attr.as_str()) && cx.entity(&call.func).is_none(),
            _ => false,
        },
        _ => false,
    }
}

/// What a function that a loss calls is given, which may be a tensor of floats as well as a number: its name does not say that it holds integers.
fn is_given<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = value else { return false };
    cx.kind(value).is_unknown()
        && receiver::is_parameter_around(cx, value, &name.id)
        && !integer_uses::is_name_of_integers(&name.id)
        && reached::is_differentiated_at(cx, value)
}

/// Methods of tensors, and of what else computes with arrays.
const REDUCTIONS: &[&str] = &["sum", "mean", "prod", "max", "min", "norm", "std", "var"];

fn holds_floats(kind: &Kind) -> bool {
    match kind {
        Kind::Tensor(tensor) => tensor.dtype.is_none_or(is_float),
        Kind::Parameter => true,
        Kind::List(inner) | Kind::Seq(inner) => holds_floats(inner),
        _ => false,
    }
}
