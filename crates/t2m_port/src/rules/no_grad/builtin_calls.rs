//! Which of Python's own functions give values that are computed of tensors: `abs(h)`, `max(h.sum(), 0)`, `sum(rows)`.

use t2m_syntax::ast;

use crate::cx::Cx;
use crate::sounds;

/// Whether a function of Python computes with tensors: `max(h.sum(), 0)`, but not `max(count, 1)`. What `list` and `dict` gather stays what it is.
pub(super) fn gives_computed(cx: &Cx<'_>, name: &str, call: &ast::ExprCall) -> bool {
    // `max` gives one of its arguments: what exists keeps its gradient.
    let is_tensor = |arg: &ast::Expr| matches!(arg, ast::Expr::Call(_) | ast::Expr::BinOp(_)) && sounds::like_tensor(cx, cx.id, arg);
    let may_be_tensor = |arg: &ast::Expr| cx.kind(arg).is_tensor() || cx.kind(arg).is_unknown() && !arg.is_constant_expr();
    let is_part = |value: &ast::Expr| match value {
        ast::Expr::List(list) => list.elts.iter().any(may_be_tensor),
        ast::Expr::ListComp(ast::ExprListComp { elt, .. }) | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { elt, .. }) => {
            sounds::like_tensor(cx, cx.id, elt)
        }
        value => sounds::like_tensor(cx, cx.id, value),
    };
    match name {
        "max" | "min" | "round" | "divmod" => call.args.iter().any(is_tensor),
        "abs" | "pow" => call.args.first().is_some_and(may_be_tensor),
        // `sum(rows, [])` joins lists of what exists.
        "sum" => call.keywords.is_empty() && matches!(&*call.args, [rows] if is_part(rows)),
        _ => false,
    }
}
