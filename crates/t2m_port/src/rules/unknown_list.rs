//! `self.model.blocks.eval()` of a model that isn't known: what the classes of the project keep by this name is an `nn.ModuleList`, a list in the port.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::imports::imports_torch;
use crate::names::Module;
use crate::receiver;
use crate::rows::only_modules_have;

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
        ("apply", _) => return applied(cx, expr, call, method),
        _ => return None,
    };
    if !takes || !is_module_list(cx, &method.value) {
        return applied(cx, expr, call, method);
    }
    let (text, uses) = cx.member(Module::Compat, helper);
    let mut pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(&method.value, Prec::Named)];
    for piece in more {
        pieces.extend([Piece::text(", "), piece]);
    }
    pieces.push(Piece::text(")"));
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// `model.apply(fn)` for what it does, where nothing tells the model from a table of pandas: MLX's own `apply` maps arrays, and the run knows what it is.
fn applied<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, call: &'a ast::ExprCall, method: &'a ast::ExprAttribute) -> Option<Claim<'a>> {
    let function = match (&call.args[..], &call.keywords[..]) {
        ([function], []) => function,
        ([], [keyword]) if keyword.arg.as_deref() == Some("fn") => &keyword.value,
        _ => return None,
    };
    if method.attr.as_str() != "apply" {
        return None;
    }
    let object = &*method.value;
    let is_statement = matches!(cx.parent(expr), Some(Node::Stmt(ast::Stmt::Expr(_))));
    let is_open = cx.kind(object).is_unknown() && cx.entity(object).is_none() && !receiver::is_super(cx, object);
    if !is_statement || !is_open || function.is_starred_expr() || !imports_torch(cx) || only_modules_have(cx, object, "apply", call) {
        return None;
    }
    let (text, uses) = cx.member(Module::Compat, "apply_any");
    let pieces = vec![
        Piece::text(format!("{text}(")),
        Piece::Expr(object, Prec::Named),
        Piece::text(", "),
        Piece::Expr(function, Prec::Named),
        Piece::text(")"),
    ];
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
