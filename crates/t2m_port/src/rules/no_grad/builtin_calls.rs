//! Which of Python's own functions give values that are computed of tensors: `abs(h)`, `max(h.sum(), 0)`, `list(map(f, rows))`.

use t2m_semantic::Entity;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::{sounds, storage};

/// Whether a function of Python computes with tensors: `max(h.sum(), 0)`, but not `max(count, 1)`. What others gather says so itself: see `handed_on`.
pub(super) fn gives_computed(cx: &Cx<'_>, name: &str, call: &ast::ExprCall) -> bool {
    let is_tensor = |arg: &ast::Expr| !arg.is_name_expr() && sounds::like_tensor(cx, cx.id, arg);
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
        "sum" => call.args.iter().any(is_part),
        // `list(map(f, rows))` and `list(parts(x))` of a generator are made here.
        "list" | "tuple" | "sorted" => {
            matches!(call.args.first(), Some(ast::Expr::Call(inner)) if is_mapped(cx, inner) || is_generated(cx, inner))
        }
        _ => false,
    }
}

/// `parts(x)` of a function of the project that yields
pub(super) fn is_generated(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    let Some(Entity::Function(id)) = cx.entity(&call.func) else { return false };
    let function = cx.project_facts.function(*id);
    let suite = cx.project.file(function.file).source.suite.as_slice();
    storage::function_at(suite, function.range).is_some_and(|def| {
        let mut yields = false;
        def.body.iter().for_each(|stmt| Node::Stmt(stmt).walk(&mut |node| yields |= matches!(node, Node::Expr(ast::Expr::Yield(_)))));
        yields
    })
}

/// `map(f, rows)` of a function that computes with tensors: one of torch, a layer, a lambda with arithmetic
pub(super) fn is_mapped(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    let is_map = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "map");
    let computes = |function: &ast::Expr| match function {
        ast::Expr::Lambda(lambda) => sounds::like_tensor(cx, cx.id, &lambda.body),
        function => cx.qualified(function).is_some_and(|name| name.starts_with("torch.")) || cx.project_facts.is_module(&cx.kind(function)),
    };
    is_map && call.args.first().is_some_and(computes)
}
