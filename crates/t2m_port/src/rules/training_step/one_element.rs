//! Losses of one element that are no scalars, `torch.zeros(1) + ...`: PyTorch walks back from them, MLX wants a shape of ().

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::node;

use super::events::{argument, is_name};
use crate::callee::callee;
use crate::cx::Cx;
use crate::{receiver, storage};

/// Through how many functions a loss is followed.
const DEPTH: usize = 4;

/// Whether a loss has dimensions, as far as the statements that make it show.
pub(super) fn is_vector<'a>(cx: &Cx<'a>, run: &'a [ast::Stmt], loss: &'a ast::Expr) -> bool {
    is_vector_in(cx, run, loss, DEPTH)
}

fn is_vector_in<'a>(cx: &Cx<'a>, run: &'a [ast::Stmt], loss: &'a ast::Expr, depth: usize) -> bool {
    match (rank(cx, loss), loss) {
        (Some(rank), _) => rank > 0,
        (None, ast::Expr::Name(name)) => {
            let made = assigned(run, &name.id);
            let is_one =
                |value: &'a ast::Expr| has_dimensions(cx, value, depth, &|other| is_name(other, &name.id) && is_begun(cx, &made, &name.id));
            match made.last() {
                Some((ast::Stmt::AugAssign(_), value)) => is_one(value) || is_begun(cx, &made, &name.id),
                Some((_, value)) => {
                    is_one(value) || given(run, value).into_iter().any(|value| may_be_one(cx, value) || is_given_one(cx, value, depth))
                }
                None => false,
            }
        }
        (None, loss) => has_dimensions(cx, loss, depth, &|_| false) || may_be_one(cx, loss),
    }
}

/// A value, or what its name was bound to: `losses` of `loss = losses`.
fn given<'a>(run: &'a [ast::Stmt], value: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    match value {
        ast::Expr::Name(name) => assigned(run, &name.id).into_iter().map(|(_, value)| value).collect(),
        value => vec![value],
    }
}

/// What a call of unknown kind gives, in a project with such losses: `loss = criterion(outputs, targets)`
fn may_be_one(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    cx.kind(value).is_unknown() && cx.entity(&call.func).is_none() && cx.shared.has_vector_losses(cx.project_facts)
}

/// Whether one of the values of a name has dimensions by itself: `loss = torch.zeros(1)`
fn is_begun<'a>(cx: &Cx<'a>, made: &[(&'a ast::Stmt, &'a ast::Expr)], name: &str) -> bool {
    made.iter().any(|(_, value)| !is_name(value, name) && has_dimensions(cx, value, 0, &|_| false))
}

/// A sum has as many dimensions as the larger part.
fn has_dimensions<'a>(cx: &Cx<'a>, value: &'a ast::Expr, depth: usize, is_known: &dyn Fn(&ast::Expr) -> bool) -> bool {
    if let Some(rank) = rank(cx, value) {
        return rank > 0;
    }
    match value {
        // A loss that ends with a square is one of one element: nothing has summed it.
        ast::Expr::BinOp(e) if e.op == ast::Operator::Pow && rank(cx, value).is_none() => true,
        ast::Expr::BinOp(e) if !matches!(e.op, ast::Operator::MatMult) => {
            has_dimensions(cx, &e.left, depth, is_known) || has_dimensions(cx, &e.right, depth, is_known)
        }
        ast::Expr::IfExp(e) => has_dimensions(cx, &e.body, depth, is_known) || has_dimensions(cx, &e.orelse, depth, is_known),
        ast::Expr::UnaryOp(e) => has_dimensions(cx, &e.operand, depth, is_known),
        ast::Expr::Call(call) => {
            let is_loss = cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch.nn.functional.") && name.ends_with("_loss"));
            // `errors.mean(0)` of more than one dimension; a plain sum keeps none.
            let is_part = matches!(&*call.func, ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "mean" | "sum"))
                && cx.qualified(&call.func).is_none()
                && argument(call, 0, "dim").is_some_and(|dim| receiver::number(dim).is_some());
            is_part
                || is_output(cx, call)
                || is_given_one(cx, value, depth)
                || is_loss && argument(call, usize::MAX, "reduction").and_then(receiver::string) == Some("none")
        }
        value => is_known(value),
    }
}

/// Whether what a function of the project gives has dimensions: `return forward_score - gold_score`, of methods that begin with `torch.zeros(1)`
fn is_given_one<'a>(cx: &Cx<'a>, value: &'a ast::Expr, depth: usize) -> bool {
    let (ast::Expr::Call(call), true) = (value, depth > 0) else { return false };
    let Some(function) = callee(cx, call).map(|callee| callee.function) else { return false };
    let there = Cx::new(cx.project, cx.project_facts, cx.tables, function.file, cx.shared);
    let Some(def) = storage::function_at(&there.file.suite, function.range) else { return false };
    let mut found = false;
    node::statements(&def.body, &mut |stmt| {
        if let ast::Stmt::Return(ast::StmtReturn { value: Some(given), .. }) = stmt {
            found = found || is_vector_in(&there, &def.body, given, depth - 1);
        }
    });
    found
}

/// What a layer gives has dimensions: `loss = net(x)`
fn is_output(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    match cx.kind(&call.func) {
        Kind::Sequential => true,
        Kind::Layer(name) => !name.ends_with("Loss"),
        _ => false,
    }
}

fn rank(cx: &Cx<'_>, value: &ast::Expr) -> Option<u8> {
    match cx.kind(value) {
        Kind::Tensor(tensor) => tensor.rank,
        _ => None,
    }
}

/// What a name is bound to, in the order of the text.
fn assigned<'a>(run: &'a [ast::Stmt], name: &str) -> Vec<(&'a ast::Stmt, &'a ast::Expr)> {
    let mut found = Vec::new();
    node::statements(run, &mut |stmt| match stmt {
        ast::Stmt::Assign(s) if s.targets.iter().any(|target| is_name(target, name)) => found.push((stmt, &*s.value)),
        ast::Stmt::AugAssign(s) if is_name(&s.target, name) => found.push((stmt, &*s.value)),
        _ => {}
    });
    found.sort_by_key(|(stmt, _)| stmt.range().start());
    found
}
