//! What is computed of the arguments of a function: where they are arrays, so is that, and nothing at that place tells.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::stored_argument::{counts, is_given_by_argument, takes};
use crate::body_bindings;
use crate::cx::Cx;
use crate::survey::Store;
use crate::{receiver, views};

/// Through how many names and operators a value is followed.
const DEPTH: usize = 8;

/// Whether a value of unknown kind is an array wherever an argument of the function is one: `1 - m`, `m[0] == w`, `[m * 2 for m in ms]`, and what names stand for.
pub(super) fn may_be_array<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    is_open(&cx.kind(value)) && of_argument(cx, value, DEPTH)
}

/// Nothing is known, or nothing of some item.
pub(super) fn is_open(kind: &Kind) -> bool {
    match kind {
        Kind::List(item) | Kind::Seq(item) | Kind::Dict(item) => is_open(item),
        Kind::Tuple(items) => items.iter().any(is_open),
        kind => kind.is_unknown(),
    }
}

fn of_argument<'a>(cx: &Cx<'a>, value: &'a ast::Expr, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    let is_of = |part: &'a ast::Expr| is_open(&cx.kind(part)) && of_argument(cx, part, depth);
    match value {
        ast::Expr::Name(name) => is_name_of(cx, value, &name.id, depth),
        ast::Expr::Subscript(item) => is_of(&item.value),
        ast::Expr::Attribute(read) => match receiver::self_class(cx, &read.value) {
            Some(class) => cx.shared.survey.stores(class, &read.attr).iter().any(|store| match store {
                Store::Whole(put) => !std::ptr::eq(*put, value) && stands_here(cx, value, put) && is_of(put),
                _ => false,
            }),
            None => matches!(read.attr.as_str(), "T" | "mT" | "H" | "mH" | "data" | "real" | "imag") && is_of(&read.value),
        },
        ast::Expr::UnaryOp(e) => !matches!(e.op, ast::UnaryOp::Not) && is_of(&e.operand),
        ast::Expr::Compare(e) => e.ops.iter().all(compares_items) && (is_of(&e.left) || e.comparators.iter().any(is_of)),
        // `dim // heads` and `1 << bits` are what programs do with numbers.
        ast::Expr::BinOp(e) => match e.op {
            ast::Operator::FloorDiv | ast::Operator::LShift | ast::Operator::RShift => false,
            _ => is_of(&e.left) || is_of(&e.right),
        },
        ast::Expr::BoolOp(e) => e.values.iter().any(is_of),
        ast::Expr::IfExp(e) => is_of(&e.body) || is_of(&e.orelse),
        ast::Expr::Tuple(e) => e.elts.iter().any(is_of),
        ast::Expr::List(e) => e.elts.iter().any(is_of),
        ast::Expr::Dict(e) => e.values.iter().any(is_of),
        ast::Expr::ListComp(e) => is_of(&e.elt),
        ast::Expr::GeneratorExp(e) => is_of(&e.elt),
        ast::Expr::DictComp(e) => is_of(&e.value),
        ast::Expr::Starred(e) => is_of(&e.value),
        ast::Expr::Call(call) => match cx.entity(&call.func) {
            Some(Entity::Builtin(name)) => gives_items(name) && call.args.iter().any(is_of),
            Some(Entity::Function(_)) => call.args.iter().any(is_of),
            Some(Entity::Library(name)) => copies(name.as_static()) && call.args.iter().any(is_of),
            _ if call.func.is_lambda_expr() => call.args.iter().any(is_of),
            _ => is_given_by_argument(cx, value),
        },
        _ => false,
    }
}

/// Functions of Python that give what they get, or items of it, or arithmetic with them.
pub(super) fn gives_items(builtin: &str) -> bool {
    matches!(
        builtin,
        "list" | "tuple" | "dict" | "zip" | "map" | "iter" | "next" | "enumerate" | "reversed" | "sum" | "max" | "min" | "abs"
    )
}

/// Functions that give what they get, or arithmetic with its items.
pub(super) fn copies(function: &str) -> bool {
    matches!(function, "copy.deepcopy" | "copy.copy" | "functools.reduce")
}

/// `==`, `<`: of arrays, item by item.
fn compares_items(op: &ast::CmpOp) -> bool {
    !matches!(op, ast::CmpOp::In | ast::CmpOp::NotIn | ast::CmpOp::Is | ast::CmpOp::IsNot)
}

/// Whether what an attribute got stands in the function that reads it, above.
pub(super) fn stands_here<'a>(cx: &Cx<'a>, read: &'a ast::Expr, put: &'a ast::Expr) -> bool {
    let is_above = put.range().end() < read.range().start();
    is_above && cx.project_facts.enclosing_function(cx.id, put.range()) == cx.project_facts.enclosing_function(cx.id, read.range())
}

fn is_name_of<'a>(cx: &Cx<'a>, at: &'a ast::Expr, name: &'a str, depth: usize) -> bool {
    for up in cx.ancestors(Node::Expr(at)) {
        let walks: &[ast::Comprehension] = match up {
            Node::Expr(ast::Expr::ListComp(e)) => &e.generators,
            Node::Expr(ast::Expr::GeneratorExp(e)) => &e.generators,
            Node::Expr(ast::Expr::DictComp(e)) => &e.generators,
            Node::Stmt(_) => break,
            Node::Expr(_) => &[],
        };
        if let Some(walk) = walks.iter().find(|walk| views::binds(&walk.target, name)) {
            return of_argument(cx, &walk.iter, depth);
        }
    }
    let bindings = body_bindings::of_body(cx, views::enclosing_body(cx, at));
    let is_bound_to_it = bindings.get(name).is_some_and(|bound| {
        bound.iter().any(|bound| {
            bound.value.range().end() < at.range().start() && is_open(&cx.kind(bound.value)) && of_argument(cx, bound.value, depth)
        })
    });
    is_bound_to_it || !counts(name) && takes(cx, Node::Expr(at), name)
}
