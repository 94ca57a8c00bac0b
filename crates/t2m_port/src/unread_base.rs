//! `c.view(-1).pow_(2).sum()` where nobody reads `c` any more: the tensor behind the view changes, and no one sees it.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, ExprContext, Ranged};
use t2m_syntax::{Node, TextRange};

use crate::cx::Cx;
use crate::fresh_values;
use crate::{receiver, same_object, views};

/// Whether `base`, a name that the function itself binds to new tensors, is read for the last time in the statement of `at`, and nothing else holds the tensor.
pub(crate) fn is_unread<'a>(cx: &Cx<'a>, base: &'a ast::Expr, at: &'a ast::Expr) -> bool {
    let (ast::Expr::Name(name), Some(own)) = (base, cx.statement(at)) else { return false };
    // What is evaluated more than once reads what the time before wrote.
    let within = cx.ancestors(Node::Expr(at)).take_while(|up| matches!(up, Node::Expr(_)));
    if matches!(own, ast::Stmt::While(_)) || within.into_iter().any(is_repeated) {
        return false;
    }
    let in_function = cx.ancestors(Node::Stmt(own)).any(|up| matches!(up, Node::Stmt(ast::Stmt::FunctionDef(_))));
    if !in_function || receiver::is_parameter_around(cx, at, &name.id) {
        return false;
    }
    let body = views::enclosing_body(cx, at);
    let bound = views::bindings(body, &name.id);
    let Some((Node::Stmt(first), _)) = bound.first().copied() else { return false };
    let around: Vec<Node<'a>> = cx.ancestors(Node::Stmt(own)).collect();
    // What a later turn of a loop reads is bound anew in it, whichever branches are taken.
    let is_in_turn = |up: &Node<'a>| {
        let is_loop = matches!(up, Node::Stmt(ast::Stmt::For(_) | ast::Stmt::While(_)));
        !is_loop || up.range().contains_range(first.range())
    };
    let is_always = cx.parent(first).is_none_or(|parent| around.iter().any(|up| up.is(parent)));
    let is_new = |(node, value): &(Node<'a>, &'a ast::Expr)| {
        matches!(node, Node::Stmt(ast::Stmt::Assign(_))) && node.range().end() <= own.range().start() && fresh_values::is_fresh(cx, value)
    };
    if !is_always || !around.iter().all(is_in_turn) || !bound.iter().all(is_new) {
        return false;
    }
    let span = TextRange::new(first.range().end(), own.range().end());
    let mut reads = 0;
    let mut is_kept = false;
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(read @ ast::Expr::Name(other)) if other.id == name.id && other.ctx == ExprContext::Load => {
                reads += usize::from(own.range().contains_range(other.range));
                is_kept |= !span.contains_range(other.range) || !own.range().contains_range(other.range) && !only_computes(cx, read, own);
            }
            Node::Expr(place @ ast::Expr::Name(other)) if other.id == name.id => {
                let is_bound = bound.iter().any(|(node, _)| node.range().contains_range(other.range));
                let is_augmented = || matches!(cx.parent(place), Some(Node::Stmt(ast::Stmt::AugAssign(_))));
                is_kept |= other.ctx != ExprContext::Store || !is_bound && !is_augmented();
            }
            Node::Stmt(ast::Stmt::Global(stmt)) => is_kept |= stmt.names.contains(&name.id),
            Node::Stmt(ast::Stmt::Nonlocal(stmt)) => is_kept |= stmt.names.contains(&name.id),
            _ => {}
        });
    }
    reads == 1 && !is_kept && same_object::other_names(cx, name, at).is_empty()
}

/// Whether a read only computes with the tensor: an operand, the receiver of an attribute, or an argument of a library's function, not in a nested function.
fn only_computes<'a>(cx: &Cx<'a>, read: &'a ast::Expr, own: &ast::Stmt) -> bool {
    // A generator computes later.
    let is_nested = || {
        let mut functions = cx.ancestors(Node::Expr(read)).filter(|up| {
            let is_function = matches!(up, Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_)));
            is_function || matches!(up, Node::Expr(ast::Expr::Lambda(_) | ast::Expr::GeneratorExp(_)))
        });
        functions.next().is_some_and(|innermost| !innermost.range().contains_range(own.range()))
    };
    let computes = match cx.parent(read) {
        Some(Node::Expr(ast::Expr::BinOp(_) | ast::Expr::Compare(_))) => true,
        Some(Node::Expr(ast::Expr::UnaryOp(e))) => e.op != ast::UnaryOp::UAdd,
        Some(Node::Expr(ast::Expr::Attribute(method))) => match called(cx, read) {
            Some(call) => gives_new(cx, call),
            None => matches!(method.attr.as_str(), "shape" | "dtype" | "device" | "ndim"),
        },
        // A class keeps what it gets: `TensorDataset(c)`.
        Some(Node::Expr(up @ ast::Expr::Call(call))) if let Some(Entity::Library(function)) = cx.entity(&call.func) => {
            let last = function.rsplit('.').next().unwrap_or_default();
            last.starts_with(char::is_lowercase) && gives_new(cx, up)
        }
        _ => false,
    };
    computes && !is_nested()
}

fn is_repeated(around: Node<'_>) -> bool {
    use ast::Expr::{DictComp, GeneratorExp, Lambda, ListComp, SetComp};
    matches!(around, Node::Expr(ListComp(_) | SetComp(_) | DictComp(_) | GeneratorExp(_) | Lambda(_)))
}

/// `x.sum()` of its `x`
fn called<'a>(cx: &Cx<'a>, receiver: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let Some(Node::Expr(method @ ast::Expr::Attribute(_))) = cx.parent(receiver) else { return None };
    match cx.parent(method)? {
        Node::Expr(expr @ ast::Expr::Call(call)) if std::ptr::eq(&*call.func, method) => Some(expr),
        _ => None,
    }
}

/// Whether a call, or one that is made on its result, gives a new tensor: `d = c.view(-1)`, which is read later, would see the change.
fn gives_new<'a>(cx: &Cx<'a>, call: &'a ast::Expr) -> bool {
    let is_statement = matches!(cx.parent(call), Some(Node::Stmt(ast::Stmt::Expr(_))));
    is_statement || fresh_values::is_fresh(cx, call) || called(cx, call).is_some_and(|outer| gives_new(cx, outer))
}
