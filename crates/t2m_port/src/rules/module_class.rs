//! `nn.Module` is the base class in both frameworks; MLX calls `__call__` where PyTorch calls `forward`.

use t2m_syntax::Prec;
use t2m_syntax::ast;

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
    let (text, uses) = cx.member(Module::Nn, "Module");
    Some(Claim::text(text, Prec::Atom).uses(uses))
}
