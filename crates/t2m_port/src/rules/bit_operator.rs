//! `1 << x`, `True & mask`: MLX arrays have no bit operators for a number on the left.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape, wide_product};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule =
    Rule { name: "bit-operator", doc: include_str!("bit_operator.md"), hook: Hook::Expr(&[Shape::Operation], reflected) };

fn reflected<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::BinOp(e) = expr else { return None };
    let right = cx.kind(&e.right);
    if !matches!(cx.kind(&e.left), Kind::Int | Kind::Bool) || !(right.is_tensor() || right.is_unknown()) {
        return None;
    }
    let (sign, prec) = match e.op {
        ast::Operator::BitAnd => (" & ", Prec::BitAnd),
        ast::Operator::BitOr => (" | ", Prec::BitOr),
        ast::Operator::BitXor => (" ^ ", Prec::BitXor),
        ast::Operator::LShift | ast::Operator::RShift if right.is_tensor() => {
            let name = if matches!(e.op, ast::Operator::LShift) { "left_shift" } else { "right_shift" };
            let (shift, mut uses) = cx.member(Module::Core, name);
            let (mut open, mut close) = (", ".to_owned(), ")");
            // `1 << places` has the bits of the places.
            if matches!(e.op, ast::Operator::LShift) && wide_product::may_be_narrow(cx, &e.right) {
                let (long_any, more) = cx.member(Module::Compat, "long_any");
                uses.extend(&more);
                (open, close) = (format!(", {long_any}("), "))");
            }
            let pieces = vec![
                Piece::text(format!("{shift}(")),
                Piece::Expr(&e.left, Prec::Test),
                Piece::text(open),
                Piece::Expr(&e.right, Prec::Test),
                Piece::text(close),
            ];
            return Some(Claim::build(pieces, Prec::Atom).uses(uses));
        }
        _ => return None,
    };
    // The order makes no difference to numbers either.
    if !cx.is_pure(&e.left) || !cx.is_pure(&e.right) {
        return None;
    }
    Some(Claim::build(vec![Piece::Expr(&e.right, prec), Piece::text(sign), Piece::Expr(&e.left, Prec::Arith)], prec))
}
