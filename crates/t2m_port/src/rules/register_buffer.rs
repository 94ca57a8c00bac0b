//! Buffers: arrays of a module that are not trained. As plain attributes MLX would train them.

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec, TextRange};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "register-buffer", doc: include_str!("register_buffer.md"), hook: Hook::Expr(&[Shape::Call], register) };

fn register<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    if method.attr.as_str() != "register_buffer" {
        return None;
    }
    let object = &*method.value;
    let is_super = receiver::is_super(cx, object);
    if !is_super && !receiver::is_module(cx, object) && cx.kind(object) != Kind::Unknown {
        return None;
    }
    let first = call.args.iter().map(Ranged::range).chain(call.keywords.iter().map(|kw| kw.range)).min_by_key(|range| range.start())?;
    let (name, uses) = cx.member(Module::Compat, "register_buffer");
    let object = if is_super { Piece::text("self") } else { Piece::Expr(object, Prec::Test) };
    let mut edits = vec![Edit::text(call.func.range(), name), Edit::new(TextRange::empty(first.start()), vec![object, Piece::text(", ")])];
    // The saved state holds int64, as PyTorch's does.
    if let Some(value) = receiver::argument(call, 1, "tensor").filter(|value| is_made_of_integers(cx, value))
        && receiver::argument(call, 2, "persistent").is_none_or(|flag| cx.source(flag) == "True")
    {
        let (int64, core) = cx.member(Module::Core, "int64");
        edits.push(Edit::new(value.range(), vec![Piece::Expr(value, Prec::Atom), Piece::text(format!(".astype({int64})"))]));
        return Some(Claim::edit(edits).uses(uses).uses(core));
    }
    Some(Claim::edit(edits).uses(uses))
}

/// `torch.tensor(0)`, `torch.arange(n)`: PyTorch makes int64 of them, MLX int32.
fn is_made_of_integers<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    let makes = cx.qualified(&call.func).is_some_and(|name| matches!(name, "torch.tensor" | "torch.arange"));
    makes
        && !call.keywords.iter().any(|keyword| keyword.arg.as_deref() == Some("dtype"))
        && matches!(cx.kind(value), Kind::Tensor(tensor) if tensor.dtype == Some(DType::Int64))
}
