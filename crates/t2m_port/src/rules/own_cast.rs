//! `shadow[name] = shadow[name].type_as(p)` in front of `shadow[name].sub_(...)`: of the same dtype it is the array itself, which everyone who holds it sees
//! changing. MLX's `astype` gives another array even then.

use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec, node};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;

pub(super) const RULE: Rule = Rule { name: "own-cast", doc: include_str!("own_cast.md"), hook: Hook::Stmt(cast) };

fn cast<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (own, other) = parts(cx, stmt)?;
    let writes = |next: &'a ast::Stmt| written(next).is_some_and(|target| cx.source(target) == cx.source(own));
    if !cx.owns_its_lines(stmt) || !beside(cx, stmt, 1).is_some_and(writes) {
        return None;
    }
    let dtype = |array| [Piece::Expr(array, Prec::Atom), Piece::text(".dtype")];
    let mut pieces = vec![Piece::text("if ")];
    pieces.extend(dtype(own));
    pieces.push(Piece::text(" != "));
    pieces.extend(dtype(other));
    pieces.extend([Piece::text(":"), Piece::NewLine(1), Piece::Expr(own, Prec::Atom), Piece::text(" = ")]);
    pieces.extend([Piece::Expr(own, Prec::Atom), Piece::text(".astype(")]);
    pieces.extend(dtype(other));
    pieces.push(Piece::text(")"));
    Some(StmtClaim::replace(pieces))
}

/// Whether the statement before is such a cast of what this one writes to.
pub(crate) fn stands_before<'a>(cx: &Cx<'a>, at: &'a ast::Expr, target: &'a ast::Expr) -> bool {
    let Some(stmt) = cx.statement(at) else { return false };
    let is_it =
        |before: &'a ast::Stmt| cx.owns_its_lines(before) && parts(cx, before).is_some_and(|(own, _)| cx.source(own) == cx.source(target));
    written(stmt).is_some_and(|own| cx.source(own) == cx.source(target)) && beside(cx, stmt, -1).is_some_and(is_it)
}

/// `shadow[name]` and `p` of `shadow[name] = shadow[name].type_as(p)`
fn parts<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<(&'a ast::Expr, &'a ast::Expr)> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let ([target @ ast::Expr::Subscript(_)], ast::Expr::Call(call)) = (&assign.targets[..], &*assign.value) else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let ([other], []) = (&call.args[..], &call.keywords[..]) else { return None };
    let own = &*method.value;
    let is_own = method.attr.as_str() == "type_as" && cx.source(own) == cx.source(target);
    (is_own && cx.is_pure(own) && cx.is_pure(other)).then_some((own, other))
}

/// `shadow[name]` of the statement `shadow[name].sub_(...)`
fn written(stmt: &ast::Stmt) -> Option<&ast::Expr> {
    let ast::Stmt::Expr(stmt) = stmt else { return None };
    let ast::Expr::Call(call) = &*stmt.value else { return None };
    match &*call.func {
        ast::Expr::Attribute(method) if method.attr.ends_with('_') => Some(&method.value),
        _ => None,
    }
}

/// The statement so many places on in the same suite.
fn beside<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, steps: isize) -> Option<&'a ast::Stmt> {
    let suites = match cx.ancestors(Node::Stmt(stmt)).next() {
        Some(Node::Stmt(around)) => node::suites(around),
        _ => vec![&cx.file.suite[..]],
    };
    suites.into_iter().find_map(|suite| {
        let at = suite.iter().position(|own| std::ptr::eq(own, stmt))?;
        suite.get(at.checked_add_signed(steps)?)
    })
}
