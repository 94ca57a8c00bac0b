//! `(x.add_(1))` as a statement: what becomes an assignment can't stand in parentheses.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Piece, Prec};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;

pub(super) const RULE: Rule = Rule { name: "statement-parens", doc: include_str!("statement_parens.md"), hook: Hook::Stmt(without_parens) };

fn without_parens<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Expr(expr) = stmt else { return None };
    let is_assigned = || matches!(cx.claim(&expr.value)?.decision, Some(Decision::Build(_, Prec::Tuple))).then_some(());
    (expr.value.range() != stmt.range()).then(is_assigned)??;
    Some(StmtClaim::replace(vec![Piece::Expr(&expr.value, Prec::Tuple)]))
}
