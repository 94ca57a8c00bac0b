//! `nn.Module` is the base class in both frameworks; MLX calls `__call__` where PyTorch calls `forward`.

use t2m_syntax::ast;
use t2m_syntax::{Node, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule =
    Rule { name: "module-class", doc: include_str!("module_class.md"), hook: Hook::Expr(&[Shape::Name, Shape::Attribute], base) };

fn base<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if !cx.is_qualified(expr, "torch.nn.Module") {
        return None;
    }
    let (text, uses) = match is_base_of_abstract(cx, expr) {
        true => cx.member(Module::Compat, "AbstractModule"),
        false => cx.member(Module::Nn, "Module"),
    };
    Some(Claim::text(text, Prec::Atom).uses(uses))
}

/// `class Base(nn.Module, ABC)` with abstract methods.
fn is_base_of_abstract<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Stmt(ast::Stmt::ClassDef(class))) = cx.parent(expr) else { return false };
    let has_base = class.bases.iter().any(|base| cx.is_qualified(base, "abc.ABC"));
    let is_abc =
        has_base || class.keywords.iter().any(|kw| kw.arg.as_deref() == Some("metaclass") && cx.is_qualified(&kw.value, "abc.ABCMeta"));
    let is_abstract = |decorator: &'a ast::Expr| cx.qualified(decorator).is_some_and(|name| name.starts_with("abc.abstract"));
    let is_left = |stmt: &'a ast::Stmt| match stmt {
        ast::Stmt::FunctionDef(def) => def.decorator_list.iter().any(is_abstract),
        ast::Stmt::AsyncFunctionDef(def) => def.decorator_list.iter().any(is_abstract),
        _ => false,
    };
    is_abc && class.bases.iter().any(|base| std::ptr::eq(base, expr)) && class.body.iter().any(is_left)
}
