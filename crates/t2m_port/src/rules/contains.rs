//! `value in tensor`: MLX compares row by row, and can't say whether a row is true.

use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule = Rule { name: "contains", doc: include_str!("contains.md"), hook: Hook::Expr(&[Shape::Operation], contains) };

fn contains<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Compare(compare) = expr else { return None };
    let ([op], [array]) = (&compare.ops[..], &compare.comparators[..]) else { return None };
    let (before, prec) = match op {
        ast::CmpOp::In => ("", Prec::Atom),
        ast::CmpOp::NotIn => ("not ", Prec::Not),
        _ => return None,
    };
    if !cx.kind(array).is_tensor() {
        return None;
    }
    let (any, uses) = cx.member(Module::Core, "any");
    let pieces = vec![
        Piece::text(format!("{before}{any}(")),
        Piece::Expr(&compare.left, Prec::BitOr),
        Piece::text(" == "),
        Piece::Expr(array, Prec::BitOr),
        Piece::text(").item()"),
    ];
    Some(Claim::build(pieces, prec).uses(uses))
}
