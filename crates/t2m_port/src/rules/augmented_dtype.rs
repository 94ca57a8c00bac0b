//! `total += x` of a float16 `total`: PyTorch keeps its dtype, MLX promotes.

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;

pub(super) const RULE: Rule = Rule { name: "augmented-dtype", doc: include_str!("augmented_dtype.md"), hook: Hook::Stmt(augmented) };

fn augmented<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::AugAssign(assign) = stmt else { return None };
    // Items of arrays are cast by the assignment.
    if !matches!(&*assign.target, ast::Expr::Name(_) | ast::Expr::Attribute(_)) || !cx.is_simple(&assign.target) {
        return None;
    }
    let Kind::Tensor(target) = cx.kind(&assign.target) else { return None };
    let value = cx.kind(&assign.value);
    let is_half = matches!(target.dtype, Some(DType::Float16 | DType::BFloat16));
    let takes_double = target.dtype != Some(DType::Float64) && matches!(value, Kind::Tensor(value) if value.dtype == Some(DType::Float64));
    if !is_half && !takes_double {
        return None;
    }
    match value {
        Kind::Tensor(value) if value.dtype != target.dtype => {
            let pieces = vec![
                Piece::Expr(&assign.value, Prec::Atom),
                Piece::text(".astype("),
                Piece::Expr(&assign.target, Prec::Atom),
                Piece::text(".dtype)"),
            ];
            Some(StmtClaim::edit(vec![Edit::new(assign.value.range(), pieces)]))
        }
        // A number or a tensor: the assignment casts.
        Kind::Unknown if target.rank.is_some_and(|rank| rank > 0) => {
            let sign = super::index::sign(assign.op);
            Some(StmtClaim::replace(vec![
                Piece::Expr(&assign.target, Prec::Atom),
                Piece::text("[:] = "),
                Piece::Expr(&assign.target, Prec::Atom),
                Piece::text(format!(" {sign} ")),
                Piece::Expr(&assign.value, Prec::Unary),
            ]))
        }
        _ => None,
    }
}
