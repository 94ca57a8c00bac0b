//! MLX records no gradient unless a function is differentiated, so a block or decorator that switches recording off has nothing to do.

use t2m_syntax::Piece;
use t2m_syntax::ast;

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;

pub(super) const RULE: Rule = Rule { name: "no-grad", doc: include_str!("no_grad.md"), hook: Hook::Stmt(no_grad) };

fn no_grad<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::With(with) = stmt else { return None };
    let switches_off = |item: &ast::WithItem| {
        let ast::Expr::Call(call) = &item.context_expr else { return false };
        item.optional_vars.is_none() && matches!(cx.qualified(&call.func), Some("torch.no_grad" | "torch.inference_mode"))
    };
    with.items.iter().all(switches_off).then(|| StmtClaim::replace(vec![Piece::Suite(&with.body, 0)]))
}
