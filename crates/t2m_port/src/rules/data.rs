//! `x.data`: the values without their gradient.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange};

use super::{Hook, Rule};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;

pub(super) const READ: Rule = Rule { name: "data", doc: include_str!("data.md"), hook: Hook::Expr(read) };
pub(super) const WRITE: Rule = Rule { name: "data", doc: include_str!("data.md"), hook: Hook::Stmt(write) };

fn is_tensor(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    let is_weight = matches!(value, ast::Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "weight" | "bias" | "grad"));
    is_weight || cx.kind(value).is_tensor()
}

fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    if attribute.attr.as_str() != "data" || !attribute.ctx.is_load() || cx.entity(expr).is_some() || !is_tensor(cx, &attribute.value) {
        return None;
    }
    let value = &*attribute.value;
    let asks_shape = matches!(
        cx.parent(expr),
        Some(Node::Expr(ast::Expr::Attribute(up))) if matches!(up.attr.as_str(), "shape" | "dtype" | "device" | "ndim" | "size" | "dim" | "numel" | "item" | "tolist")
    );
    if asks_shape {
        return Some(Claim::build(vec![Piece::Expr(value, Prec::Tuple)], cx.prec(value)));
    }
    let (text, uses) = cx.member(Module::Core, "stop_gradient");
    let pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(value, Prec::Test), Piece::text(")")];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (target, is_whole) = match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [target] => (target, true),
            _ => return None,
        },
        ast::Stmt::AugAssign(assign) => (&*assign.target, false),
        _ => return None,
    };
    let ast::Expr::Attribute(attribute) = target else { return None };
    if attribute.attr.as_str() != "data" || !is_tensor(cx, &attribute.value) {
        return None;
    }
    match &*attribute.value {
        // The array is replaced where its module holds it.
        ast::Expr::Attribute(_) => {
            let range = TextRange::new(attribute.value.range().end(), target.range().end());
            Some(StmtClaim::edit(vec![Edit::delete(range)]))
        }
        _ => {
            let reason = if is_whole {
                "the array that a name stands for can't be replaced everywhere: assign it through its module, or write `[:] =` if shape and dtype stay"
            } else {
                "the array that a name stands for changes in place: write it through its module"
            };
            Some(StmtClaim::todo(Finding::todo(codes::UNSUPPORTED, target.range(), reason)))
        }
    }
}
