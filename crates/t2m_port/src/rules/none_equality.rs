//! `x == None`: an MLX array is compared with numbers and arrays alone.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;

pub(super) const RULE: Rule =
    Rule { name: "none-equality", doc: include_str!("none_equality.md"), hook: Hook::Expr(&[Shape::Operation], compared) };

fn compared<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Compare(compare) = expr else { return None };
    let ([op], [ast::Expr::Constant(right)]) = (compare.ops.as_slice(), compare.comparators.as_slice()) else { return None };
    let sign = match op {
        ast::CmpOp::Eq => " is None",
        ast::CmpOp::NotEq => " is not None",
        _ => return None,
    };
    let may_be_tensor = |kind: &Kind| kind.is_tensor() || kind.is_unknown() || kind.is_layer();
    if !right.value.is_none() || !may_be_tensor(&cx.kind(&compare.left)) {
        return None;
    }
    Some(Claim::build(vec![Piece::Expr(&compare.left, Prec::BitOr), Piece::text(sign)], Prec::Compare))
}
