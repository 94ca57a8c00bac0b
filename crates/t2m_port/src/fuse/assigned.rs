//! What one statement gives a value to, what it sets, and what it reads.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use super::form;

/// `name = value`, annotated or not.
pub(super) fn plain_assignment(stmt: &ast::Stmt) -> Option<(&str, &ast::Expr)> {
    match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [ast::Expr::Name(target)] => Some((&target.id, &assign.value)),
            _ => None,
        },
        ast::Stmt::AnnAssign(assign) => match (&*assign.target, &assign.value) {
            (ast::Expr::Name(target), Some(value)) => Some((&target.id, value)),
            _ => None,
        },
        _ => None,
    }
}

/// `scores.masked_fill_(mask, value)` alone, `scores += mask`: what changes, and what stands there.
pub(super) fn in_place(stmt: &ast::Stmt) -> Option<(&str, &ast::Expr)> {
    match stmt {
        ast::Stmt::AugAssign(stmt) => match &*stmt.target {
            ast::Expr::Name(target) => Some((&target.id, &stmt.value)),
            _ => None,
        },
        ast::Stmt::Expr(only) => {
            let ast::Expr::Call(call) = &*only.value else { return None };
            let ast::Expr::Attribute(method) = &*call.func else { return None };
            let ast::Expr::Name(target) = &*method.value else { return None };
            (method.attr.ends_with('_') && !method.attr.starts_with('_')).then_some((&target.id, &*only.value))
        }
        _ => None,
    }
}

/// The name that a statement gives a value to, and the value: `name = value`, `name.masked_fill_(...)`.
pub(super) fn changed(stmt: &ast::Stmt) -> Option<(&str, &ast::Expr)> {
    match stmt {
        ast::Stmt::AugAssign(_) => None,
        ast::Stmt::Expr(_) => in_place(stmt),
        _ => plain_assignment(stmt),
    }
}

/// The names that an assignment gives values to, and the value: `name = value`, `a, b = value`.
pub(super) fn assigned_names(stmt: &ast::Stmt) -> Option<(Vec<&str>, &ast::Expr)> {
    if let Some((name, value)) = plain_assignment(stmt) {
        return Some((vec![name], value));
    }
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [ast::Expr::Tuple(tuple)] = &assign.targets[..] else { return None };
    let name = |target: &'_ ast::Expr| matches!(target, ast::Expr::Name(_));
    if !tuple.elts.iter().all(name) {
        return None;
    }
    let names = tuple.elts.iter().filter_map(|target| match target {
        ast::Expr::Name(target) => Some(target.id.as_str()),
        _ => None,
    });
    Some((names.collect(), &assign.value))
}

/// Whether a statement, or one in it, may give the name a value.
pub(super) fn sets(stmt: &ast::Stmt, name: &str) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| match node {
        Node::Expr(ast::Expr::Name(target)) => found |= target.id.as_str() == name && !matches!(target.ctx, ast::ExprContext::Load),
        Node::Stmt(ast::Stmt::FunctionDef(def)) => found |= def.name.as_str() == name,
        Node::Stmt(ast::Stmt::ClassDef(def)) => found |= def.name.as_str() == name,
        Node::Stmt(ast::Stmt::Import(_) | ast::Stmt::ImportFrom(_)) => found = true,
        Node::Stmt(ast::Stmt::Try(_) | ast::Stmt::TryStar(_) | ast::Stmt::Match(_)) => found = true,
        _ => {}
    });
    found
}

/// Where a statement, or one in it, reads the name.
pub(super) fn reads(stmt: &ast::Stmt, name: &str) -> Vec<TextRange> {
    let mut found = Vec::new();
    Node::Stmt(stmt).walk(&mut |node| match node {
        Node::Expr(ast::Expr::Name(read)) if read.id.as_str() == name && !matches!(read.ctx, ast::ExprContext::Store) => {
            found.push(read.range());
        }
        // `x += 1` reads what it writes.
        Node::Stmt(ast::Stmt::AugAssign(stmt)) => {
            if matches!(&*stmt.target, ast::Expr::Name(target) if target.id.as_str() == name) {
                found.push(stmt.range());
            }
        }
        _ => {}
    });
    found
}

/// Whether an expression asks a tensor of four axes for its lengths alone, but not for how many heads it has: `k.shape[-2]`.
pub(super) fn is_measured(expr: &ast::Expr, name: &str) -> bool {
    let is_it = |expr: &ast::Expr| matches!(expr, ast::Expr::Name(read) if read.id.as_str() == name);
    let counts = |index: &ast::Expr| matches!(form::integer(index), Some(-1 | -2 | -4 | 0 | 2 | 3));
    let (mut reads, mut lengths) = (0, 0);
    Node::Expr(expr).walk(&mut |node| match node {
        Node::Expr(read @ ast::Expr::Name(_)) => reads += usize::from(is_it(read)),
        Node::Expr(ast::Expr::Subscript(subscript)) => {
            let is_length =
                matches!(&*subscript.value, ast::Expr::Attribute(shape) if shape.attr.as_str() == "shape" && is_it(&shape.value));
            lengths += usize::from(is_length && counts(&subscript.slice));
        }
        Node::Expr(ast::Expr::Call(call)) => {
            let is_length = matches!(&*call.func, ast::Expr::Attribute(size) if size.attr.as_str() == "size" && is_it(&size.value));
            lengths += usize::from(is_length && matches!(&call.args[..], [index] if counts(index)));
        }
        _ => {}
    });
    reads == lengths
}

/// The names in an expression.
pub(super) fn names(expr: &ast::Expr) -> Vec<&str> {
    let mut found = Vec::new();
    Node::Expr(expr).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Name(name)) = node {
            found.push(name.id.as_str());
        }
    });
    found
}
