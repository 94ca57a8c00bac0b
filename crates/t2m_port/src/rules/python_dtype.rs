//! `dtype=int`: Python's own types are no dtypes in MLX.

use t2m_semantic::Entity;
use t2m_syntax::{Node, Prec, ast};

use super::{Hook, Rule};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule = Rule { name: "python-dtype", doc: include_str!("python_dtype.md"), hook: Hook::Expr(named) };

fn named<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let Some(Entity::Builtin(name)) = cx.entity(expr) else { return None };
    let dtype = match name.as_str() {
        "int" => "int64",
        "bool" => "bool_",
        "float" => "float64",
        _ => return None,
    };
    let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr) else { return None };
    let is_dtype = call.keywords.iter().any(|keyword| keyword.arg.as_deref() == Some("dtype") && std::ptr::eq(&keyword.value, expr));
    let is_torch = match cx.qualified(&call.func) {
        Some(name) => name.starts_with("torch."),
        None => matches!(&*call.func, ast::Expr::Attribute(method) if cx.kind(&method.value).is_tensor() && method.attr.as_str() != "to"),
    };
    if !is_dtype || !is_torch {
        return None;
    }
    let (text, uses) = cx.member(Module::Core, dtype);
    Some(Claim::text(text, Prec::Atom).uses(uses))
}
