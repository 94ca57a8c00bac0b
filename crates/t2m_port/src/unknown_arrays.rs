//! What is not known to be a tensor, and is used as only arrays are.

use t2m_semantic::Kind;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use crate::cx::Cx;
use crate::view_names::VIEWS;
use crate::views::{bindings, enclosing_body, is_basic_index, is_ellipsis, is_same_name, pairs_of, reads, walked_by};

/// Whether a name of unknown kind may hold an item of a tensor, a view: what is taken from `x` by an index, or by a loop, where `x` or the item is asked for
/// what only arrays have.
pub(crate) fn may_be_item<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, at: &'a ast::Expr) -> bool {
    let body = enclosing_body(cx, at);
    let Some((node, value)) = bindings(body, &name.id).into_iter().rev().find(|(_, value)| value.range().start() < at.range().start())
    else {
        return false;
    };
    // `a, b = x[0], x[1]`
    let pairs = match node {
        Node::Stmt(ast::Stmt::Assign(assign)) => assign.targets.iter().flat_map(|target| pairs_of(target, &assign.value)).collect(),
        _ => Vec::new(),
    };
    let value = pairs.into_iter().find(|(target, _)| is_same_name(target, &name.id)).map_or(value, |(_, value)| value);
    let base = match (node, value) {
        (Node::Stmt(ast::Stmt::For(loop_)), iterated) if matches!(&*loop_.target, ast::Expr::Name(_)) => iterated,
        (Node::Stmt(ast::Stmt::Assign(_)), ast::Expr::Subscript(item)) if is_basic_index(cx, &item.slice) => &*item.value,
        // `a, b, c = y` of what is computed
        (Node::Stmt(ast::Stmt::Assign(_)), ast::Expr::Name(_)) if !is_whole(node, name) => value,
        _ => return false,
    };
    let ast::Expr::Name(base) = base else { return false };
    let is_unpacked = value.is_name_expr() && matches!(node, Node::Stmt(ast::Stmt::Assign(_)));
    let is_asked = |name: &str| !is_unpacked && is_asked_as_array(cx, body, name);
    cx.kind(value).is_unknown() && (is_asked(&name.id) || is_asked(&base.id) || is_computed(cx, base, value))
}

/// Whether an assignment binds the name to the value itself.
fn is_whole(node: Node<'_>, name: &ast::ExprName) -> bool {
    let Node::Stmt(ast::Stmt::Assign(assign)) = node else { return false };
    assign.targets.iter().flat_map(|target| pairs_of(target, &assign.value)).any(|(target, _)| is_same_name(target, &name.id))
}

/// Whether what a name holds in front of `at` is computed as numbers and arrays alone are, and has items: `y = x / 2`, `y = x.exp()`. In files of PyTorch it is a
/// tensor then.
fn is_computed<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, at: &'a ast::Expr) -> bool {
    let bound = bindings(enclosing_body(cx, at), &name.id).into_iter().rev().find(|(_, value)| value.range().end() <= at.range().start());
    let Some((Node::Stmt(stmt @ ast::Stmt::Assign(assign)), value)) = bound else { return false };
    let is_alone = assign.targets.iter().any(|target| is_same_name(target, &name.id));
    is_alone && is_arithmetic(cx, value) && crate::imports::imports_torch(cx) && !stands_beside_numpy(cx, stmt)
}

fn is_arithmetic(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    match value {
        ast::Expr::BinOp(e) => match e.op {
            ast::Operator::Sub | ast::Operator::Div | ast::Operator::MatMult | ast::Operator::Pow | ast::Operator::FloorDiv => true,
            // Lists are added, and repeated.
            ast::Operator::Add | ast::Operator::Mult => [&*e.left, &*e.right]
                .into_iter()
                .any(|side| cx.kind(side) == Kind::Float || cx.kind(side).is_tensor() || is_arithmetic(cx, side)),
            _ => false,
        },
        ast::Expr::UnaryOp(e) => matches!(e.op, ast::UnaryOp::USub) && !e.operand.is_constant_expr(),
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) => {
                cx.entity(&call.func).is_none() && cx.kind(&method.value).is_unknown() && VIEWS.of_arrays.contains(method.attr.as_str())
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether a function of NumPy is called in a statement: rows of NumPy's arrays are views in the port, too.
fn stands_beside_numpy<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(expr) = node {
            found |= cx.kind(expr) == Kind::Ndarray || cx.qualified(expr).is_some_and(|name| name.starts_with("numpy."));
        }
    });
    found
}

