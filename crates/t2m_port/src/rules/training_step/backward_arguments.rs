//! What `backward` is given: `retain_graph=True`, and what the gradients are multiplied with.

use t2m_syntax::ast;

use super::events::MethodCall;
use crate::cx::Cx;
use crate::rules::no_grad;

/// Whether `backward` keeps its graph for another pass, and what it multiplies the gradients with; any other argument changes what they are.
pub(super) fn of<'a>(cx: &Cx<'a>, backward: &MethodCall<'a>) -> Result<(bool, Option<&'a ast::Expr>), String> {
    // The arguments are the function's.
    if backward.runs.is_some() {
        return Ok((false, None));
    }
    let refused = || Err("`backward` has arguments".into());
    let mut weight = match &backward.call.args[..] {
        [] => None,
        [weight] => Some(weight),
        _ => return refused(),
    };
    let mut keeps = false;
    for keyword in &backward.call.keywords {
        match keyword.arg.as_deref() {
            Some("retain_graph") => keeps = true,
            Some("gradient") if weight.is_none() => weight = Some(&keyword.value),
            _ => return refused(),
        }
    }
    // What is made of the loss itself has to be a constant.
    let is_plain = |weight: &ast::Expr| match weight {
        ast::Expr::Name(_) => true,
        ast::Expr::Call(call) => {
            no_grad::is_creation(cx, call) || no_grad::is_like(cx, call) || cx.is_qualified(&call.func, "torch.tensor")
        }
        _ => false,
    };
    if weight.is_some_and(|weight| !is_plain(weight)) {
        return refused();
    }
    Ok((keeps, weight))
}
