//! `y.exp_().div_(y.sum())`: PyTorch has written the exponentials before it reads their sum. A chain of in-place calls is one value in MLX, so what a later
//! argument sees has to be written first.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::{Module, Uses};
use crate::other_memory::{self, Reading};
use crate::{fresh_values, in_place, rules, storage};

/// The calls of a chain that are written before a later one is evaluated, in order.
pub(crate) fn steps<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    let mut at = expr;
    while let Some(inner) = receiver_call(cx, at) {
        if seen(cx, at, inner) != Reading::Apart {
            found.push(inner);
        }
        at = inner;
    }
    found.reverse();
    found
}

/// Whether the writes of the chain around a call stand on lines of their own: it is a statement that nobody has rewritten.
pub(crate) fn has_lines<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let mut at = expr;
    while in_place::is_receiver_of_in_place(cx, at) {
        let call = cx.parent(at).and_then(|method| cx.parent(method));
        let Some(Node::Expr(call)) = call else { return false };
        at = call;
    }
    match cx.parent(at) {
        Some(Node::Stmt(stmt @ ast::Stmt::Expr(_))) => cx.owns_its_lines(stmt) && cx.stmt_claim(stmt).is_none(),
        _ => false,
    }
}

/// The value of a call whose arguments see what the call before it has written to `root`: that is read again, or written on the spot.
pub(crate) fn ordered<'a>(
    cx: &Cx<'a>,
    expr: &'a ast::Expr,
    root: &'a ast::Expr,
    value: Vec<Piece<'a>>,
) -> Result<(Vec<Piece<'a>>, Uses), Finding> {
    let is_seen = |inner: &&'a ast::Expr| seen(cx, expr, inner) != Reading::Apart;
    let Some(inner) = receiver_call(cx, expr).filter(is_seen) else { return Ok((value, Uses::default())) };
    // A view that an argument reads.
    if let Some(finding) = rules::stale_name(cx, whole(cx, root), inner) {
        return Err(finding);
    }
    let is_inner = |piece: &Piece<'a>| matches!(piece, Piece::Expr(part, _) if std::ptr::eq(*part, inner));
    if has_lines(cx, expr) {
        let again = |piece: Piece<'a>| match piece {
            Piece::Expr(part, slot) if std::ptr::eq(part, inner) => Piece::Expr(root, slot),
            piece => piece,
        };
        return Ok((value.into_iter().map(again).collect(), Uses::default()));
    }
    // What stands in front of the write would be evaluated before it.
    let first = value.iter().position(|piece| matches!(piece, Piece::Expr(part, _) if !part.is_constant_expr()));
    let is_first = first.is_some_and(|first| is_inner(&value[first])) && value.iter().filter(|piece| is_inner(piece)).count() == 1;
    let is_whole = matches!(root, ast::Expr::Name(_) | ast::Expr::Attribute(_)) && cx.is_simple(root);
    if !is_first || !is_whole || in_place::binds_anew(cx, inner) {
        if seen(cx, expr, inner) == Reading::Open {
            return Ok((value, Uses::default()));
        }
        let root = cx.snippet(root);
        let reason = format!("an argument of this call reads `{root}` after the call before it has changed it");
        return Err(Finding::todo(codes::IN_PLACE_VALUE, expr.range(), reason).help("write each call as a statement of its own"));
    }
    let (assign, uses) = cx.member(Module::Compat, "assign_");
    let mut pieces = Vec::new();
    for piece in value {
        if is_inner(&piece) {
            pieces.extend([Piece::text(format!("{assign}(")), Piece::Expr(root, Prec::Named), Piece::text(", ")]);
            pieces.extend([Piece::Expr(inner, Prec::Named), Piece::text(")")]);
        } else {
            pieces.push(piece);
        }
    }
    Ok((pieces, uses))
}

/// `y.exp_()` of `y.exp_().div_(s)`, and `torch.exp_(y)` of `torch.exp_(y).div_(s)`
fn receiver_call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let inner = &*in_place::written_method(cx, expr)?.value;
    let is_written = in_place::written_method(cx, inner).is_some() || in_place::written_argument(cx, inner).is_some();
    // Initialisers have written already.
    (is_written && !in_place::is_initialiser(cx, inner)).then_some(inner)
}

/// What the arguments of a call may read of what the call before it has written.
fn seen<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, inner: &'a ast::Expr) -> Reading {
    let ast::Expr::Call(call) = expr else { return Reading::Apart };
    let mut args =
        call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)).filter(|arg| !arg.is_constant_expr()).peekable();
    if args.peek().is_none() {
        return Reading::Apart;
    }
    let root = in_place::root(cx, inner);
    if fresh_values::is_fresh(cx, root) {
        return Reading::Apart;
    }
    args.map(|arg| other_memory::reading(cx, root, arg)).max().unwrap_or(Reading::Apart)
}

/// `x` of `x[0]`, where `x` is a tensor.
fn whole<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> &'a ast::Expr {
    match expr {
        ast::Expr::Subscript(item) if !in_place::is_container_item(cx, item) => whole(cx, storage::owner(cx, &item.value)),
        _ => expr,
    }
}
