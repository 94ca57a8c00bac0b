//! `x.type(torch.FloatTensor)`: a class that stands for a dtype.

use t2m_semantic::Kind;
use t2m_syntax::{Node, Prec, ast};

use super::{Hook, Rule};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::rows;

pub(super) const RULE: Rule = Rule { name: "tensor-class", doc: include_str!("tensor_class.md"), hook: Hook::Expr(as_dtype) };

fn as_dtype<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr) else { return None };
    let is_type = matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "type");
    if !is_type || !call.args.first().is_some_and(|first| std::ptr::eq(first, expr)) {
        return None;
    }
    let class = match (cx.qualified(expr), cx.kind(expr)) {
        (Some(name), _) => name,
        // `Tensor = torch.cuda.FloatTensor if cuda else torch.FloatTensor`
        (None, Kind::Name(name)) => name.as_static(),
        _ => return None,
    };
    let dtype = cx.project_facts.dtype_of_class(class)?;
    let (text, uses) = rows::value_text(cx, &format!("torch.{}", dtype.name()))?;
    Some(Claim::text(text, Prec::Atom).uses(uses))
}
