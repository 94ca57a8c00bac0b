//! Parts of what is not known that are changed as only arrays are: `part = x[a:b]` and then `part += 0.5`, which no list takes, and a slice is no number.

use t2m_syntax::Node;
use t2m_syntax::ast;

use crate::cx::Cx;
use crate::views::{bindings, enclosing_body, is_ellipsis, is_same_name, pairs_of, walked_by};

/// Whether a name that is written to at `at` holds a slice or a split part of a tensor, as the write or the split proves.
pub(crate) fn is_part<'a>(cx: &Cx<'a>, name: &ast::ExprName, at: &'a ast::Expr) -> bool {
    // Rows of NumPy's arrays are views in the port, too.
    if !crate::imports::imports_torch(cx) {
        return false;
    }
    let Some(stmt) = cx.statement(at) else { return false };
    let body = enclosing_body(cx, at);
    let bound = bindings(body, &name.id).into_iter().rev().find(|(node, _)| match node {
        Node::Stmt(bound) => ast::Ranged::range(*bound).start() < ast::Ranged::range(at).start(),
        _ => false,
    });
    let found = match bound {
        Some((Node::Stmt(ast::Stmt::For(walk)), iter)) => walked_by(cx, &walk.target, iter, &name.id).is_some_and(|all| is_split(cx, all)),
        Some((Node::Stmt(ast::Stmt::Assign(assign)), value)) => {
            let pairs = assign.targets.iter().flat_map(|target| pairs_of(target, value));
            let mut own = pairs.filter(|(target, _)| is_same_name(target, &name.id)).map(|(_, value)| value);
            let is_unpacked = || is_split(cx, value) && assign.targets.iter().all(|target| target.is_tuple_expr());
            own.any(|value| is_slice(cx, value, name)) && proves_array(cx, stmt, at) || is_unpacked()
        }
        _ => false,
    };
    found && !names_numpy(cx, body)
}

/// `x.split(4)`, `x.chunk(2)`: strings split by strings.
fn is_split<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    let ast::Expr::Attribute(method) = &*call.func else { return false };
    if cx.entity(&call.func).is_some() || !cx.kind(&method.value).is_unknown() {
        return false;
    }
    match method.attr.as_str() {
        "chunk" | "unbind" | "tensor_split" => true,
        "split" => call.args.first().is_some_and(|size| cx.kind(size).is_number()),
        _ => false,
    }
}

/// `x[a:b]` of another name.
fn is_slice<'a>(cx: &Cx<'a>, value: &'a ast::Expr, name: &ast::ExprName) -> bool {
    let ast::Expr::Subscript(part) = value else { return false };
    let is_sliced = match &*part.slice {
        ast::Expr::Slice(_) => true,
        ast::Expr::Tuple(index) => index.elts.iter().any(|entry| entry.is_slice_expr() || is_ellipsis(entry)),
        _ => false,
    };
    is_sliced && cx.kind(&part.value).is_unknown() && part.value.is_name_expr() && !is_same_name(&part.value, &name.id)
}

/// `part += 0.5`, `part -= mean`, `part[1:] = 0`: lists take sequences alone.
fn proves_array<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, at: &'a ast::Expr) -> bool {
    let is_number = |value: &'a ast::Expr| cx.kind(value).is_number() || cx.kind(value).is_tensor();
    match stmt {
        ast::Stmt::AugAssign(change) if at.is_name_expr() => match change.op {
            ast::Operator::Add => is_number(&change.value),
            // Lists are repeated by whole numbers.
            ast::Operator::Mult => cx.kind(&change.value) == t2m_semantic::Kind::Float || cx.kind(&change.value).is_tensor(),
            _ => true,
        },
        ast::Stmt::Assign(assign) => {
            matches!(at, ast::Expr::Subscript(place) if place.slice.is_slice_expr() || place.slice.is_tuple_expr())
                && is_number(&assign.value)
        }
        _ => false,
    }
}

/// Whether a function of NumPy, or an array of its, stands in a function.
fn names_numpy<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt]) -> bool {
    if !cx.text_has("numpy") {
        return false;
    }
    let mut found = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(expr) = node {
                found |= cx.kind(expr) == t2m_semantic::Kind::Ndarray || cx.qualified(expr).is_some_and(|name| name.starts_with("numpy."));
            }
        });
    }
    found
}
