//! Integers that PyTorch makes with 64 bits, and MLX with 32, where the function around them may make large ones, or asks for the dtype.

use t2m_semantic::kind::DType;
use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use crate::cx::Cx;
use crate::{integers, receiver, views};

/// Whether 32 bits may be too few for the integers that are made by the callee `at`, or the program can tell.
pub(crate) fn grow_around<'a>(cx: &Cx<'a>, at: &'a ast::Expr) -> bool {
    let Some(Node::Expr(made)) = cx.parent(at) else { return false };
    if !is_int64(cx, made) {
        return false;
    }
    let body = views::enclosing_body(cx, at);
    if is_size_for_others(cx, made) {
        return true;
    }
    let mut loops: Vec<TextRange> = Vec::new();
    let mut grow = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Stmt(stmt @ (ast::Stmt::For(_) | ast::Stmt::While(_))) = node {
                loops.push(stmt.range());
            }
            grow = grow || grows(cx, node, &loops);
        });
    }
    grow
}

/// `count = torch.tensor(x.shape[0])` that is returned or handed on: what others compute of it may grow.
fn is_size_for_others<'a>(cx: &Cx<'a>, made: &'a ast::Expr) -> bool {
    let ast::Expr::Call(call) = made else { return false };
    let is_size = |value: &ast::Expr| cx.kind(value) == Kind::Int && receiver::number(value).is_none();
    if cx.qualified(&call.func) != Some("torch.tensor") || !call.args.first().is_some_and(is_size) {
        return false;
    }
    match cx.parent(made) {
        Some(Node::Stmt(ast::Stmt::Return(_))) => true,
        Some(Node::Stmt(ast::Stmt::Assign(assign))) => match &assign.targets[..] {
            [ast::Expr::Name(name)] => integers::is_read_after(cx, name, made, assign.range.end(), &mut |read| is_handed_on(cx, read)),
            _ => false,
        },
        _ => false,
    }
}

fn is_handed_on<'a>(cx: &Cx<'a>, read: &'a ast::Expr) -> bool {
    match cx.parent(read) {
        Some(Node::Stmt(ast::Stmt::Return(_))) => true,
        Some(Node::Expr(up @ (ast::Expr::Tuple(_) | ast::Expr::List(_)))) => is_handed_on(cx, up),
        Some(Node::Expr(ast::Expr::Call(call))) => {
            !std::ptr::eq(&*call.func, read)
                && !cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch."))
                && !matches!(cx.entity(&call.func), Some(Entity::Builtin(_)))
        }
        _ => false,
    }
}

fn grows<'a>(cx: &Cx<'a>, node: Node<'a>, loops: &[TextRange]) -> bool {
    match node {
        Node::Expr(expr @ ast::Expr::BinOp(e)) => is_int64(cx, expr) && is_growth(cx, &e.left, e.op, &e.right),
        Node::Stmt(ast::Stmt::AugAssign(e)) => is_int64(cx, &e.target) && is_growth(cx, &e.target, e.op, &e.value),
        // `h = h * 31 + c` in a loop
        Node::Stmt(ast::Stmt::Assign(e)) => {
            let [ast::Expr::Name(name)] = &e.targets[..] else { return false };
            is_int64(cx, &e.value) && loops.iter().any(|around| around.contains_range(e.range)) && multiplies(&e.value, &name.id)
        }
        // `f"{x.dtype}"`
        Node::Expr(ast::Expr::FormattedValue(shown)) => is_dtype_of_int64(cx, &shown.value),
        // `str(x.dtype)`, `print(x.dtype)`
        Node::Expr(ast::Expr::Call(call)) if matches!(cx.entity(&call.func), Some(Entity::Builtin(_))) => {
            call.args.iter().any(|argument| is_dtype_of_int64(cx, argument))
        }
        Node::Expr(ast::Expr::Call(call)) => {
            let method = crate::rules::last_name(&call.func).unwrap_or_default();
            let grown = match (&*call.func, cx.qualified(&call.func)) {
                (_, Some(_)) => call.args.first(),
                (ast::Expr::Attribute(attribute), None) => Some(&*attribute.value),
                _ => None,
            };
            matches!(method, "pow" | "square") && grown.is_some_and(|grown| is_int64(cx, grown))
        }
        // `x.dtype == torch.long`
        Node::Expr(ast::Expr::Compare(e)) => match &*e.left {
            ast::Expr::Attribute(read) if read.attr.as_str() == "dtype" => {
                let is_named = |side| matches!(cx.qualified(side), Some("torch.int64" | "torch.long"));
                is_int64(cx, &read.value) || may_be_int64(cx, &read.value) && e.comparators.iter().any(is_named)
            }
            _ => false,
        },
        _ => false,
    }
}

/// Powers, shifts, products of tensors, and what is reckoned with large numbers.
fn is_growth<'a>(cx: &Cx<'a>, left: &'a ast::Expr, op: ast::Operator, right: &'a ast::Expr) -> bool {
    const LARGE: f64 = 32_768.0;
    let is_large = |side: &ast::Expr| crate::receiver::number(side).is_some_and(|number| number.abs() >= LARGE);
    match op {
        ast::Operator::Pow | ast::Operator::LShift => true,
        ast::Operator::Mult => is_large(left) || is_large(right) || is_int64(cx, left) && is_int64(cx, right),
        ast::Operator::Add | ast::Operator::Sub => is_large(left) || is_large(right),
        _ => false,
    }
}

/// Whether a name is a factor in an expression.
fn multiplies(value: &ast::Expr, name: &str) -> bool {
    let mut found = false;
    Node::Expr(value).walk(&mut |node| {
        if let Node::Expr(ast::Expr::BinOp(e)) = node {
            let is_factor = |side: &ast::Expr| views::is_same_name(side, name);
            found |= matches!(e.op, ast::Operator::Mult) && (is_factor(&e.left) || is_factor(&e.right));
        }
    });
    found
}

/// `x.dtype` of 64-bit integers.
fn is_dtype_of_int64(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Attribute(read) if read.attr.as_str() == "dtype" && is_int64(cx, &read.value))
}

fn may_be_int64(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    match cx.kind(expr) {
        Kind::Tensor(tensor) => tensor.dtype.is_none(),
        kind => kind.is_unknown(),
    }
}

fn is_int64(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Tensor(tensor) if tensor.dtype == Some(DType::Int64))
}
