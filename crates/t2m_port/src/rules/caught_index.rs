//! `try: row = x[k]` with a handler for `IndexError`: MLX raises nothing for a number that is out of range.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Prec};

use super::{Hook, Rule, Shape, index};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::imports::imports_torch;
use crate::names::Module;

pub(super) const RULE: Rule =
    Rule { name: "caught-index", doc: include_str!("caught_index.md"), hook: Hook::Expr(&[Shape::Subscript], read) };

fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    // Few files have such a handler, which the text tells soonest.
    if !cx.text_has("IndexError") && !cx.text_has("LookupError") {
        return None;
    }
    let ast::Expr::Subscript(subscript) = expr else { return None };
    if !matches!(subscript.ctx, ast::ExprContext::Load) || !is_number(cx, &subscript.slice) || !may_be_array(cx, &subscript.value) {
        return None;
    }
    is_caught(cx, expr).then(|| {
        let (helper, uses) = cx.member(Module::Compat, "checked_item");
        Claim::build(index::call(helper, subscript), Prec::Atom).uses(uses)
    })
}

/// `k`, `0`, `i, j`: nothing that is known to be more than numbers.
fn is_number(cx: &Cx<'_>, index: &ast::Expr) -> bool {
    match index {
        ast::Expr::Tuple(tuple) => !tuple.elts.is_empty() && tuple.elts.iter().all(|entry| cx.kind(entry).is_number()),
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

/// Whether the body of a `try` in the same function holds it whose handlers take an `IndexError`.
fn is_caught<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    for up in cx.ancestors(Node::Expr(expr)) {
        match up {
            Node::Stmt(ast::Stmt::Try(attempt)) => {
                let is_within = attempt.body.iter().any(|stmt| stmt.range().contains_range(expr.range()));
                let mut names = attempt.handlers.iter().filter_map(|ast::ExceptHandler::ExceptHandler(handler)| handler.type_.as_deref());
                if is_within && names.any(names_index_error) {
                    return true;
                }
            }
            Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_)) => return false,
            Node::Expr(ast::Expr::Lambda(_)) => return false,
            _ => {}
        }
    }
    false
}

fn names_index_error(handler: &ast::Expr) -> bool {
    match handler {
        ast::Expr::Name(name) => matches!(name.id.as_str(), "IndexError" | "LookupError"),
        ast::Expr::Tuple(tuple) => tuple.elts.iter().any(names_index_error),
        _ => false,
    }
}
