//! `h *= prime` and `h <<= 20` of integers from elsewhere, which PyTorch multiplies in place with 64 bits, and MLX with 32.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec};

use super::{Hook, Rule, wide_product};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule = Rule { name: "wide-statement", doc: include_str!("wide_statement.md"), hook: Hook::Stmt(multiplied) };

fn multiplied<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::AugAssign(assign) = stmt else { return None };
    let target @ ast::Expr::Name(name) = &*assign.target else { return None };
    let grows = match assign.op {
        ast::Operator::Mult => wide_product::grows_in_place(cx, target, &name.id, &assign.value),
        ast::Operator::LShift => wide_product::shifts_in_place(cx, target, &name.id, &assign.value),
        _ => false,
    };
    if !grows {
        return None;
    }
    // MLX's arrays take the wider dtype in place, so that whoever holds them sees it.
    let (long_factor, uses) = cx.member(Module::Compat, "long_factor");
    let wide = vec![Piece::text(format!("{long_factor}({}, ", name.id)), Piece::Expr(&assign.value, Prec::Test), Piece::text(")")];
    Some(StmtClaim::edit(vec![Edit::new(assign.value.range(), wide)]).uses(uses))
}
