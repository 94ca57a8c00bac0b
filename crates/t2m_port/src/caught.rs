//! What a handler waits for: an error that PyTorch raises and MLX does not, or only where the array is evaluated, outside of the `try`.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::node::statements;

use crate::cx::Cx;

/// Whether the body of a `try` in the same function holds an expression, and one of its handlers fits.
pub(crate) fn is_within_try<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, fits: impl Fn(&ast::ExceptHandlerExceptHandler) -> bool) -> bool {
    for up in cx.ancestors(Node::Expr(expr)) {
        match up {
            Node::Stmt(ast::Stmt::Try(attempt)) => {
                let is_within = attempt.body.iter().any(|stmt| stmt.range().contains_range(expr.range()));
                if is_within && handlers(attempt).any(&fits) {
                    return true;
                }
            }
            Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_)) => return false,
            Node::Expr(ast::Expr::Lambda(_)) => return false,
            _ => {}
        }
    }
    false
}

/// Whether an error of a computation at an expression is awaited: in its function, or in the file where that function is called.
pub(crate) fn awaits_runtime_errors<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    cx.text_has("except") && (is_within_try(cx, expr, takes_runtime_errors) || is_called_in_try(cx, expr))
}

fn takes_runtime_errors(handler: &ast::ExceptHandlerExceptHandler) -> bool {
    fn names_it(error: &ast::Expr) -> bool {
        match error {
            ast::Expr::Name(name) => matches!(name.id.as_str(), "RuntimeError" | "Exception" | "BaseException" | "LinAlgError"),
            ast::Expr::Attribute(attribute) => matches!(attribute.attr.as_str(), "LinAlgError" | "_LinAlgError"),
            ast::Expr::Tuple(tuple) => tuple.elts.iter().any(names_it),
            _ => false,
        }
    }
    handler.type_.as_deref().is_none_or(names_it)
}

fn is_called_in_try<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let function = cx.ancestors(Node::Expr(expr)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(function)) => Some(function.name.as_str()),
        _ => None,
    });
    let Some(function) = function else { return false };
    let is_call = |node: Node<'a>| {
        let Node::Expr(ast::Expr::Call(call)) = node else { return false };
        match &*call.func {
            ast::Expr::Name(name) => name.id.as_str() == function,
            ast::Expr::Attribute(method) => method.attr.as_str() == function,
            _ => false,
        }
    };
    let mut found = false;
    statements(&cx.file.suite, &mut |stmt| {
        let ast::Stmt::Try(attempt) = stmt else { return };
        if handlers(attempt).any(takes_runtime_errors) {
            for stmt in &attempt.body {
                Node::Stmt(stmt).walk(&mut |node| found |= is_call(node));
            }
        }
    });
    found
}

fn handlers(attempt: &ast::StmtTry) -> impl Iterator<Item = &ast::ExceptHandlerExceptHandler> {
    attempt.handlers.iter().map(|ast::ExceptHandler::ExceptHandler(handler)| handler)
}
