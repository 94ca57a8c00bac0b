//! `x.view(-1).index_add_(0, i, y)`: a reshape is a view in PyTorch and a copy in MLX, so what changed is put back in the tensor's own shape.

use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use crate::cx::Cx;
use crate::views;

/// `x` of `x.view(-1)`, if it can be named again.
pub(crate) fn base<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<&'a ast::Expr> {
    base_of_tensor(cx, target).filter(|base| cx.kind(base).is_tensor())
}

/// `x` of `x.view(-1)`, which is known to be a tensor.
pub(crate) fn base_of_tensor<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Call(call) = target else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let base = &*method.value;
    let is_reshape = views::only_reshapes(&method.attr) && cx.entity(&call.func).is_none();
    // `x.view(torch.int32)` reads the bits as other numbers.
    let is_other_dtype = method.attr.as_str() == "view"
        && call.args.first().is_none_or(|arg| cx.qualified(arg).is_some() || cx.kind(arg).is_unknown() && call.args.len() == 1);
    let is_owner = matches!(base, ast::Expr::Name(_) | ast::Expr::Attribute(_)) && cx.is_simple(base);
    (is_reshape && !is_other_dtype && is_owner).then_some(base)
}

/// The value in the shape of the tensor.
pub(crate) fn put_back<'a>(base: &'a ast::Expr, value: Vec<Piece<'a>>, prec: Prec) -> Vec<Piece<'a>> {
    let is_bare = prec != Prec::Atom;
    let mut pieces = vec![Piece::Expr(base, Prec::Atom), Piece::text(if is_bare { "[:] = (" } else { "[:] = " })];
    pieces.extend(value);
    pieces.extend(is_bare.then(|| Piece::text(")")));
    pieces.extend([Piece::text(".reshape("), Piece::Expr(base, Prec::Atom), Piece::text(".shape)")]);
    pieces
}
