//! `@torch.no_grad()` on a function, or a block in it, whose callers are not all shown: whether what it returns is computed from arrays that it was given.
//!
//! Numbers, lists and places have no gradient, and what a function makes of its own has none either.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::Kind;
use t2m_semantic::tables::read_names;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::no_grad::{is_creation, is_like};
use super::unported::computes;
use super::{last_name, only_tensors_have};
use crate::cx::Cx;
use crate::integers::is_float;
use crate::{receiver, views};

/// So many names are followed to what they are bound to.
const NAMES: usize = 8;

#[derive(Debug, Default, Deserialize)]
struct Ends {
    flat: FxHashSet<String>,
}

static ENDS: LazyLock<Ends> = LazyLock::new(|| read_names("flat"));

/// Whether `return value` gives such an array.
pub(super) fn gives_computed<'a>(cx: &Cx<'a>, def: &'a ast::StmtFunctionDef, stmt: &'a ast::Stmt) -> bool {
    let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt else { return false };
    is_array(cx, value, 3) && is_of_parameters(cx, def, value)
}

/// Whether `p = value` in a block without gradients binds such an array, which the function returns behind the block.
pub(super) fn is_given_back<'a>(cx: &Cx<'a>, def: &'a ast::StmtFunctionDef, stmt: &'a ast::Stmt) -> bool {
    let ast::Stmt::Assign(assign) = stmt else { return false };
    let mut names: Vec<&str> = Vec::new();
    for target in &assign.targets {
        match target {
            ast::Expr::Name(name) => names.push(&name.id),
            ast::Expr::Tuple(tuple) => names.extend(tuple.elts.iter().filter_map(|item| item.as_name_expr()).map(|name| name.id.as_str())),
            _ => return false,
        }
    }
    let mut is_returned = false;
    node::statements(&def.body, &mut |other| {
        let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = other else { return };
        let mut sources_of_value = Vec::new();
        sources(cx, Node::Expr(value), &mut sources_of_value);
        is_returned |= other.range().start() > stmt.range().end() && sources_of_value.iter().any(|(_, name)| names.contains(name));
    });
    is_returned && is_array(cx, &assign.value, 3) && is_of_parameters(cx, def, &assign.value)
}

/// A method that computes with an array, and gives another one.
pub(super) fn is_computing_method(name: &str) -> bool {
    computes(name) || only_tensors_have(name) && !ENDS.flat.contains(name)
}

/// Whether `self.mean = value` or `self.total += value` keeps such an array of what the method is given.
pub(super) fn is_kept<'a>(cx: &Cx<'a>, def: &'a ast::StmtFunctionDef, stmt: &'a ast::Stmt) -> bool {
    let (targets, value) = match stmt {
        ast::Stmt::Assign(assign) => (&assign.targets[..], &*assign.value),
        ast::Stmt::AugAssign(assign) => (std::slice::from_ref(&*assign.target), &*assign.value),
        _ => return false,
    };
    let is_own = |target: &ast::Expr| matches!(target, ast::Expr::Attribute(attribute) if views::is_same_name(&attribute.value, "self"));
    targets.iter().any(is_own) && is_array(cx, value, 3) && is_of_parameters(cx, def, value)
}

fn is_array<'a>(cx: &Cx<'a>, value: &'a ast::Expr, names: usize) -> bool {
    match cx.kind(value) {
        Kind::Tensor(tensor) => return tensor.dtype.is_none_or(is_float),
        Kind::Unknown | Kind::Optional(_) | Kind::Tuple(_) => {}
        _ => return false,
    }
    match value {
        ast::Expr::Tuple(tuple) => tuple.elts.iter().any(|item| is_array(cx, item, names)),
        // Who computes under such a decorator computes with arrays.
        ast::Expr::BinOp(_) => true,
        ast::Expr::UnaryOp(e) => is_array(cx, &e.operand, names),
        ast::Expr::IfExp(e) => is_array(cx, &e.body, names) || is_array(cx, &e.orelse, names),
        ast::Expr::Subscript(item) => is_array(cx, &item.value, names),
        ast::Expr::Call(call) => matches!(&*call.func, ast::Expr::Attribute(method)
            if cx.entity(&call.func).is_none() && (is_computing_method(&method.attr) || is_array(cx, &method.value, names))),
        ast::Expr::Name(name) => {
            let Some(names) = names.checked_sub(1) else { return false };
            let bindings = views::bindings(views::enclosing_body(cx, value), &name.id);
            bindings.iter().any(|(node, bound)| is_alone(node) && is_array(cx, bound, names))
        }
        _ => false,
    }
}

/// A value with a name of its own, none of several.
fn is_alone(node: &Node<'_>) -> bool {
    matches!(node, Node::Stmt(ast::Stmt::Assign(assign)) if assign.targets.iter().all(|target| target.is_name_expr()))
}

/// Whether gradients could come from a parameter, through the names that the function binds.
fn is_of_parameters<'a>(cx: &Cx<'a>, def: &'a ast::StmtFunctionDef, value: &'a ast::Expr) -> bool {
    let mut seen: Vec<&'a str> = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        let mut names = Vec::new();
        sources(cx, Node::Expr(value), &mut names);
        for (at, name) in names {
            let is_known = seen.contains(&name);
            if is_known || seen.len() == NAMES {
                continue;
            }
            seen.push(name);
            let may_be_array = || {
                matches!(cx.kind(at), Kind::Tensor(_) | Kind::Unknown | Kind::Optional(_) | Kind::Dict(_) | Kind::List(_) | Kind::Seq(_))
            };
            if name != "self" && receiver::has_parameter(def, name) && may_be_array() {
                return true;
            }
            open.extend(views::bindings(&def.body, name).into_iter().map(|(_, bound)| bound));
        }
    }
    false
}

/// The names that a value is computed from, as far as gradients go through.
fn sources<'a>(cx: &Cx<'a>, node: Node<'a>, names: &mut Vec<(&'a ast::Expr, &'a str)>) {
    if let Node::Expr(expr) = node {
        match expr {
            ast::Expr::Name(name) => return names.push((expr, name.id.as_str())),
            ast::Expr::Compare(_) | ast::Expr::Lambda(_) => return,
            ast::Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "shape" | "device" | "dtype" | "ndim" | "data") => return,
            ast::Expr::Subscript(item) => return sources(cx, Node::Expr(&item.value), names),
            ast::Expr::Call(call) => {
                if is_creation(cx, call) || is_like(cx, call) || last_name(&call.func).is_some_and(|name| ENDS.flat.contains(name)) {
                    return;
                }
                // `model(x)`: the model itself is no array.
                if call.func.is_name_expr() {
                    call.args.iter().for_each(|arg| sources(cx, Node::Expr(arg), names));
                    return call.keywords.iter().for_each(|keyword| sources(cx, Node::Expr(&keyword.value), names));
                }
            }
            _ => {}
        }
    }
    node.for_each_child(&mut |child| sources(cx, child, names));
}
