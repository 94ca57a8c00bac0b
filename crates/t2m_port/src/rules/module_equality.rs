//! `a == b` of modules, `module in modules`: PyTorch's compare by identity, MLX's are dicts, which compare what they hold.

use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "module-equality", doc: include_str!("module_equality.md"), hook: Hook::Expr(&[Shape::Operation], compared) };

fn compared<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Compare(compare) = expr else { return None };
    let ([op], [right]) = (&compare.ops[..], &compare.comparators[..]) else { return None };
    let left = &*compare.left;
    let side = |expr| Piece::Expr(expr, Prec::BitOr);
    let by_identity = |sign: &str| {
        let concerned = has_identity(cx, left) || has_identity(cx, right);
        concerned.then(|| Claim::build(vec![side(left), Piece::text(sign.to_owned()), side(right)], Prec::Compare))
    };
    let among_items = |before: &str, prec| {
        // A list of modules that is one comparison after the other; sets and dicts are asked by their hashes.
        let concerned = has_identity(cx, left) && cx.is_simple(left);
        let item = if cx.snippet(left) == "item" || cx.snippet(right).contains("item") { "other" } else { "item" };
        concerned.then(|| {
            let pieces = vec![
                Piece::text(format!("{before}any(")),
                side(left),
                Piece::text(format!(" is {item} for {item} in ")),
                side(right),
                Piece::text(")"),
            ];
            Claim::build(pieces, prec)
        })
    };
    match op {
        ast::CmpOp::Eq => by_identity(" is "),
        ast::CmpOp::NotEq => by_identity(" is not "),
        ast::CmpOp::In => among_items("", Prec::Atom),
        ast::CmpOp::NotIn => among_items("not ", Prec::Not),
        _ => None,
    }
}

/// A module whose class has no equality of its own.
pub(super) fn has_identity<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let has_own = receiver::class_of(cx, expr).is_some_and(|class| cx.project_facts.lookup_method(class, "__eq__").is_some());
    receiver::is_module(cx, expr) && !has_own
}
