//! `x.diagonal()[:] = 0`: PyTorch writes through the view, an MLX diagonal is a copy that has to be put back.

use t2m_syntax::Piece;
use t2m_syntax::Prec;
use t2m_syntax::ast;

use super::{Hook, Rule, stale_view};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::{diagonal_write, in_place};

pub(super) const RULE: Rule = Rule { name: "diagonal-item", doc: include_str!("diagonal_item.md"), hook: Hook::Stmt(write) };

fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [target @ ast::Expr::Subscript(items)] = &assign.targets[..] else { return None };
    let diagonal =
        diagonal_write::diagonal(cx, &items.value).filter(|diagonal| cx.kind(diagonal.base).is_tensor() && is_all(&items.slice))?;
    if let Some(finding) = in_place::lost_write(cx, target, diagonal.base).or_else(|| stale_view::stale_name(cx, diagonal.base, target)) {
        return Some(StmtClaim::todo(finding));
    }
    let (whole, uses) = diagonal.by(cx, "diagonal_scatter", vec![Piece::Expr(&assign.value, Prec::Named)], Prec::Named);
    let mut pieces = vec![Piece::Expr(diagonal.base, Prec::Atom), Piece::text("[:] = ")];
    pieces.extend(whole);
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// `:` or `...`
fn is_all(index: &ast::Expr) -> bool {
    match index {
        ast::Expr::Slice(slice) => slice.lower.is_none() && slice.upper.is_none() && slice.step.is_none(),
        ast::Expr::Constant(constant) => constant.value == ast::Constant::Ellipsis,
        _ => false,
    }
}
