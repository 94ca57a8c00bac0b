//! Whether a name is read after something that trains a model: in a later statement, in the next turn of a loop.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use super::kept_arrays::root;
use super::last_name;
use super::training_step::{named, trains_another};
use crate::cx::Cx;
use crate::{receiver, views};

/// Whether a module that shares the memory of another one's weight is used after that one was trained: `target.weight.data = net.weight.data`.
pub(super) fn follows_training<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr, source: &'a ast::Expr) -> bool {
    let (Some(to), Some(from)) = (root(target), root(source)) else { return false };
    to != from && cx.may_change_models() && is_read_after_training(cx, stmt, source, to, from, true)
}

/// Whether the name is read after something that trains the model. A state that is loaded is written into the model's own arrays, and not into `others`.
pub(super) fn is_read_after_training<'a>(
    cx: &Cx<'a>,
    stmt: &'a ast::Stmt,
    value: &'a ast::Expr,
    name: &str,
    model: &str,
    others: bool,
) -> bool {
    is_read_after_training_in(cx, stmt, views::enclosing_body(cx, value), name, model, others)
}

/// The same within a body.
pub(super) fn is_read_after_training_in<'a>(
    cx: &Cx<'a>,
    stmt: &'a ast::Stmt,
    body: &'a [ast::Stmt],
    name: &str,
    model: &str,
    others: bool,
) -> bool {
    let (mut changes, mut reads): (Vec<TextRange>, Vec<TextRange>) = (Vec::new(), Vec::new());
    let (mut loops, mut bindings): (Vec<TextRange>, Vec<TextRange>) = (Vec::new(), Vec::new());
    let own = named(Node::Stmt(stmt), model);
    // A pass of another model, whose optimizer may have the name of this one's.
    let is_of_another =
        |call: &'a ast::ExprCall| last_name(&call.func) == Some("backward") && own.is_some_and(|own| trains_another(cx, call, stmt, own));
    for other in body {
        Node::Stmt(other).walk(&mut |node| match node {
            Node::Stmt(ast::Stmt::For(_) | ast::Stmt::While(_)) => loops.push(node.range()),
            // What loads the state that was kept leaves the model with it.
            Node::Expr(ast::Expr::Call(call)) if is_change(cx, call, model, others) && !loads(call, name) && !is_of_another(call) => {
                changes.push(call.range());
            }
            Node::Expr(expr @ ast::Expr::Name(read))
                if read.id.as_str() == name && read.ctx.is_load() && !is_of_optimizer(cx, expr) && !views::is_metadata(cx, expr) =>
            {
                reads.push(read.range());
            }
            Node::Expr(ast::Expr::Name(bound)) if bound.id.as_str() == name && bound.ctx.is_store() => bindings.push(bound.range()),
            _ => {}
        });
    }
    // A model that each turn makes anew is another one in the next.
    let is_made_in = |around: &TextRange| {
        let is_new = |value: &ast::Expr| {
            let mut found = false;
            Node::Expr(value).walk(&mut |node| found |= matches!(node, Node::Expr(expr) if views::is_same_name(expr, model)));
            !found
        };
        let all = views::bindings(body, model);
        all.iter().any(|(at, made)| matches!(at, Node::Stmt(ast::Stmt::Assign(_))) && around.contains_range(at.range()) && is_new(made))
    };
    loops.retain(|around| !is_made_in(around));
    let kept = stmt.range();
    // Ex) `state = {key: state[key] for key in names}`
    let is_bound_anew = |read: TextRange| bindings.iter().any(|bound| kept.end() <= bound.start() && bound.end() <= read.start());
    reads.retain(|read| !kept.contains_range(*read) && !is_bound_anew(*read));
    // What the statement changes by itself comes again in the next turn.
    changes.retain(|change| !kept.contains_range(*change) || loops.iter().any(|around| around.contains_range(kept)));
    reads.into_iter().any(|read| {
        changes.iter().any(|change| {
            let in_order = kept.end() <= change.start() && change.start() < read.start() && !has_left(body, *change, read);
            // A later turn of a loop reads what an earlier one has kept, or changed.
            let around = |a: TextRange, b: TextRange, out: Option<TextRange>| {
                let is_out = |around: &TextRange| out.is_none_or(|out| !around.contains_range(out));
                loops.iter().any(|around| around.contains_range(a) && around.contains_range(b) && is_out(around))
            };
            let kept_in_loop = around(kept, *change, None) && (read.start() < kept.start() || around(kept, *change, Some(read)));
            let read_in_loop = kept.end() <= read.start() && around(read, *change, Some(kept));
            in_order || kept_in_loop || read_in_loop
        })
    })
}

/// Whether the function is left behind a change, in a branch that does not hold the read: `if whole: model.load_state_dict(other); return`.
fn has_left(body: &[ast::Stmt], change: TextRange, read: TextRange) -> bool {
    let mut found = false;
    node::statements(body, &mut |stmt| {
        for suite in node::suites(stmt) {
            let holds = |range: TextRange| suite.iter().any(|stmt| stmt.range().contains_range(range));
            let leaves = matches!(suite.last(), Some(ast::Stmt::Return(_) | ast::Stmt::Raise(_)));
            found |= leaves && holds(change) && !holds(read);
        }
    });
    found
}

/// `loss.backward()`, `train(model, data)`, `model.load_state_dict(state)`
pub(super) fn is_change<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, model: &str, others: bool) -> bool {
    let Some(called) = last_name(&call.func) else { return false };
    if called == "backward" {
        return true;
    }
    // `assign=True` puts the state's own arrays into the model.
    if called == "load_state_dict" && !others && !call.keywords.iter().any(|keyword| keyword.arg.as_deref() == Some("assign")) {
        return false;
    }
    match &*call.func {
        // `other.load_state_dict(model.state_dict())` changes the other one.
        ast::Expr::Attribute(_) if called == "load_state_dict" => root(&call.func) == Some(model),
        // The mode of a module, where other classes train by a method of that name.
        ast::Expr::Attribute(method) if called == "train" && call.args.is_empty() && receiver::is_module(cx, &method.value) => false,
        _ => (called == "load_state_dict" || cx.shared.trains(called)) && mentions(call, model),
    }
}

/// Ex) `model.load_state_dict(state)`
fn loads(call: &ast::ExprCall, name: &str) -> bool {
    last_name(&call.func) == Some("load_state_dict") && mentions(call, name)
}

/// Whether a call is of a name, or is given it.
pub(super) fn mentions(call: &ast::ExprCall, name: &str) -> bool {
    let mut found = root(&call.func) == Some(name);
    let arguments = call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value));
    arguments
        .for_each(|arg| Node::Expr(arg).walk(&mut |node| found |= matches!(node, Node::Expr(expr) if views::is_same_name(expr, name))));
    found
}

/// An optimizer knows its parameters by their model, and gradients are no part of an array.
fn is_of_optimizer<'a>(cx: &Cx<'a>, read: &'a ast::Expr) -> bool {
    let around = cx.ancestors(Node::Expr(read)).map_while(|up| match up {
        Node::Expr(expr) => Some(expr),
        _ => None,
    });
    around.into_iter().any(|up| match up {
        ast::Expr::Call(call) => {
            cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch.optim.") || name.contains("clip_grad"))
        }
        _ => false,
    })
}
