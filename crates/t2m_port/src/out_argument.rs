//! `out=`: PyTorch writes the result into tensors that are there already. The row gives the value, and `in_place` stores it.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Node, Piece, Prec};

use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::fresh_values;
use crate::handlers;
use crate::receiver;
use crate::{in_place, storage};

/// What a call passes as `out=`, unless that is `None`.
pub(crate) fn given(call: &ast::ExprCall) -> Option<&ast::Expr> {
    let out = call.keywords.iter().find(|keyword| keyword.arg.as_deref() == Some("out")).map(|keyword| &keyword.value);
    out.filter(|out| !receiver::is_none(out))
}

/// Whether the result is several tensors: `out=(values, indices)`.
pub(crate) fn is_several(out: &ast::Expr) -> bool {
    matches!(out, ast::Expr::Tuple(_) | ast::Expr::List(_))
}

/// Stores the `value` of a call where its `out=` says.
pub(crate) fn store<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, out: &'a ast::Expr, value: Claim<'a>) -> Result<Claim<'a>, Finding> {
    let is_statement = matches!(cx.parent(expr), Some(Node::Stmt(ast::Stmt::Expr(_))));
    if let ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) = out {
        return several(cx, expr, elts, is_statement, value);
    }
    // Nobody calls for `out=None` alone.
    if may_be_none(cx, out) && !is_statement || !(cx.kind(out).is_tensor() || cx.kind(out).is_unknown()) {
        let reason = format!("`out={}` may be `None`: whether there is something to write to is not known", cx.snippet(out));
        return Err(Finding::todo(codes::ARGUMENTS, expr.range(), reason).help("store the result by an assignment"));
    }
    let is_chained = matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Attribute(method))) if storage::is_in_place(&method.attr));
    if is_chained {
        let reason = "what is written to `out=` is changed in place by the same expression; write two statements";
        return Err(Finding::todo(codes::IN_PLACE_VALUE, expr.range(), reason));
    }
    // PyTorch gives an empty tensor the shape of the result.
    let rebind = is_statement && matches!(out, ast::Expr::Name(_)) && handlers::may_be_empty(cx, out);
    in_place::store(cx, rebind, expr, out, value)
}

/// A parameter whose default is `None`, or what nothing is known of.
fn may_be_none<'a>(cx: &Cx<'a>, out: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = out else { return cx.kind(out).is_unknown() };
    let is_optional = |up: Node<'a>| {
        let Node::Stmt(ast::Stmt::FunctionDef(def)) = up else { return false };
        let all = || def.args.posonlyargs.iter().chain(&def.args.args).chain(&def.args.kwonlyargs);
        let is_none = |arg: &ast::ArgWithDefault| arg.default.as_ref().is_some_and(|default| cx.kind(default) == Kind::None);
        all().any(|arg| arg.def.arg == name.id && is_none(arg))
    };
    cx.kind(out).is_unknown() || cx.ancestors(Node::Expr(out)).any(is_optional)
}

/// `values[:], indices[:] = ...`
fn several<'a>(
    cx: &Cx<'a>,
    expr: &'a ast::Expr,
    targets: &'a [ast::Expr],
    is_statement: bool,
    value: Claim<'a>,
) -> Result<Claim<'a>, Finding> {
    if targets.iter().all(|target| fresh_values::is_fresh(cx, target)) {
        return Ok(value);
    }
    if let Some(finding) = targets.iter().find_map(|target| in_place::lost_write(cx, expr, target)) {
        return Err(finding);
    }
    let is_written = |target| !fresh_values::is_fresh(cx, target) && !in_place::may_lack_axes(cx, target);
    let Claim { decision: Some(Decision::Build(pieces, _)), uses, .. } = value else {
        return Err(Finding::todo(codes::INTERNAL, expr.range(), "what is written to `out=` must be built"));
    };
    if !is_statement || !targets.iter().all(is_written) {
        let reason = "several tensors are written to `out=` within an expression; assign the results";
        return Err(Finding::todo(codes::IN_PLACE_VALUE, expr.range(), reason));
    }
    let mut stored = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        let is_empty = handlers::may_be_empty(cx, target);
        let is_item = is_empty || matches!(target, ast::Expr::Subscript(_));
        stored.extend([
            Piece::text(if at > 0 { ", " } else { "" }),
            Piece::Expr(target, Prec::Atom),
            Piece::text(if is_item { "" } else { "[:]" }),
        ]);
    }
    stored.push(Piece::text(" = "));
    stored.extend(pieces);
    Ok(Claim::build(stored, Prec::Tuple).uses(uses))
}
