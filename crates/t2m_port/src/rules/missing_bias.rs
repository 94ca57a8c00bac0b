//! `m.bias is not None`: a native MLX layer without a bias has no such attribute.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec};

use super::{Hook, Rule};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "missing-bias", doc: include_str!("missing_bias.md"), hook: Hook::Expr(compared) };

/// The layers that are MLX's own in the port, and may lack these arrays.
const NATIVE: &[&str] = &["torch.nn.Linear", "torch.nn.LayerNorm", "torch.nn.RMSNorm"];

fn compared<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Compare(compare) = expr else { return None };
    let ([ast::CmpOp::Is | ast::CmpOp::IsNot | ast::CmpOp::Eq | ast::CmpOp::NotEq], [ast::Expr::Constant(none)]) =
        (&compare.ops[..], &compare.comparators[..])
    else {
        return None;
    };
    let ast::Expr::Attribute(attribute) = &*compare.left else { return None };
    let name = attribute.attr.as_str();
    let object = &*attribute.value;
    if !none.value.is_none() || !matches!(name, "bias" | "weight") || receiver::self_class(cx, object).is_some() {
        return None;
    }
    let may_lack = match cx.kind(object) {
        Kind::Layer(layer) => NATIVE.contains(&layer.as_str()),
        Kind::Unknown | Kind::Module => cx.entity(object).is_none(),
        _ => false,
    };
    may_lack.then(|| {
        let pieces = vec![Piece::text("getattr("), Piece::Expr(object, Prec::Test), Piece::text(format!(", \"{name}\", None)"))];
        Claim::edit(vec![Edit::new(attribute.range(), pieces)])
    })
}
