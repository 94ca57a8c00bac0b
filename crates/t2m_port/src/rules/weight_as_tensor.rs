//! `torch.as_tensor(layer.weight)`: PyTorch gives the weight itself, `mx.array` would make a copy.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;

pub(super) const RULE: Rule =
    Rule { name: "weight-as-tensor", doc: include_str!("weight_as_tensor.md"), hook: Hook::Expr(&[Shape::Call], as_tensor) };

fn as_tensor<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let weight = weight(cx, expr)?;
    Some(Claim::build(vec![Piece::Expr(weight, Prec::Tuple)], cx.prec(weight)))
}

/// The weight that such a call gives. A `weight` of unknown kind may be a list of numbers, but not where it is initialised.
pub(super) fn weight<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let call = cx.call_of(expr, "torch.as_tensor")?;
    let [weight @ ast::Expr::Attribute(member)] = &call.args[..] else { return None };
    let is_initialised = || match cx.parent(expr) {
        Some(Node::Expr(ast::Expr::Call(up))) => cx.qualified(&up.func).is_some_and(|name| name.starts_with("torch.nn.init.")),
        _ => false,
    };
    let is_weight = match cx.kind(weight) {
        Kind::Parameter => true,
        // A bias may be `None`.
        Kind::Tensor(_) | Kind::Optional(_) => is_initialised() || cx.project_facts.is_module(&cx.kind(&member.value)),
        Kind::Unknown => is_initialised(),
        _ => false,
    };
    let keeps_dtype = call.keywords.iter().all(|keyword| keyword.arg.as_deref() == Some("device"));
    (is_weight && keeps_dtype).then_some(weight)
}
