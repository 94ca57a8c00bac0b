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
        _ => return false,
    };
    let ast::Expr::Name(base) = base else { return false };
    cx.kind(value).is_unknown() && (is_asked_as_array(cx, body, &name.id) || is_asked_as_array(cx, body, &base.id))
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
