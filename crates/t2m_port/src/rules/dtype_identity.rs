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
    let is_none = |side| matches!(cx.kind(side), Kind::None);
    let is_dtype = |side| matches!(cx.kind(side), Kind::DType);
    if is_none(&compare.left) || is_none(right) || !(is_dtype(&compare.left) || is_dtype(right)) {
        return None;
    }
    Some(Claim::build(vec![Piece::Expr(&compare.left, Prec::BitOr), Piece::text(sign), Piece::Expr(right, Prec::BitOr)], Prec::Compare))
}
