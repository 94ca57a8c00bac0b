//! The state of an MLX optimizer is a tree of arrays in an attribute, where PyTorch's is asked for and given back by methods.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::{Claim, StmtClaim};
use crate::cx::Cx;

pub(super) const EXPR: Rule =
    Rule { name: "optimizer-state", doc: include_str!("optimizer_state.md"), hook: Hook::Expr(&[Shape::Call], read) };
pub(super) const STMT: Rule = Rule { name: "optimizer-state", doc: include_str!("optimizer_state.md"), hook: Hook::Stmt(write) };

/// `optimizer.state_dict()`
fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (optimizer, call) = method(cx, expr, "state_dict")?;
    let is_bare = call.args.is_empty() && call.keywords.is_empty();
    is_bare.then(|| Claim::build(vec![Piece::Expr(optimizer, Prec::Atom), Piece::text(".state")], Prec::Atom))
}

/// `optimizer.load_state_dict(state)`
fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Expr(s) = stmt else { return None };
    let (optimizer, call) = method(cx, &s.value, "load_state_dict")?;
    let ([state], []) = (&call.args[..], &call.keywords[..]) else { return None };
    Some(StmtClaim::replace(vec![Piece::Expr(optimizer, Prec::Atom), Piece::text(".state = "), Piece::Expr(state, Prec::Named)]))
}

fn method<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, name: &str) -> Option<(&'a ast::Expr, &'a ast::ExprCall)> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    (method.attr.as_str() == name && matches!(cx.kind(&method.value), Kind::Optimizer(_))).then_some((&method.value, call))
}
