//! What a block without gradients has made itself may be changed there by numbers: it has no gradient, and gets none. What is another name of a tensor from
//! outside is that tensor, whose gradient stays.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::Region;
use crate::cx::Cx;
use crate::fresh_values::{is_fresh, own_methods};
use crate::view_names::VIEWS;
use crate::{receiver, views};

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
        let binds = matches!(around, ast::Stmt::For(walk) if views::binds(&walk.target, &name.id));
        if binds || !region.range.contains_range(around.range()) || around.range() == region.range {
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
    if let Some(given) = same_layer(cx, call) {
        return is_new(cx, given, made);
    }
    let is_own = || matches!(cx.entity(&call.func), Some(Entity::Function(_))) || own_methods(cx, call).is_some();
    made == Made::Likely && views::base(cx, value).is_none() && !is_own()
}

/// The tensor from outside of a block whose other name a name of the block is: `h` of `y = h`, which keeps its gradient.
pub(super) fn named_outside<'a>(cx: &Cx<'a>, region: &Region<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Name(name) = target else { return None };
    let bound = views::bindings(views::enclosing_body(cx, target), &name.id);
    let is_before = |value: &ast::Expr| region.range.contains_range(value.range()) && value.range().end() <= stmt.range().start();
    let (node, value) = bound.into_iter().rfind(|(_, value)| is_before(value))?;
    let other = match node {
        Node::Stmt(ast::Stmt::Assign(assign)) => {
            let mut pairs = assign.targets.iter().flat_map(|target| views::pairs_of(target, value));
            let (_, own) = pairs.find(|(target, _)| views::is_same_name(target, &name.id))?;
            // `y = h if c else h * 2`, `y = self.same(h)`
            parts(cx, region, own).0.first().map_or(own, |kept| given(kept))
        }
        // `for y in [h]`
        Node::Stmt(ast::Stmt::For(walk)) if walk.target.is_name_expr() => match value {
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                elts.iter().find(|item| is_of_outside(cx, region, item))?
            }
            walked => walked,
        },
        _ => return None,
    };
    if !other.is_name_expr() || views::is_same_name(other, &name.id) {
        return None;
    }
    is_of_outside(cx, region, other).then_some(other).or_else(|| named_outside(cx, region, stmt, other))
}

/// The parts of a value that stand for tensors from outside of a block, and those that the block computes.
pub(in crate::rules) fn parts<'a>(cx: &Cx<'a>, region: &Region<'a>, value: &'a ast::Expr) -> (Vec<&'a ast::Expr>, Vec<&'a ast::Expr>) {
    let (mut kept, mut computed) = (Vec::new(), Vec::new());
    let mut pending = vec![value];
    while let Some(part) = pending.pop() {
        match part {
            ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) if !elts.is_empty() => {
                pending.extend(elts);
            }
            ast::Expr::Dict(dict) if !dict.values.is_empty() && dict.keys.iter().all(Option::is_some) => pending.extend(&dict.values),
            ast::Expr::IfExp(choice) => pending.extend([&*choice.body, &*choice.orelse]),
            part if is_kept(cx, region, part) => kept.push(part),
            part => computed.push(part),
        }
    }
    computed.sort_by_key(|part| part.range().start());
    (kept, computed)
}

/// `h` from outside, what a block knows it by, and `self.same(h)` of an `nn.Identity`.
fn is_kept<'a>(cx: &Cx<'a>, region: &Region<'a>, value: &'a ast::Expr) -> bool {
    match value {
        ast::Expr::Name(name) => is_of_outside(cx, region, value) || is_other_name(cx, region, value, &name.id),
        ast::Expr::Call(call) => same_layer(cx, call).is_some_and(|given| is_kept(cx, region, given)),
        _ => false,
    }
}

/// `h` of `self.same(h)`, where the layer gives what it gets.
fn same_layer<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<&'a ast::Expr> {
    let is_same = cx.qualified(&call.func).is_none()
        && receiver::layer(cx, &call.func).is_some_and(|layer| VIEWS.same_layers.contains(layer.as_static()));
    call.args.first().filter(|_| is_same)
}

/// `h` of `self.same(h)`
fn given(kept: &ast::Expr) -> &ast::Expr {
    kept.as_call_expr().and_then(|call| call.args.first()).map_or(kept, given)
}

/// Whether all that a block binds a name to are names of what comes from outside.
fn is_other_name<'a>(cx: &Cx<'a>, region: &Region<'a>, value: &'a ast::Expr, name: &str) -> bool {
    let mut stores = 0;
    let function = region.function.map_or(&cx.file.suite[..], std::slice::from_ref);
    function.iter().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| {
            stores += usize::from(matches!(node, Node::Expr(ast::Expr::Name(own)) if own.id.as_str() == name && !own.ctx.is_load()));
        });
    });
    let bound = views::bindings(views::enclosing_body(cx, value), name);
    let is_outside = |(node, other): &(Node<'a>, &'a ast::Expr)| {
        matches!(node, Node::Stmt(ast::Stmt::Assign(assign)) if assign.targets.iter().all(ast::Expr::is_name_expr))
            && is_of_outside(cx, region, other)
    };
    !bound.is_empty() && bound.len() == stores && bound.iter().all(is_outside)
}

/// Whether a name that a block reads has its value from outside of it.
pub(super) fn is_of_outside<'a>(cx: &Cx<'a>, region: &Region<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = value else { return false };
    let mut is_bound_inside = false;
    let function = region.function.map_or(&cx.file.suite[..], std::slice::from_ref);
    // What another block without gradients has made is none from outside either.
    let mut blocks = vec![region.range];
    function.iter().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Stmt(ast::Stmt::With(with)) = node
                && with.items.iter().any(|item| matches!(super::grad_mode(cx, &item.context_expr), Some(super::GradMode::Off)))
            {
                blocks.push(with.range);
            }
            is_bound_inside |= matches!(node, Node::Expr(ast::Expr::Name(own))
                if own.id == name.id && !own.ctx.is_load() && blocks.iter().any(|block| block.contains_range(own.range)));
        });
    });
    !is_bound_inside
}
