//! `torch.as_tensor(layer.weight)`: PyTorch gives the weight itself, `mx.array` would make a copy.

use t2m_semantic::Kind;
use t2m_syntax::Piece;
use t2m_syntax::Prec;
use t2m_syntax::ast;

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;

pub(super) const RULE: Rule =
    Rule { name: "weight-as-tensor", doc: include_str!("weight_as_tensor.md"), hook: Hook::Expr(&[Shape::Call], as_tensor) };

fn as_tensor<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let weight = weight(cx, expr)?;
    Some(Claim::build(vec![Piece::Expr(weight, Prec::Tuple)], cx.prec(weight)))
}

/// The weight that such a call gives.
pub(super) fn weight<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let call = cx.call_of(expr, "torch.as_tensor")?;
    let [weight @ ast::Expr::Attribute(member)] = &call.args[..] else { return None };
    let is_weight = cx.kind(weight) == Kind::Parameter || matches!(member.attr.as_str(), "weight" | "bias") && cx.entity(weight).is_none();
    let keeps_dtype = call.keywords.iter().all(|keyword| keyword.arg.as_deref() == Some("device"));
    (is_weight && keeps_dtype).then_some(weight)
}
