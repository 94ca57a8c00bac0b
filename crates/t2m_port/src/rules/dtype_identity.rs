//! `x.dtype is torch.float32`: MLX makes a new object for each dtype that it gives.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;

pub(super) const RULE: Rule =
    Rule { name: "dtype-identity", doc: include_str!("dtype_identity.md"), hook: Hook::Expr(&[Shape::Operation], identity) };

fn identity<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Compare(compare) = expr else { return None };
    let ([op], [right]) = (compare.ops.as_slice(), compare.comparators.as_slice()) else { return None };
    let sign = match op {
        ast::CmpOp::Is => " == ",
        ast::CmpOp::IsNot => " != ",
        _ => return None,
    };
    let (left, right) = (&*compare.left, right);
    let is_none = |side| matches!(cx.kind(side), Kind::None);
    let is_dtype = |side| matches!(cx.kind(side), Kind::DType);
    let is_known = is_dtype(left) || is_dtype(right);
    // `a.dtype is b.dtype` of whatever `a` and `b`: equal dtypes were one object, so `==` asks the same. Not so for a class (`is np.float32`, `is object`),
    // to which dtypes of NumPy's are equal that it is not.
    let may_be = |side: &'a ast::Expr| cx.kind(side).is_unknown() && cx.entity(side).is_none();
    let is_likely = (says_dtype(left) || says_dtype(right)) && may_be(left) && may_be(right);
    if is_none(left) || is_none(right) || !(is_known || is_likely) {
        return None;
    }
    Some(Claim::build(vec![Piece::Expr(left, Prec::BitOr), Piece::text(sign), Piece::Expr(right, Prec::BitOr)], Prec::Compare))
}

/// `x.dtype`, `dtype`, `cfg.param_dtype`
fn says_dtype(side: &ast::Expr) -> bool {
    let name = match side {
        ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
        ast::Expr::Name(name) => name.id.as_str(),
        _ => return false,
    };
    name == "dtype" || name.ends_with("_dtype")
}
