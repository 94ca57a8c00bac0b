//! Which expressions may be evaluated twice, moved, or left out.

use t2m_semantic::Entity;
pub(crate) use t2m_semantic::tables::written::is_simple;
use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::imports::is_torch_family;
use crate::rules::is_array_for_sure;

/// Without effects: the same value at any time between the neighbours' evaluation.
pub(crate) fn is_pure(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let mut pure = true;
    Node::Expr(expr).walk(&mut |node| match node {
        Node::Expr(ast::Expr::Call(call)) => pure &= is_pure_call(cx, call),
        Node::Expr(ast::Expr::NamedExpr(_) | ast::Expr::Await(_) | ast::Expr::Yield(_) | ast::Expr::YieldFrom(_)) => pure = false,
        _ => {}
    });
    pure
}

/// Builtins that only compute.
pub(crate) const PURE_BUILTINS: &[&str] = &[
    "abs",
    "all",
    "any",
    "bool",
    "dict",
    "divmod",
    "float",
    "getattr",
    "hasattr",
    "int",
    "isinstance",
    "len",
    "list",
    "max",
    "min",
    "next",
    "iter",
    "pow",
    "range",
    "round",
    "set",
    "slice",
    "sorted",
    "str",
    "sum",
    "tuple",
    "type",
    "zip",
    "reversed",
    "enumerate",
];

/// Functions and methods of torch and NumPy compute, but for in-place ones, which end in an underscore.
pub(crate) fn is_pure_call(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    match cx.entity(&call.func) {
        Some(Entity::Library(name)) => {
            !name.ends_with('_')
                && (is_torch_family(name)
                    || name.starts_with("numpy.")
                    || name.starts_with("math.")
                    || matches!(name.as_str(), "itertools.chain" | "os.cpu_count" | "multiprocessing.cpu_count" | "os.getenv"))
        }
        // The body of a lambda is looked at as well.
        Some(Entity::Builtin(name)) if matches!(name.as_str(), "filter" | "map") => matches!(call.args.first(), Some(ast::Expr::Lambda(_))),
        Some(Entity::Builtin(name)) => PURE_BUILTINS.contains(&name.as_str()),
        Some(_) => false,
        None => match &*call.func {
            ast::Expr::Attribute(method) => {
                let name = method.attr.as_str();
                let kind = cx.kind(&method.value);
                // An array of MLX has no flag to set.
                if name == "requires_grad_" && (kind.is_tensor() || kind.is_unknown() && is_array_for_sure(cx, &method.value)) {
                    return true;
                }
                !name.ends_with('_')
                    && (kind.is_tensor()
                        || kind.is_unknown() && cx.tables.contains(&format!("Tensor.{name}"))
                        || matches!(name, "parameters" | "buffers" | "is_available"))
            }
            _ => false,
        },
    }
}
