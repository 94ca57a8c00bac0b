//! `x.exp().detach()` of a value that nobody else holds: what is written to it reaches nobody, so it keeps its `mx.stop_gradient`, whoever takes gradients.
//!
//! A detached tensor that others hold is the same memory, which a copy in MLX would leave: see `storage`.

use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::aliases::{self, DEEPEST_CALL};
use crate::callee::callees;
use crate::cx::Cx;
use crate::unread_base::is_unread;
use crate::view_names::VIEWS;
use crate::{fresh_values, in_place, passed_flags, reached, receiver, rules, same_object, storage, views};

/// Whether a detached value stays without a gradient where it is written. In `x.exp().detach().data` the inner one says so.
pub(crate) fn keeps_stop<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, value: &'a ast::Expr) -> bool {
    storage::detached(cx, value).is_none() && (is_own(cx, value) || is_last_read(cx, expr, value)) && may_meet_gradients(cx, expr)
}

/// `d` of `d = x - y` and `w = d.detach()`, which nobody reads any more.
fn is_last_read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, value: &'a ast::Expr) -> bool {
    let owner = storage::owner(cx, value);
    owner.is_name_expr() && is_unread(cx, owner, expr)
}

/// `d` of `d.detach()` where the function has computed `d` itself, of whatever it is given: only tensors are detached.
pub(crate) fn is_computed_here<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, value: &'a ast::Expr) -> bool {
    is_computed(cx, value, DEEPEST) && expr.is_call_expr()
}

/// Whether the function has computed a value itself by arithmetic: what has `data` and is computed with is a tensor.
pub(crate) fn is_arithmetic<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    value.is_name_expr() && is_computed(cx, value, DEEPEST)
}

/// How many functions that give back what they are given are followed.
const DEEPEST: usize = 3;

/// `d` of `d = x - y`, and of `d = same(x - y)`
fn is_computed<'a>(cx: &Cx<'a>, value: &'a ast::Expr, depth: usize) -> bool {
    let Some(next) = depth.checked_sub(1) else { return false };
    let is_given_back = |call: &'a ast::ExprCall| same_object::given_argument(cx, call).is_some_and(|given| is_computed(cx, given, next));
    let name = match value {
        ast::Expr::Name(name) => name,
        ast::Expr::Call(call) => return is_given_back(call),
        _ => return false,
    };
    let kind = cx.kind(value);
    if !kind.is_unknown() && !kind.is_tensor() || receiver::is_parameter_around(cx, value, &name.id) {
        return false;
    }
    let is_own = |bound: &'a ast::Expr| match bound {
        ast::Expr::BinOp(_) => fresh_values::is_fresh(cx, bound),
        ast::Expr::Call(call) => is_given_back(call),
        _ => false,
    };
    let bound = views::bindings(views::enclosing_body(cx, value), &name.id);
    !bound.is_empty() && bound.into_iter().all(|(node, bound)| matches!(node, Node::Stmt(ast::Stmt::Assign(_))) && is_own(bound))
}

/// Whether a name is bound to what is detached of values that the function computes: `w = d.detach()`.
pub(crate) fn is_bound_to_detached<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, at: &'a ast::Expr) -> bool {
    views::bindings(views::enclosing_body(cx, at), &name.id)
        .into_iter()
        .any(|(_, value)| storage::detached(cx, value).is_some_and(|inner| is_computed_here(cx, value, inner)))
}

/// The receiver of an in-place method as the row writes it: the tensor whose memory it is, or the detached value itself.
pub(crate) fn written<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> &'a ast::Expr {
    match storage::detached(cx, expr) {
        Some(value) if !keeps_stop(cx, expr, value) => written(cx, value),
        _ => expr,
    }
}

/// Whether nobody else holds a value: it is computed where it stands, or given by a module or by a function that gives nothing of what it knows.
fn is_own<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let root = in_place::root(cx, value);
    if matches!(root, ast::Expr::Call(call) if is_idle_dropout(cx, call)) {
        return false;
    }
    fresh_values::is_fresh(cx, root) || matches!(root, ast::Expr::Call(call) if views::base(cx, root).is_none() && gives_own(cx, call))
}

/// `F.dropout(y, training=False)`, which gives `y` itself.
fn is_idle_dropout(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    let is_dropout = cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch.nn.functional.") && name.contains("dropout"));
    let is_off = |arg: &ast::Expr| matches!(arg, ast::Expr::Constant(constant) if constant.value == ast::Constant::Bool(false));
    is_dropout && receiver::argument(call, 2, "training").is_some_and(is_off)
}

fn gives_own<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> bool {
    let callees = callees(cx, call);
    if !callees.is_empty() {
        return callees.into_iter().all(|callee| {
            let flags = passed_flags::of_call(cx, callee, call, &passed_flags::constant);
            let summary = aliases::summary(cx, callee.function, flags, DEEPEST_CALL);
            // `same(x * 2)` gives what is computed where it stands.
            let is_own_argument = |alias: &aliases::Alias| {
                !alias.is_part() && callee.numbered(call).any(|(param, arg)| alias.is_of_parameter(param) && is_own(cx, arg))
            };
            summary.returned.iter().all(is_own_argument)
        });
    }
    if receiver::is_module(cx, &call.func) {
        return !receiver::layer(cx, &call.func).is_some_and(|layer| VIEWS.same_layers.contains(layer.as_static()));
    }
    match &*call.func {
        // `model(x)` of what a function is given; `get_weight()` gives what another holds.
        ast::Expr::Name(_) => !call.args.is_empty() && cx.kind(&call.func).is_unknown() && cx.entity(&call.func).is_none(),
        // `p.abs().mean(0)`, whatever other classes call so
        ast::Expr::Attribute(method) => cx.tables.lookup(&format!("Tensor.{}", method.attr)).any(|(row, _)| !row.in_place),
        _ => false,
    }
}

/// Whether gradients may be taken where an expression stands. They are not in a script's own statements, in functions under `no_grad`, and beside the losses
/// of a function with training steps of its own; anybody may call another function.
fn may_meet_gradients<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    if reached::is_differentiated_at(cx, expr) {
        return true;
    }
    let mut functions = 0;
    let mut outermost = None;
    for up in cx.ancestors(Node::Expr(expr)) {
        match up {
            Node::Stmt(stmt @ ast::Stmt::FunctionDef(def)) => {
                if def.decorator_list.iter().any(|decorator| rules::is_no_grad(cx, decorator)) {
                    return false;
                }
                functions += 1;
                outermost = Some(stmt);
            }
            Node::Stmt(stmt @ ast::Stmt::AsyncFunctionDef(_)) => {
                functions += 1;
                outermost = Some(stmt);
            }
            Node::Expr(ast::Expr::Lambda(_)) => functions += 1,
            _ => {}
        }
    }
    let is_beside = |function| functions == 1 && reached::records(cx.source(function));
    match outermost {
        Some(function) => !is_beside(function),
        None => functions > 0,
    }
}
