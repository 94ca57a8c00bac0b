//! `y.exp_().div_(y.sum())`: what a later argument of the chain reads is written on a line of its own before.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, NodeId, Piece, Prec, TextRange};

use super::{Hook, Rule};
use crate::claim::{Claim, Origin, StmtClaim};
use crate::cx::Cx;
use crate::names::Uses;
use crate::{chained_writes, in_place};

pub(super) const RULE: Rule = Rule { name: "chained-write", doc: include_str!("chained_write.md"), hook: Hook::Stmt(written_first) };

fn written_first<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Expr(statement) = stmt else { return None };
    let expr = &*statement.value;
    let steps = chained_writes::steps(cx, expr);
    // A chain that something else than rows has written is left to that.
    let is_stored = |expr: &ast::Expr| {
        let decided = cx.exprs.get(&NodeId::from(expr));
        decided.is_some_and(|(claim, origin)| matches!(origin, Origin::Row(_)) && claim.findings.iter().all(|finding| !finding.is_todo))
    };
    if steps.is_empty() || !chained_writes::has_lines(cx, expr) || !is_stored(expr) {
        return None;
    }
    let mut lines = Vec::new();
    let mut uses = Uses::default();
    for step in steps {
        let value = Claim::build(vec![Piece::Expr(step, Prec::Named)], Prec::Named);
        match in_place::write(cx, in_place::binds_anew(cx, step), expr, expr, value) {
            Ok(Claim { decision: Some(t2m_syntax::Decision::Build(line, _)), uses: more, .. }) => {
                lines.extend(line);
                lines.push(Piece::NewLine(0));
                uses.extend(&more);
            }
            Ok(_) => return None,
            Err(finding) => return Some(StmtClaim::todo(finding)),
        }
    }
    Some(StmtClaim::edit(vec![Edit::new(TextRange::empty(stmt.range().start()), lines)]).uses(uses))
}
