//! `self._modules`, `self._buffers`, `self._parameters`: PyTorch keeps what a module holds in dicts beside its attributes, MLX in the module itself.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::receiver;

pub(super) const READ: Rule =
    Rule { name: "module-registry", doc: include_str!("module_registry.md"), hook: Hook::Expr(&[Shape::Attribute], read) };
pub(super) const WRITE: Rule = Rule { name: "module-registry", doc: include_str!("module_registry.md"), hook: Hook::Stmt(write) };

/// `self._modules.items()`: a helper makes the dict anew.
fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (module, helper) = registry(cx, expr)?;
    // `write` speaks for the whole statement.
    if is_set(cx, expr) {
        return None;
    }
    if !is_known(cx, module, helper) || is_changed(cx, expr) {
        let reason = "MLX's modules hold arrays and modules as items of their own: there is no dict of them that can be changed";
        return Some(Claim::todo(Finding::todo(codes::UNSUPPORTED, expr.range(), reason)));
    }
    let (text, uses) = cx.member(Module::Compat, helper);
    Some(Claim::build(vec![Piece::text(format!("{text}(")), Piece::Expr(module, Prec::Named), Piece::text(")")], Prec::Atom).uses(uses))
}

/// `self._modules[name] = module`
fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (ast::Expr::Subscript(item), value) = receiver::assignment(stmt)? else { return None };
    let (module, helper) = registry(cx, &item.value)?;
    if helper != "own_modules" {
        return None;
    }
    let (text, uses) = cx.member(Module::Compat, "add_module");
    let pieces = vec![
        Piece::text(format!("{text}(")),
        Piece::Expr(module, Prec::Named),
        Piece::text(", "),
        Piece::Expr(&item.slice, Prec::Named),
        Piece::text(", "),
        Piece::Expr(value, Prec::Named),
        Piece::text(")"),
    ];
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// The module whose dict an expression names, and the helper that makes that dict.
fn registry<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(&'a ast::Expr, &'static str)> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    let helper = match attribute.attr.as_str() {
        "_modules" => "own_modules",
        "_buffers" => "own_buffers",
        "_parameters" => "own_parameters",
        _ => return None,
    };
    let module = &*attribute.value;
    let may_be = receiver::is_module(cx, module)
        || matches!(cx.kind(module), Kind::Unknown) && cx.entity(module).is_none() && receiver::self_class(cx, module).is_none();
    may_be.then_some((module, helper))
}

/// Nothing but a module has `_modules`; buffers and parameters others may have too.
fn is_known<'a>(cx: &Cx<'a>, module: &'a ast::Expr, helper: &str) -> bool {
    helper == "own_modules" || receiver::is_module(cx, module)
}

/// `self._modules[name] = module`
fn is_set<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Expr(item @ ast::Expr::Subscript(_))) = cx.parent(expr) else { return false };
    matches!(cx.parent(item), Some(Node::Stmt(stmt)) if receiver::assignment(stmt).is_some_and(|(target, _)| std::ptr::eq(target, item)) && write(cx, stmt).is_some())
}

/// Whether the dict itself is assigned, or an item of it, or a method changes it.
fn is_changed<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    if matches!(expr, ast::Expr::Attribute(attribute) if !attribute.ctx.is_load()) {
        return true;
    }
    match cx.parent(expr) {
        Some(Node::Expr(ast::Expr::Subscript(item))) => !item.ctx.is_load(),
        Some(Node::Expr(ast::Expr::Attribute(method))) => !matches!(method.attr.as_str(), "items" | "keys" | "values" | "get" | "copy"),
        _ => false,
    }
}
