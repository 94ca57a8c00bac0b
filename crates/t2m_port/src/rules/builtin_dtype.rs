//! `dtype=int`: PyTorch takes Python's number types for dtypes, MLX does not.

use t2m_semantic::Entity;
use t2m_syntax::{Node, Prec, ast};

use super::{Hook, Rule, Shape, to};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::rows;

pub(super) const RULE: Rule =
    Rule { name: "builtin-dtype", doc: include_str!("builtin_dtype.md"), hook: Hook::Expr(&[Shape::Name], builtin) };

fn builtin<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Name(_) = expr else { return None };
    let Some(Entity::Builtin(name)) = cx.entity(expr) else { return None };
    let dtype = match name.as_str() {
        "int" => "torch.int64",
        "float" => "torch.float64",
        "bool" => "torch.bool",
        _ => return None,
    };
    let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr) else { return None };
    let is_dtype = call.keywords.iter().any(|kw| kw.arg.as_deref() == Some("dtype") && std::ptr::eq(&kw.value, expr));
    let is_meant = is_dtype && (is_of_torch(cx, &call.func) || is_of_tensor(cx, &call.func));
    // `mask.to(bool)`
    let is_cast = || call.args.first().is_some_and(|arg| std::ptr::eq(arg, expr)) && to::casts_tensor(cx, call);
    // `torch.finfo(float)`
    let is_asked = || {
        call.args.first().is_some_and(|arg| std::ptr::eq(arg, expr))
            && matches!(cx.qualified(&call.func), Some("torch.finfo" | "torch.iinfo"))
    };
    if !is_meant && !is_cast() && !is_asked() {
        return None;
    }
    let (text, uses) = rows::value_text(cx, dtype)?;
    Some(Claim::text(text, Prec::Atom).uses(uses))
}

fn is_of_torch(cx: &Cx<'_>, func: &ast::Expr) -> bool {
    cx.qualified(func).is_some_and(crate::imports::is_torch_family)
}

fn is_of_tensor(cx: &Cx<'_>, func: &ast::Expr) -> bool {
    matches!(func, ast::Expr::Attribute(method) if cx.kind(&method.value).is_tensor())
}
