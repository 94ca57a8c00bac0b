//! What a block without gradients has made itself may be changed there by numbers: it has no gradient, and gets none. What is another name of a tensor from
//! outside is that tensor, whose gradient stays.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::Region;
use crate::cx::Cx;
use crate::fresh_values::{is_fresh, own_methods};
use crate::views;

/// Whether methods that change what they are called on, one after the other, are given numbers and integers alone: `y.scatter_(1, target, 1.0)`.
pub(super) fn adds_no_gradient<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return true };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    let is_integer =
        |kind: &Kind| matches!(kind, Kind::Tensor(tensor) if tensor.dtype.is_some_and(|dtype| !crate::integers::is_float(dtype)));
    let has_none = |arg: &'a ast::Expr| {
        let kind = cx.kind(arg);
        arg.is_constant_expr() || kind.is_number() || matches!(kind, Kind::Bool | Kind::Size | Kind::Device) || is_integer(&kind)
    };
    // What selects places has no gradient.
    let places = match method.attr.as_str() {
        "scatter_" | "index_fill_" => 2,
        "masked_fill_" => 1,
        _ => 0,
    };
    call.args.iter().skip(places).chain(call.keywords.iter().map(|keyword| &keyword.value)).all(has_none)
        && adds_no_gradient(cx, &method.value)
}

/// How sure it must be that a value is a new tensor.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    Surely,
    /// What a call gives of which nothing is known is hardly ever what it was given.
    Likely,
}

/// Whether a statement that runs before this one in the same block gives the name a new value, which has no gradient then. Ex) `q = f(x)`, `q /= q.sum()`
pub(super) fn is_made_before<'a>(cx: &Cx<'a>, region: &Region<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr, made: Made) -> bool {
    let ast::Expr::Name(name) = target else { return false };
    let binding = |before: &'a ast::Stmt| match before {
        ast::Stmt::Assign(assign)
            if region.range.contains_range(assign.range) && assign.targets.iter().any(|target| views::is_same_name(target, &name.id)) =>
        {
            Some(&*assign.value)
        }
        _ => None,
    };
    let mut inner = stmt;
    for up in cx.ancestors(Node::Stmt(stmt)) {
        let Node::Stmt(around) = up else { continue };
        let suite = t2m_syntax::node::suites(around).into_iter().find(|suite| suite.iter().any(|own| std::ptr::eq(own, inner)));
        let before = suite.into_iter().flatten().take_while(|own| !std::ptr::eq(*own, inner));
        if let Some(value) = before.filter_map(binding).last() {
            return is_new(cx, value, made) && !is_renamed_between(cx, region, &name.id, value, stmt);
        }
        if !region.range.contains_range(around.range()) || around.range() == region.range {
            return false;
        }
        inner = around;
    }
    false
}

/// Whether a branch between a binding and a statement may make the name one of something else: `y = x * 1`, `if c: y = x`, `y.mul_(2)`.
fn is_renamed_between<'a>(cx: &Cx<'a>, region: &Region<'a>, name: &str, value: &'a ast::Expr, stmt: &'a ast::Stmt) -> bool {
    let body = region.function.and_then(|function| t2m_syntax::node::suites(function).into_iter().next()).unwrap_or(&cx.file.suite);
    views::bindings(body, name).into_iter().any(|(node, other)| {
        let is_between = other.range().start() > value.range().end() && other.range().end() < stmt.range().start();
        is_between && matches!(node, Node::Stmt(ast::Stmt::Assign(_))) && !is_new(cx, other, Made::Likely)
    })
}

fn is_new<'a>(cx: &Cx<'a>, value: &'a ast::Expr, made: Made) -> bool {
    if is_fresh(cx, value) {
        return true;
    }
    let ast::Expr::Call(call) = value else { return false };
    let is_own = || matches!(cx.entity(&call.func), Some(Entity::Function(_))) || own_methods(cx, call).is_some();
    made == Made::Likely && views::base(cx, value).is_none() && !is_own()
}

/// The tensor from outside of a block whose other name a name of the block is: `h` of `y = h`, which keeps its gradient.
pub(super) fn named_outside<'a>(cx: &Cx<'a>, region: &Region<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Name(name) = target else { return None };
    let bound = views::bindings(views::enclosing_body(cx, target), &name.id);
    let is_before = |value: &ast::Expr| region.range.contains_range(value.range()) && value.range().end() <= stmt.range().start();
    let (node, value) = bound.into_iter().rfind(|(_, value)| is_before(value))?;
    let ast::Expr::Name(other) = value else { return None };
    let is_assigned = matches!(node, Node::Stmt(ast::Stmt::Assign(assign)) if assign.targets.iter().any(|own| own.is_name_expr()));
    if !is_assigned || other.id == name.id {
        return None;
    }
    is_of_outside(cx, region, value).then_some(value).or_else(|| named_outside(cx, region, stmt, value))
}

/// Whether a name that a block reads has its value from outside of it.
pub(super) fn is_of_outside<'a>(cx: &Cx<'a>, region: &Region<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = value else { return false };
    let mut is_bound_inside = false;
    let function = region.function.map_or(&cx.file.suite[..], std::slice::from_ref);
    function.iter().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| {
            is_bound_inside |= matches!(node, Node::Expr(ast::Expr::Name(own))
                if own.id == name.id && !own.ctx.is_load() && region.range.contains_range(own.range));
        });
    });
    !is_bound_inside
}
