//! Statements that clear gradients: `optimizer.zero_grad()`, and loops that do the same by hand.

use t2m_syntax::Node;
use t2m_syntax::ast;

use super::events::{argument, is_name, method, parameters_of, statement};
use super::mentions::Mentions;
use super::model::Scopes;
use super::trained;
use crate::cx::Cx;
use crate::receiver;

/// Whose gradients a statement clears, and nothing else: an optimizer's, a module's, or those of a list of arrays.
pub(super) fn cleared<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::Expr> {
    if let Some(call) = statement(cx, stmt, "zero_grad") {
        return Some(call.receiver);
    }
    // `for p in model.parameters(): p.grad = None`
    let ast::Stmt::For(walk) = stmt else { return None };
    let (model, target) = match &*walk.target {
        ast::Expr::Tuple(pair) => {
            let named = method(cx, &walk.iter, "named_parameters").filter(super::MethodCall::is_bare)?;
            (named.receiver, pair.elts.last().filter(|_| pair.elts.len() == 2)?)
        }
        target => (parameters_of(cx, &walk.iter).unwrap_or(&walk.iter), target),
    };
    let ast::Expr::Name(parameter) = target else { return None };
    let clears = walk.orelse.is_empty() && clears_all(&walk.body, &parameter.id);
    (clears && (!std::ptr::eq(model, &*walk.iter) || trained::arrays_of(cx, model).is_some())).then_some(model)
}

/// Whether statements clear the gradients of all that an optimizer trains: `model.zero_grad()` leaves those of arrays and other models.
pub(super) fn covers<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, models: &[String], optimizer: &ast::Expr, zeros: &[&'a ast::Stmt]) -> bool {
    let cleared: Vec<Option<&str>> = zeros.iter().map(|zero| cleared(cx, zero).map(|whose| cx.source(whose))).collect();
    // A loop over optimizers has this one among them, and `self.opt.optimizer` is one's own.
    let is_whole = |whose: &Option<&str>| whose.is_none_or(|whose| whose.starts_with(cx.source(optimizer)));
    cleared.iter().any(is_whole)
        || models.iter().all(|model| {
            let mentions = Mentions::of(cx, scopes, std::slice::from_ref(model));
            let names = mentions.names_and_owners();
            cleared.iter().flatten().any(|whose| names.contains(whose) || is_below(model, whose))
        })
}

/// `net.head` of `net`
fn is_below(place: &str, above: &str) -> bool {
    place.strip_prefix(above).is_some_and(|rest| rest.starts_with('.'))
}

/// Whether a statement that clears gradients leaves zeros, which an optimizer takes for gradients: `optimizer.zero_grad(set_to_none=False)`.
pub(super) fn leaves_zeros<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    super::holds(stmt, &mut |expr| matches!(expr, ast::Expr::Attribute(e) if e.attr.as_str() == "zero_") || keeps_zeros(cx, expr))
}

/// `zero_grad(set_to_none=False)`
fn keeps_zeros<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let is_true = |flag: &ast::Expr| matches!(flag, ast::Expr::Constant(c) if c.value == ast::Constant::Bool(true));
    method(cx, expr, "zero_grad").is_some_and(|call| argument(call.call, 0, "set_to_none").is_some_and(|flag| !is_true(flag)))
}

/// Whether statements clear the gradient of one parameter: `if p.grad is not None: p.grad.zero_()`.
pub(super) fn clears_all(body: &[ast::Stmt], parameter: &str) -> bool {
    let mut is_cleared = false;
    let is_known = body.iter().all(|stmt| match stmt {
        ast::Stmt::If(branch) if branch.orelse.is_empty() && has_gradient(&branch.test, parameter) => {
            let clears = clears_all(&branch.body, parameter);
            is_cleared |= clears;
            clears
        }
        ast::Stmt::Assign(s) => {
            let clears = matches!(&s.targets[..], [target] if is_gradient(target, parameter)) && receiver::is_none(&s.value);
            is_cleared |= clears;
            clears
        }
        ast::Stmt::Expr(s) => match called(&s.value, parameter) {
            Some("zero_") => {
                is_cleared = true;
                true
            }
            name => matches!(name, Some("detach_" | "requires_grad_")),
        },
        _ => false,
    });
    is_known && is_cleared
}

/// `p.grad`, `p.grad.data`
fn is_gradient(expr: &ast::Expr, parameter: &str) -> bool {
    match expr {
        ast::Expr::Attribute(e) if e.attr.as_str() == "data" => is_gradient(&e.value, parameter),
        ast::Expr::Attribute(e) => e.attr.as_str() == "grad" && is_name(&e.value, parameter),
        _ => false,
    }
}

/// The method of its gradient that is called.
fn called<'a>(expr: &'a ast::Expr, parameter: &str) -> Option<&'a str> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    is_gradient(&method.value, parameter).then_some(method.attr.as_str())
}

/// `p.grad is not None`, `p.grad`
pub(super) fn has_gradient(test: &ast::Expr, parameter: &str) -> bool {
    match test {
        ast::Expr::Compare(e) => {
            matches!(e.ops[..], [ast::CmpOp::IsNot]) && is_gradient(&e.left, parameter) && e.comparators.iter().all(receiver::is_none)
        }
        test => is_gradient(test, parameter),
    }
}

/// Whether an expression is a part of a statement that clears gradients.
pub(super) fn is_inside<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    cx.ancestors(Node::Expr(expr)).any(|up| matches!(up, Node::Stmt(stmt @ ast::Stmt::For(_)) if cleared(cx, stmt).is_some()))
}
