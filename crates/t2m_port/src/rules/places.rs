//! What the rules about devices ask: is this a device, a dtype, does this claim come to nothing.

use t2m_semantic::tables::Returns;
use t2m_semantic::tables::signature::Word;
use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast;
use t2m_syntax::{Decision, Piece};

use crate::cx::Cx;

/// Types of devices in PyTorch.
const DEVICE_TYPES: &[&str] = &["cpu", "cuda", "mps", "meta", "xpu", "npu", "hpu", "xla", "gpu"];

/// Calls that give a device.
const DEVICE_CALLS: &[&str] =
    &["torch.device", "torch.cuda.current_device", "torch.get_default_device", "torch.accelerator.current_accelerator"];

/// Whether the expression is a device or the name of one: by its kind, by what it is made of, or by the name that everyone uses for it.
pub(crate) fn is_device(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    match cx.kind(expr) {
        Kind::Device => return true,
        Kind::Str if !matches!(expr, ast::Expr::Constant(_)) => return true,
        Kind::Unknown | Kind::Str | Kind::None | Kind::Int | Kind::Optional(_) => {}
        _ => return false,
    }
    match expr {
        ast::Expr::Constant(constant) => match &constant.value {
            ast::Constant::Str(text) => DEVICE_TYPES.contains(&text.split(':').next().unwrap_or(text)),
            ast::Constant::Int(_) => true,
            _ => false,
        },
        ast::Expr::JoinedStr(_) => true,
        ast::Expr::Name(name) => is_device_name(&name.id),
        ast::Expr::Attribute(attribute) => is_device_name(&attribute.attr),
        ast::Expr::Subscript(subscript) => match &*subscript.value {
            ast::Expr::Name(name) => is_device_name(name.id.trim_end_matches('s')),
            ast::Expr::Attribute(attribute) => is_device_name(attribute.attr.trim_end_matches('s')),
            _ => false,
        },
        ast::Expr::Call(call) => match cx.entity(&call.func) {
            Some(Entity::Library(name)) => DEVICE_CALLS.contains(&name.as_str()),
            Some(Entity::Builtin(name)) => name == "str" && call.args.first().is_some_and(|arg| is_device(cx, arg)),
            _ => last_name(&call.func).is_some_and(is_device_name),
        },
        ast::Expr::IfExp(choice) => is_device(cx, &choice.body) && is_device(cx, &choice.orelse),
        ast::Expr::BoolOp(either) => {
            let (first, last) = (either.values.first(), either.values.last());
            first.is_some_and(|e| is_device(cx, e)) && last.is_some_and(|e| is_device(cx, e))
        }
        _ => false,
    }
}

/// `device`, `torch_device`, `DEVICE`, `get_device`, `local_rank`.
fn is_device_name(name: &str) -> bool {
    let name = name.to_lowercase();
    name.ends_with("device") || matches!(name.as_str(), "dev" | "gpu" | "gpu_id" | "rank" | "local_rank")
}

/// Whether the expression is a dtype: by its kind, or by the name that everyone uses for it.
pub(crate) fn is_dtype(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    if let Some(name) = cx.qualified(expr) {
        return cx.tables.lookup(name).any(|(_, signature)| matches!(signature.returns, Returns::Word(Word::DType)));
    }
    match cx.kind(expr) {
        Kind::DType => return true,
        Kind::Unknown => {}
        _ => return false,
    }
    match expr {
        ast::Expr::Name(_) | ast::Expr::Attribute(_) => last_name(expr).is_some_and(|name| name.to_lowercase().ends_with("dtype")),
        ast::Expr::IfExp(choice) => is_dtype(cx, &choice.body) && is_dtype(cx, &choice.orelse),
        _ => false,
    }
}

/// `name` of `name` and `a.b.name`.
pub(crate) fn last_name(expr: &ast::Expr) -> Option<&str> {
    match expr {
        ast::Expr::Name(name) => Some(&name.id),
        ast::Expr::Attribute(attribute) => Some(&attribute.attr),
        _ => None,
    }
}

/// What an expression comes to where its claim says that it is just one of its parts: `x` for `x.to(device)`.
pub(crate) fn residual<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> &'a ast::Expr {
    match cx.claim(expr).and_then(|claim| claim.decision.as_ref()) {
        Some(Decision::Build(pieces, _)) => match &pieces[..] {
            [Piece::Expr(part, _)] => residual(cx, part),
            _ => expr,
        },
        _ => expr,
    }
}

/// The new text of an expression, where it is nothing else: `False` for `torch.cuda.is_available()`.
pub(crate) fn new_text<'c>(cx: &'c Cx<'_>, expr: &ast::Expr) -> Option<&'c str> {
    match cx.claim(expr)?.decision.as_ref()? {
        Decision::Build(pieces, _) => match &pieces[..] {
            [Piece::Text(text)] => Some(text),
            _ => None,
        },
        Decision::Edit(_) => None,
    }
}

/// [`residual`] of an expression that may live shorter than the file.
pub(crate) fn residual_of<'c>(cx: &'c Cx<'_>, expr: &'c ast::Expr) -> &'c ast::Expr {
    match cx.claim(expr).and_then(|claim| claim.decision.as_ref()) {
        Some(Decision::Build(pieces, _)) => match &pieces[..] {
            [Piece::Expr(part, _)] => residual_of(cx, part),
            _ => expr,
        },
        _ => expr,
    }
}
