//! `x.type(torch.FloatTensor)`: a class that stands for a dtype. `Tensor(x.shape)`, of a name that stands for such a class: sizes, where a tuple is data.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec, TextRange, ranges};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{receiver, rows};

pub(super) const RULE: Rule = Rule { name: "tensor-class", doc: include_str!("tensor_class.md"), hook: Hook::Expr(&[Shape::Call], cast) };

fn cast<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if let Some(claim) = made_by_size(cx, call) {
        return Some(claim);
    }
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let ([class], []) = (&call.args[..], &call.keywords[..]) else { return None };
    if method.attr.as_str() != "type" || cx.entity(&call.func).is_some() {
        return None;
    }
    let name = match (cx.qualified(class), cx.kind(class)) {
        (Some(name), _) => name,
        // `Tensor = torch.cuda.FloatTensor if cuda else torch.FloatTensor`
        (None, Kind::Name(name)) => name.as_static(),
        _ => return None,
    };
    let dtype = cx.project_facts.dtype_of_class(name)?;
    let (text, uses) = rows::value_text(cx, &format!("torch.{}", dtype.name()))?;
    if receiver::is_module(cx, &method.value) {
        let (module_to, more) = cx.member(Module::Compat, "module_to");
        let pieces = vec![Piece::text(format!("{module_to}(")), Piece::Expr(&method.value, Prec::Test), Piece::text(format!(", {text})"))];
        return Some(Claim::build(pieces, Prec::Atom).uses(uses).uses(more));
    }
    let edits = vec![Edit::text(ranges::attribute_name(method), "astype"), Edit::text(class.range(), text)];
    Some(Claim::edit(edits).uses(uses))
}

/// `Tensor(x.shape)` becomes `Tensor(*x.shape)`: a shape of MLX is a tuple, which the class can't tell from data.
fn made_by_size<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Claim<'a>> {
    let ([size], []) = (&call.args[..], &call.keywords[..]) else { return None };
    let Kind::Name(class) = cx.kind(&call.func) else { return None };
    // The class itself has rows.
    let is_named = cx.qualified(&call.func).is_some();
    if is_named || cx.kind(size) != Kind::Size || cx.project_facts.dtype_of_class(class.as_static()).is_none() {
        return None;
    }
    Some(Claim::edit(vec![Edit::text(TextRange::empty(size.range().start()), "*")]))
}
