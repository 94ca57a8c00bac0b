//! What a block without gradients stores in arrays that have no gradient themselves: only the new value has to lose its own.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece};

use super::{Wrapper, in_place_receiver, is_used_outside, made_before, makes_array, outliving, region, wrapper};
use crate::cx::Cx;
use crate::names::{Module, Uses};
use crate::receiver;
use crate::rules::module_array::is_declared;
use crate::storage;

/// Whether a statement writes items or values of an array that has no gradient itself: then only the new value has to lose its own.
/// Ex) `self.queue[:, 0] = keys`, `self.count.mul_(0.9).add_(n)`
pub(crate) fn stored_without_gradient<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let target = match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [target @ ast::Expr::Subscript(_)] => target,
            _ => return false,
        },
        ast::Stmt::Expr(statement) => match in_place_receiver(&statement.value) {
            Some(receiver) => receiver,
            None => return false,
        },
        _ => return false,
    };
    let Some(region) = region(cx, stmt) else { return false };
    let is_outliving = || !target.is_attribute_expr() && outliving::outlives(cx, &region, target) && adds_gradient(cx, stmt);
    let is_read = || is_used_outside(cx, &region, target) || is_buffer_changed(cx, stmt) || is_outliving();
    (has_no_gradient(cx, target) || outliving::is_given_without_gradient(cx, &region, target)) && is_read()
}

/// Whether what a statement stores may have a gradient.
pub(super) fn adds_gradient<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    match stmt {
        ast::Stmt::Assign(assign) => wrapper(cx, &assign.value).is_some() && !makes_array(cx, &assign.value),
        ast::Stmt::Expr(statement) => !made_before::adds_no_gradient(cx, &statement.value),
        _ => false,
    }
}

/// `self.total.add_(n)` of a buffer, which other methods of the module read.
pub(super) fn is_buffer_changed<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let ast::Stmt::Expr(statement) = stmt else { return false };
    in_place_receiver(&statement.value).is_some_and(|target| target.is_attribute_expr() && has_no_gradient(cx, target))
        && !made_before::adds_no_gradient(cx, &statement.value)
}

/// The value that a statement stores, without its gradient if it has to lose it. What is written as `source` may be no array.
pub(crate) fn stored_value<'a>(
    cx: &Cx<'a>,
    stmt: &'a ast::Stmt,
    source: Option<&'a ast::Expr>,
    value: Vec<Piece<'a>>,
) -> (Vec<Piece<'a>>, Uses) {
    if !stored_without_gradient(cx, stmt) {
        return (value, Uses::default());
    }
    let (text, uses) = match source.map_or(Some(Wrapper::Array), |source| wrapper(cx, source)) {
        Some(Wrapper::Array) => cx.member(Module::Core, "stop_gradient"),
        Some(Wrapper::Tree) => cx.member(Module::Compat, "stop_gradient"),
        None => return (value, Uses::default()),
    };
    let mut pieces = vec![Piece::text(format!("{text}("))];
    pieces.extend(value);
    pieces.push(Piece::text(")"));
    (pieces, uses)
}

/// A buffer of the module, or a local array that is made once, by sizes or by a value.
pub(super) fn has_no_gradient<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> bool {
    match storage::owner(cx, target) {
        ast::Expr::Subscript(subscript) => has_no_gradient(cx, &subscript.value),
        owner @ ast::Expr::Attribute(attribute) => {
            let class = receiver::class_of(cx, &attribute.value);
            let is_without = |class| is_declared(cx, class, &attribute.attr) || outliving::is_plain_array(cx, class, &attribute.attr);
            matches!(cx.kind(owner), Kind::Tensor(_)) && class.is_some_and(is_without)
        }
        ast::Expr::Name(name) => match &outliving::bindings(cx, target, &name.id)[..] {
            [(Node::Stmt(ast::Stmt::Assign(_)), value)] => {
                makes_array(cx, value) || outliving::other_name(cx, target).is_some_and(|other| has_no_gradient(cx, other))
            }
            _ => false,
        },
        _ => false,
    }
}
