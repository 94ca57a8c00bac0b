//! `a @ b` of integers, which MLX does not multiply.

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule =
    Rule { name: "integer-matmul", doc: include_str!("integer_matmul.md"), hook: Hook::Expr(&[Shape::Operation], product) };

fn product<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::BinOp(e) = expr else { return None };
    if !matches!(e.op, ast::Operator::MatMult) || !is_integer(cx, &e.left) || !is_integer(cx, &e.right) {
        return None;
    }
    let (matmul, uses) = cx.member(Module::Compat, "int_matmul");
    let pieces = vec![
        Piece::text(format!("{matmul}(")),
        Piece::Expr(&e.left, Prec::Test),
        Piece::text(", "),
        Piece::Expr(&e.right, Prec::Test),
        Piece::text(")"),
    ];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

fn is_integer(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(
        cx.kind(expr),
        Kind::Tensor(tensor) if matches!(tensor.dtype, Some(DType::UInt8 | DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64))
    )
}
