//! `x // 0.1`: MLX rounds the quotient first, PyTorch takes what the exact remainder leaves.

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule =
    Rule { name: "floor-division", doc: include_str!("floor_division.md"), hook: Hook::Expr(&[Shape::Operation], quotient) };

fn quotient<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::BinOp(e) = expr else { return None };
    if !matches!(e.op, ast::Operator::FloorDiv) || !cx.kind(&e.left).is_tensor() || !divides_by_fraction(cx, e) {
        return None;
    }
    let (floor_divide, uses) = cx.member(Module::Compat, "floor_divide");
    let pieces = vec![
        Piece::text(format!("{floor_divide}(")),
        Piece::Expr(&e.left, Prec::Test),
        Piece::text(", "),
        Piece::Expr(&e.right, Prec::Test),
        Piece::text(")"),
    ];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// A divisor that is known to be no integer. Division by an integer rounds nothing that floor would show.
fn divides_by_fraction(cx: &Cx<'_>, e: &ast::ExprBinOp) -> bool {
    match cx.kind(&e.right) {
        Kind::Float => true,
        Kind::Tensor(divisor) => matches!(divisor.dtype, Some(DType::Float16 | DType::BFloat16 | DType::Float32 | DType::Float64)),
        _ => false,
    }
}
