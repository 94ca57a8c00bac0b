//! `try: row = x[k]`, `try: x[k] = 0` with a handler for `IndexError`: MLX raises nothing for a number that is out of range.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Prec};

use super::{Hook, Rule, Shape, index};
use crate::caught::is_within_try;
use crate::claim::{Claim, StmtClaim};
use crate::cx::Cx;
use crate::imports::imports_torch;
use crate::names::Module;

pub(super) const EXPR: Rule =
    Rule { name: "caught-index", doc: include_str!("caught_index.md"), hook: Hook::Expr(&[Shape::Subscript], read) };

pub(super) const STMT: Rule = Rule { name: "caught-index", doc: include_str!("caught_index.md"), hook: Hook::Stmt(write) };

fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let subscript = awaited(cx, expr)?;
    if !matches!(subscript.ctx, ast::ExprContext::Load) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "checked_item");
    Some(Claim::build(index::call(helper, subscript), Prec::Atom).uses(uses))
}

/// `x[k] = 0` becomes `x[compat.checked_index(x, k)] = 0`.
fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let target = match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [target] => target,
            _ => return None,
        },
        ast::Stmt::AugAssign(assign) => &*assign.target,
        _ => return None,
    };
    let subscript = awaited(cx, target)?;
    if !cx.is_simple(&subscript.value) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "checked_index");
    let pieces = index::call(helper, subscript);
    Some(StmtClaim::edit(vec![Edit::new(subscript.slice.range(), pieces)]).uses(uses))
}

/// An item of what may be an array, for whose absence a handler waits.
fn awaited<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::ExprSubscript> {
    // Few files have such a handler, which the text tells soonest.
    if !cx.text_has("IndexError") && !cx.text_has("LookupError") {
        return None;
    }
    let ast::Expr::Subscript(subscript) = expr else { return None };
    let is_meant = is_number(cx, &subscript.slice) && may_be_array(cx, &subscript.value) && is_caught(cx, expr);
    is_meant.then_some(subscript)
}

/// `k`, `0`, `i, j`: nothing that is known to be more than numbers.
fn is_number(cx: &Cx<'_>, index: &ast::Expr) -> bool {
    match index {
        ast::Expr::Tuple(tuple) => !tuple.elts.is_empty() && tuple.elts.iter().all(|entry| is_number(cx, entry)),
        ast::Expr::Slice(_) | ast::Expr::Starred(_) => false,
        index => cx.kind(index).is_number() || cx.kind(index).is_unknown(),
    }
}

/// What belongs to a library or is a class is none, and neither are the words of a text.
fn may_be_array(cx: &Cx<'_>, owner: &ast::Expr) -> bool {
    match cx.kind(owner) {
        Kind::Tensor(_) => true,
        Kind::Unknown => cx.entity(owner).is_none() && !is_text(owner) && imports_torch(cx),
        _ => false,
    }
}

/// `line.split()`, `path.rsplit("/", 1)`, `text.strip().splitlines()`: tensors are split by sizes.
fn is_text(owner: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = owner else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    let has_words = match call.args.first() {
        Some(ast::Expr::Constant(first)) => matches!(first.value, ast::Constant::Str(_)),
        Some(_) => false,
        None => call.keywords.is_empty(),
    };
    matches!(method.attr.as_str(), "split" | "rsplit" | "splitlines" | "partition" | "rpartition" | "groups") && has_words
}

/// Whether a handler of the same function takes an `IndexError`.
fn is_caught<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    is_within_try(cx, expr, |handler| handler.type_.as_deref().is_some_and(names_index_error))
}

fn names_index_error(handler: &ast::Expr) -> bool {
    match handler {
        ast::Expr::Name(name) => matches!(name.id.as_str(), "IndexError" | "LookupError"),
        ast::Expr::Tuple(tuple) => tuple.elts.iter().any(names_index_error),
        _ => false,
    }
}
