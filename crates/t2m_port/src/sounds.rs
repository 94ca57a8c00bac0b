//! What sounds like a tensor where nothing says what it is: `x.abs().mean(0)` of whatever `x`.

use t2m_semantic::tables::signature::Returns;
use t2m_semantic::{FileFacts, FileId};
use t2m_syntax::ast;

use crate::cx::Cx;

/// Whether a value of this file is computed as tensors are: by a method that gives a tensor, if it is one of a tensor, or by arithmetic with such a value.
pub(crate) fn like_tensor(cx: &Cx<'_>, file: FileId, value: &ast::Expr) -> bool {
    sounds(cx, cx.project_facts.file(file), value)
}

fn sounds(cx: &Cx<'_>, facts: &FileFacts, value: &ast::Expr) -> bool {
    let kind = facts.fact(value).kind;
    if !kind.is_unknown() {
        return kind.is_tensor();
    }
    match value {
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) if facts.entity(&call.func).is_none() => gives_tensor(cx, method.attr.as_str()),
            _ => false,
        },
        ast::Expr::BinOp(e) => sounds(cx, facts, &e.left) || sounds(cx, facts, &e.right),
        ast::Expr::UnaryOp(e) => sounds(cx, facts, &e.operand),
        _ => false,
    }
}

/// Whether a method of tensors gives a tensor.
pub(crate) fn gives_tensor(cx: &Cx<'_>, method: &str) -> bool {
    let is_tensor = |returns: &Returns| matches!(returns, Returns::Tensor(_) | Returns::Same);
    cx.tables.has_member(method)
        && cx.tables.lookup(&format!("Tensor.{method}")).any(|(_, signature)| !signature.is_bare && is_tensor(&signature.returns))
}

/// `criterion`, `self.loss_fn`
pub(crate) fn sounds_like_loss(place: &str) -> bool {
    let place = place.to_lowercase();
    place.contains("loss") || place.contains("crit")
}
