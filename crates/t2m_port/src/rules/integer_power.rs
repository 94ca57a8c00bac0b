//! `(-1) ** k`: MLX has 0 for negative powers of integers, also for those of 1 and -1.

use t2m_semantic::kind::DType;
use t2m_semantic::{Kind, tables::predicate};
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule =
    Rule { name: "integer-power", doc: include_str!("integer_power.md"), hook: Hook::Expr(&[Shape::Operation], power) };

fn power<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::BinOp(e) = expr else { return None };
    if !matches!(e.op, ast::Operator::Pow) {
        return None;
    }
    let exponent = cx.kind(&e.right);
    let is_sign = is_minus_one(&e.left);
    if is_sign && is_integers(&exponent) {
        let pieces = vec![Piece::text("1 - 2 * ("), Piece::Expr(&e.right, Prec::Term), Piece::text(" % 2)")];
        return Some(Claim::build(pieces, Prec::Arith));
    }
    let asks_at_run_time = is_sign && exponent.is_tensor() && predicate::known_dtype(&exponent).is_none();
    let are_integers = is_integers(&cx.kind(&e.left)) && is_integers(&exponent);
    if !asks_at_run_time && !are_integers {
        return None;
    }
    let (torch_pow, uses) = cx.member(Module::Compat, "torch_pow");
    let pieces = vec![
        Piece::text(format!("{torch_pow}(")),
        Piece::Expr(&e.left, Prec::Test),
        Piece::text(", "),
        Piece::Expr(&e.right, Prec::Test),
        Piece::text(")"),
    ];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// `-1`, which alternates. `-1.0` is a float, whose powers MLX has.
fn is_minus_one(expr: &ast::Expr) -> bool {
    let ast::Expr::UnaryOp(minus) = expr else { return false };
    let ast::Expr::Constant(constant) = &*minus.operand else { return false };
    matches!(minus.op, ast::UnaryOp::USub) && matches!(&constant.value, ast::Constant::Int(one) if one.to_string() == "1")
}

fn is_integers(kind: &Kind) -> bool {
    let dtype = if kind.is_tensor() { predicate::known_dtype(kind) } else { None };
    matches!(dtype, Some(DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64))
}
