//! `optim.Adam(model.parameters())` in a project with complex parameters, whose parts have moments of their own.

use t2m_syntax::piece::Decision;
use t2m_syntax::{Piece, Prec, ast};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::rows;

pub(super) const RULE: Rule =
    Rule { name: "complex-optimizer", doc: include_str!("complex_optimizer.md"), hook: Hook::Expr(&[Shape::Call], optimizer) };

fn optimizer<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let name = cx.qualified(&call.func)?;
    // What SGD does is linear: the parts go the same way together.
    if !name.starts_with("torch.optim.") || name == "torch.optim.SGD" || !cx.kind(expr).is_optimizer() || !cx.has_complex_parameters() {
        return None;
    }
    let (mut claim, _) = rows::expr(cx, expr)?;
    let Some(Decision::Build(made, _)) = claim.decision.take() else { return Some(claim) };
    let (helper, uses) = cx.member(Module::Compat, "by_parts");
    let mut pieces = vec![Piece::text(format!("{helper}("))];
    pieces.extend(made);
    pieces.push(Piece::text(")"));
    claim.decision = Some(Decision::Build(pieces, Prec::Atom));
    Some(claim.uses(uses))
}
