//! `x // 0.1`: MLX rounds the quotient first, PyTorch takes what the exact remainder leaves.

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::{Claim, StmtClaim};
use crate::cx::Cx;
use crate::names::Module;

pub(super) const EXPR: Rule =
    Rule { name: "floor-division", doc: include_str!("floor_division.md"), hook: Hook::Expr(&[Shape::Operation], quotient) };
pub(super) const STMT: Rule = Rule { name: "floor-division", doc: include_str!("floor_division.md"), hook: Hook::Stmt(in_place) };

fn quotient<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::BinOp(e) = expr else { return None };
    if !matches!(e.op, ast::Operator::FloorDiv) || !cx.kind(&e.left).is_tensor() || !is_fraction(cx, &e.right) {
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

/// `x //= 0.1`
fn in_place<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::AugAssign(assign) = stmt else { return None };
    let is_variable = matches!(&*assign.target, ast::Expr::Name(_) | ast::Expr::Attribute(_)) && cx.is_simple(&assign.target);
    let is_division = is_variable && matches!(assign.op, ast::Operator::FloorDiv);
    if !is_division || !cx.kind(&assign.target).is_tensor() || !is_fraction(cx, &assign.value) {
        return None;
    }
    let (floor_divide, uses) = cx.member(Module::Compat, "floor_divide");
    let pieces = vec![
        Piece::Expr(&assign.target, Prec::Atom),
        Piece::text(format!("[:] = {floor_divide}(")),
        Piece::Expr(&assign.target, Prec::Test),
        Piece::text(", "),
        Piece::Expr(&assign.value, Prec::Test),
        Piece::text(")"),
    ];
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// A divisor that is known to be no integer. Division by an integer rounds nothing that floor would show.
fn is_fraction(cx: &Cx<'_>, divisor: &ast::Expr) -> bool {
    match cx.kind(divisor) {
        Kind::Float => true,
        Kind::Tensor(divisor) => matches!(divisor.dtype, Some(DType::Float16 | DType::BFloat16 | DType::Float32 | DType::Float64)),
        _ => false,
    }
}
