//! `x[0][1:] = y` is `x[0, 1:] = y`: a number selects a view in PyTorch and a copy in MLX, so a write has to name all positions at once.

use t2m_semantic::kind::DType;
use t2m_semantic::{Evidence, Kind};
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use crate::cx::Cx;
use crate::masks;

/// The tensor below the items of a target, and the target as one index of it.
pub(crate) fn joined<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<(&'a ast::Expr, Vec<Piece<'a>>)> {
    let ast::Expr::Subscript(last) = target else { return None };
    let mut indices: Vec<&'a ast::Expr> = vec![&*last.slice];
    let mut owner = &*last.value;
    while let ast::Expr::Subscript(item) = owner {
        // Items of a list of tensors are tensors of their own.
        let fact = cx.fact(&item.value);
        if !(fact.kind.is_tensor() && fact.evidence > Evidence::Assumed) {
            break;
        }
        indices.insert(0, &item.slice);
        owner = &item.value;
    }
    let (outer, before) = indices.split_last()?;
    if before.is_empty() || !before.iter().all(|index| is_number(cx, index)) || !(is_plain(cx, outer) || is_position(cx, outer)) {
        return None;
    }
    let mut pieces = vec![Piece::Expr(owner, Prec::Atom), Piece::text("[")];
    for index in before {
        pieces.extend([Piece::Expr(index, Prec::Tuple), Piece::text(", ")]);
    }
    pieces.extend([Piece::Expr(outer, Prec::Tuple), Piece::text("]")]);
    Some((owner, pieces))
}

/// What `.item()` gives is a whole number where it selects.
fn is_number(cx: &Cx<'_>, index: &ast::Expr) -> bool {
    matches!(cx.kind(index), Kind::Int | Kind::Number)
}

/// The last index alone may be an array as well: it stands beside the numbers in one index as it does behind them. MLX refuses a tuple there.
fn is_position<'a>(cx: &Cx<'a>, index: &'a ast::Expr) -> bool {
    let may_be_position = match cx.kind(index) {
        Kind::Tensor(tensor) => tensor.dtype.is_some_and(|dtype| !matches!(dtype, DType::Bool | DType::UInt8)),
        kind => kind.is_unknown(),
    };
    may_be_position
        && matches!(index, ast::Expr::Name(_) | ast::Expr::Attribute(_) | ast::Expr::Subscript(_) | ast::Expr::Call(_))
        && !masks::is_mask(cx, index)
        && !masks::sounds_like_mask(index)
}

/// Numbers and slices. Arrays behind a slice select otherwise where a number stands before it.
fn is_plain(cx: &Cx<'_>, index: &ast::Expr) -> bool {
    match index {
        ast::Expr::Tuple(items) => !cx.source(index).starts_with('(') && items.elts.iter().all(|item| is_plain(cx, item)),
        ast::Expr::Slice(_) => true,
        ast::Expr::Constant(constant) if matches!(constant.value, ast::Constant::None | ast::Constant::Ellipsis) => true,
        index => is_number(cx, index),
    }
}
