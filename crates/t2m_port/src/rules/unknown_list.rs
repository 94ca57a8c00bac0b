//! `self.model.blocks.eval()` of a model that isn't known: what the classes of the project keep by this name is an `nn.ModuleList`, a list in the port.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule = Rule { name: "unknown-list", doc: include_str!("unknown_list.md"), hook: Hook::Expr(&[Shape::Call], called) };

fn called<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let takes = call.keywords.is_empty() && call.args.iter().all(|arg| !arg.is_starred_expr());
    let (helper, more) = match (method.attr.as_str(), &call.args[..]) {
        ("eval", []) => ("train", vec![Piece::text("False")]),
        ("train", []) => ("train", vec![]),
        ("train", [mode]) => ("train", vec![Piece::Expr(mode, Prec::Named)]),
        ("apply", [function]) => ("module_apply", vec![Piece::Expr(function, Prec::Named)]),
        _ => return None,
    };
    if !takes || !is_module_list(cx, &method.value) {
        return None;
    }
    let (text, uses) = cx.member(Module::Compat, helper);
    let mut pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(&method.value, Prec::Named)];
    for piece in more {
        pieces.extend([Piece::text(", "), piece]);
    }
    pieces.push(Piece::text(")"));
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// An attribute of an object that isn't known, which is an `nn.ModuleList` in every class of the project that has it.
pub(super) fn is_module_list<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Attribute(attribute) = value else { return false };
    if !cx.kind(value).is_unknown() || cx.entity(value).is_some() {
        return false;
    }
    let kinds = cx.shared.kinds_of_attribute(cx.project_facts, attribute.attr.as_str());
    let mut kinds = kinds.filter(|kind| !kind.is_unknown()).peekable();
    kinds.peek().is_some() && kinds.all(|kind| matches!(kind, Kind::ModuleList(_)))
}
