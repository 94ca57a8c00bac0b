//! Values that leave the arrays: numbers, lists, NumPy arrays, shapes. What becomes of them has no gradient, so nothing has to be stopped before.

use t2m_semantic::Entity;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::rules::is_like;

/// Whether all that is done with the value, in its own expression, is to read it into Python or NumPy: `x.detach().cpu().numpy()`, `float(x.detach())`, or to ask for its shape.
pub(crate) fn ends_outside<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut value = expr;
    loop {
        let Some(Node::Expr(up)) = cx.parent(value) else { return false };
        match up {
            ast::Expr::Attribute(method) => {
                let Some(Node::Expr(called @ ast::Expr::Call(call))) = cx.parent(up) else { return false };
                if !std::ptr::eq(&*call.func, up) {
                    return false;
                }
                match method.attr.as_str() {
                    "numpy" | "item" | "tolist" => return true,
                    // One after the other, up to the one that reads.
                    name if keeps_values(cx, name) => value = called,
                    _ => return false,
                }
            }
            ast::Expr::Call(call) => return call.args.first().is_some_and(|first| std::ptr::eq(first, value)) && reads(cx, call),
            _ => return false,
        }
    }
}

/// A method of tensors that changes nothing.
pub(crate) fn keeps_values(cx: &Cx<'_>, name: &str) -> bool {
    !name.ends_with('_') && cx.tables.lookup(&format!("Tensor.{name}")).any(|(row, _)| !row.in_place)
}

/// `float(x)`, `np.asarray(x)`, `torch.zeros_like(x)`
fn reads(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    match cx.entity(&call.func) {
        Some(Entity::Builtin(name)) => matches!(name.as_str(), "float" | "int" | "bool"),
        Some(Entity::Library(name)) => matches!(name.as_str(), "numpy.array" | "numpy.asarray") || is_like(cx, call),
        _ => false,
    }
}
