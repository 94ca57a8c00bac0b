//! Why a backward pass has no optimizer step: the shapes that people write most.

use t2m_syntax::Node;
use t2m_syntax::ast;

use super::events::{method, statement};
use super::{backward_gradient, holds, scaler};
use crate::cx::Cx;

/// Why no optimizer step belongs to a backward pass: the shapes that people write most.
pub(super) fn reason<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], backward: usize) -> String {
    let own = &suite[backward];
    if statement(cx, own, "backward").is_some_and(|call| scaler::of(cx, &call).is_some()) {
        return "a gradient scaler stands between the loss and the optimizer, whose step stands elsewhere".into();
    }
    let steps = |stmt: &'a ast::Stmt| holds(stmt, &mut |expr| method(cx, expr, "step").is_some_and(|call| call.is_bare()));
    if let Some(reason) = backward_gradient::obstacle(cx, suite, backward) {
        return reason;
    }
    if suite[backward..].iter().any(|stmt| matches!(stmt, ast::Stmt::If(_)) && steps(stmt)) {
        return "the optimizer's step stands under a condition, so gradients may add up over several passes".into();
    }
    let function = cx.ancestors(Node::Stmt(own)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    });
    if function.is_some_and(|def| cx.file.text.contains(&format!(".step({})", def.name))) {
        return "it is a closure; one is ported that clears the gradients, ends with `return loss` and is used in `optimizer.step(...)` alone".into();
    }
    "no optimizer step stands beside it".into()
}
