//! `nn.init.zeros_(w[:n])`: PyTorch writes through the view, an MLX slice is a copy that has to be stored.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, stale_view, weight_as_tensor};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::fresh_values;
use crate::{in_place, receiver, reshaped_write, storage, views};

pub(super) const RULE: Rule = Rule { name: "initialised-view", doc: include_str!("initialised_view.md"), hook: Hook::Stmt(stmt) };

fn stmt<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Expr(statement) = stmt else { return None };
    let ast::Expr::Call(call) = &*statement.value else { return None };
    let name = cx.qualified(&call.func).filter(|name| name.starts_with("torch.nn.init.") && storage::is_in_place(name))?;
    let target = receiver::argument(call, 0, "tensor")?;
    let target = weight_as_tensor::weight(cx, target).unwrap_or(target);
    let Some(base) = views::base(cx, target).filter(|base| !fresh_values::is_fresh(cx, base)) else {
        // `gate = b[:n]` in front of it, or behind it: the name holds the view.
        let is_place = matches!(target, ast::Expr::Name(_) | ast::Expr::Attribute(_));
        let finding = in_place::lost_write(cx, target, target).filter(|_| is_place);
        return finding.or_else(|| stale_view::stale_name(cx, target, target)).map(StmtClaim::todo);
    };
    if let ast::Expr::Subscript(item) = target
        && views::base(cx, &item.value).is_none()
        && cx.is_pure(target)
    {
        // `view[0]` of `view = w.t()`
        if let Some(finding) = in_place::lost_write(cx, target, target).or_else(|| stale_view::stale_name(cx, &item.value, target)) {
            return Some(StmtClaim::todo(finding));
        }
        return Some(StmtClaim::replace(vec![
            Piece::Expr(target, Prec::Atom),
            Piece::text(" = "),
            Piece::Expr(&statement.value, Prec::Tuple),
        ]));
    }
    if let Some(claim) = reshaped(cx, statement, target) {
        return Some(claim);
    }
    let base = cx.snippet(base);
    let reason = format!("`{name}` writes through a view of `{base}`; an MLX view is a copy, so `{base}` would keep its values");
    let finding = Finding::todo(codes::WRITE_THROUGH_VIEW, stmt.range(), reason);
    Some(StmtClaim::todo(finding.help(format!("initialise `{base}` itself, or store the new value in it"))))
}

/// `nn.init.xavier_uniform_(w.view(w.shape[0], -1))`: drawn in the shape of the view, put back in the tensor's own.
fn reshaped<'a>(cx: &Cx<'a>, statement: &'a ast::StmtExpr, target: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let base = reshaped_write::base_of_tensor(cx, target)?;
    if let Some(finding) = in_place::lost_write(cx, target, base).or_else(|| stale_view::stale_name(cx, base, target)) {
        return Some(StmtClaim::todo(finding));
    }
    Some(StmtClaim::replace(reshaped_write::put_back(base, vec![Piece::Expr(&statement.value, Prec::Atom)], Prec::Atom)))
}
