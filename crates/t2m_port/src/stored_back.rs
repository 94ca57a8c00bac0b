//! `q = p.data.float()`, `q.add_(...)`, `p.data.copy_(q)`: what is written to a cast or view is stored at the end in what it was taken from.
//! Whether `q` is `p` itself makes no difference then, if nothing looks at `p` in between.

use t2m_syntax::Node;
use t2m_syntax::ast;
use t2m_syntax::node;

use crate::cx::Cx;
use crate::storage;
use crate::views::{self, is_metadata, is_same_name};

/// Whether all that is written to `name` at `at` is stored in `base`, behind it in the same turn of a loop.
pub(crate) fn is_stored_back<'a>(cx: &Cx<'a>, name: &str, base: &str, at: &'a ast::Expr) -> bool {
    let Some(own) = cx.statement(at) else { return false };
    if !is_quiet(cx, own, name, base, true) || has_other_names(cx, name, base, at) {
        return false;
    }
    let outer = cx.ancestors(Node::Stmt(own)).filter_map(|up| match up {
        Node::Stmt(stmt) => Some(stmt),
        Node::Expr(_) => None,
    });
    let mut inner = own;
    let mut suites = Vec::new();
    for stmt in outer {
        suites.extend(node::suites(stmt).into_iter().find_map(|suite| behind(suite, inner)));
        inner = stmt;
        if matches!(stmt, ast::Stmt::For(_) | ast::Stmt::While(_) | ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_)) {
            break;
        }
    }
    for stmt in suites.into_iter().flatten() {
        if stores(cx, stmt, name, base) {
            return true;
        }
        if !is_quiet(cx, stmt, name, base, false) {
            return false;
        }
    }
    false
}

fn behind<'a>(suite: &'a [ast::Stmt], stmt: &ast::Stmt) -> Option<&'a [ast::Stmt]> {
    suite.iter().position(|own| std::ptr::eq(own, stmt)).map(|at| &suite[at + 1..])
}

/// `p.data.copy_(q)`, `p.copy_(q)`
fn stores<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str, base: &str) -> bool {
    let ast::Stmt::Expr(stmt) = stmt else { return false };
    let ast::Expr::Call(call) = &*stmt.value else { return false };
    let (ast::Expr::Attribute(method), [value]) = (&*call.func, &call.args[..]) else { return false };
    method.attr.as_str() == "copy_" && is_same_name(value, name) && is_same_name(storage::owner(cx, &method.value), base)
}

/// Whether a statement neither looks at the base, nor binds one of the names, nor leaves before the end.
fn is_quiet<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str, base: &str, is_write: bool) -> bool {
    let mut is_quiet = true;
    Node::Stmt(stmt).walk(&mut |node| match node {
        Node::Stmt(ast::Stmt::Return(_) | ast::Stmt::Continue(_) | ast::Stmt::Break(_)) => is_quiet = false,
        Node::Expr(expr @ ast::Expr::Name(own)) => {
            let is_bound = !own.ctx.is_load() && own.id.as_str() == name && !is_write;
            let is_read = own.id.as_str() == base && reads_values(cx, expr);
            is_quiet &= !is_bound && !is_read;
        }
        _ => {}
    });
    is_quiet
}

/// Whether more than `p.grad`, `p.shape` or `state[p]` is asked of a name.
fn reads_values<'a>(cx: &Cx<'a>, name: &'a ast::Expr) -> bool {
    let is_gradient = matches!(cx.parent(name), Some(Node::Expr(ast::Expr::Attribute(read))) if read.attr.as_str() == "grad");
    let is_key = matches!(cx.parent(name), Some(Node::Expr(ast::Expr::Subscript(item))) if std::ptr::eq(&*item.slice, name));
    !is_gradient && !is_key && !is_metadata(cx, name)
}

/// Whether another name of the function may stand for the same memory.
fn has_other_names<'a>(cx: &Cx<'a>, name: &str, base: &str, at: &'a ast::Expr) -> bool {
    let mut found = false;
    node::statements(views::enclosing_body(cx, at), &mut |stmt| {
        let ast::Stmt::Assign(assign) = stmt else { return };
        let is_own = assign.targets.iter().all(|target| is_same_name(target, name));
        let shared = views::shared(cx, &assign.value).unwrap_or(&assign.value);
        found |= !is_own && (is_same_name(shared, base) || is_same_name(shared, name));
    });
    found
}