/// `for row in x: row *= 2`, where nobody reads `row` afterwards: it is no number, whose change would be for nothing. Lists may grow so.
pub(crate) fn is_changed_for_its_owner<'a>(cx: &Cx<'a>, name: &'a ast::ExprName, at: &'a ast::Expr) -> bool {
    let Some(ast::Stmt::AugAssign(change)) = cx.statement(at) else { return false };
    // NumPy's rows are views in the port too.
    if !crate::imports::imports_torch(cx) {
        return false;
    }
    let body = enclosing_body(cx, at);
    let bound = bindings(body, &name.id).into_iter().rev().find(|(_, value)| value.range().start() < at.range().start());
    let is_item = |item: &ast::Expr| item.is_subscript_expr();
    let walked = match bound {
        Some((Node::Stmt(ast::Stmt::For(walk)), iter)) if walk.target.is_name_expr() || iter.is_call_expr() => {
            walked_by(cx, &walk.target, iter, &name.id)
        }
        _ => None,
    };
    let iterates_name = match walked {
        Some(ast::Expr::List(items)) => items.elts.iter().all(is_item),
        Some(ast::Expr::Tuple(items)) => items.elts.iter().all(is_item),
        walked => walked.is_some_and(ast::Expr::is_name_expr),
    };
    let is_sequence = matches!(&*change.value, ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::ListComp(_))
        || matches!(cx.kind(&change.value), Kind::List(_) | Kind::Tuple(_) | Kind::Str);
    iterates_name && !is_sequence && !reads(body, &name.id).into_iter().any(|read| read > change.range.end())
}

/// `x.shape`, `x.sum()`, `torch.sum(x)`
pub(crate) fn is_asked_as_array<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &str) -> bool {
    let mut asked = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(ast::Expr::Attribute(member)) => {
                asked |= is_same_name(&member.value, name) && VIEWS.of_arrays.contains(member.attr.as_str());
            }
            Node::Expr(ast::Expr::Call(call)) if call.args.first().is_some_and(|first| is_same_name(first, name)) => {
                let method = cx.qualified(&call.func).and_then(|function| function.strip_prefix("torch."));
                asked |= method.is_some_and(|method| VIEWS.of_arrays.contains(method));
            }
            _ => {}
        });
    }
    asked
}

/// `outputs.hidden_states`: whether something is asked of a name that no tensor has.
pub(crate) fn is_asked_as_object<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], name: &str) -> bool {
    let mut asked = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Attribute(member)) = node
                && is_same_name(&member.value, name)
            {
                asked |= cx.tables.lookup(&format!("Tensor.{}", member.attr)).next().is_none();
            }
        });
    }
    asked
}

/// Whether the function around reads items of a name as only arrays give them: `x[...]`, `x[:, 0]`.
pub(crate) fn is_indexed_as_array<'a>(cx: &Cx<'a>, name: &'a ast::Expr, at: &'a ast::Expr) -> bool {
    let is_array_index = |index: &ast::Expr| match index {
        ast::Expr::Tuple(items) => items.elts.iter().any(|item| item.is_slice_expr() || is_ellipsis(item)),
        index => is_ellipsis(index),
    };
    let mut found = false;
    for stmt in enclosing_body(cx, at) {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= matches!(node, Node::Expr(ast::Expr::Subscript(item)) if is_array_index(&item.slice) && cx.source(&*item.value) == cx.source(name));
        });
    }
    found
}
