//! PyTorch keeps the learning rate in the optimizer's parameter groups; an MLX optimizer has one, as an attribute.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;

pub(super) const STMT: Rule = Rule { name: "learning-rate", doc: include_str!("learning_rate.md"), hook: Hook::Stmt(group_loop) };
pub(super) const EXPR: Rule = Rule {
    name: "learning-rate",
    doc: include_str!("learning_rate.md"),
    hook: Hook::Expr(&[Shape::Attribute, Shape::Subscript], first_group),
};

/// `for group in optimizer.param_groups: group["lr"] = lr`, or a `return` of the first group's.
fn group_loop<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::For(s) = stmt else { return None };
    let optimizer = groups(cx, &s.iter)?;
    let (ast::Expr::Name(group), [inner], []) = (&*s.target, &s.body[..], &s.orelse[..]) else { return None };
    let of_group = |expr: &ast::Expr| matches!(expr, ast::Expr::Name(name) if name.id == group.id);
    // `for group in optimizer.param_groups: return group["lr"]`
    if let ast::Stmt::Return(ret) = inner {
        let is_rate = ret.value.as_deref().and_then(rate_of).is_some_and(of_group);
        let text = format!("return {}.learning_rate.item()", cx.source(optimizer));
        return is_rate.then(|| StmtClaim::replace(vec![Piece::text(text)]));
    }
    let (target, operator, value) = match inner {
        ast::Stmt::Assign(s) => match &s.targets[..] {
            [target] => (target, "=".to_owned(), &*s.value),
            _ => return None,
        },
        ast::Stmt::AugAssign(s) => {
            let operator = cx.file.text[s.target.range().end().to_usize()..s.value.range().start().to_usize()].trim();
            (&*s.target, operator.to_owned(), &*s.value)
        }
        _ => return None,
    };
    if !rate_of(target).is_some_and(of_group) || !operator.ends_with('=') {
        return None;
    }
    let mut uses_group = false;
    Node::Expr(value).walk(&mut |node| uses_group |= matches!(node, Node::Expr(expr) if of_group(expr)));
    if uses_group {
        return None;
    }
    let text = format!("{}.learning_rate {operator} ", cx.source(optimizer));
    Some(StmtClaim::replace(vec![Piece::text(text), Piece::Expr(value, Prec::Tuple)]))
}

/// `optimizer.param_groups[0]["lr"]`, read or written.
fn first_group<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if let ast::Expr::Subscript(subscript) = expr {
        let optimizer = first_rate(cx, expr)?;
        let read = if matches!(subscript.ctx, ast::ExprContext::Load) { ".item()" } else { "" };
        let pieces = vec![Piece::Expr(optimizer, Prec::Atom), Piece::text(format!(".learning_rate{read}"))];
        return Some(Claim::build(pieces, Prec::Atom));
    }
    groups(cx, expr)?;
    let rate = cx.ancestors(Node::Expr(expr)).take(2).any(|node| matches!(node, Node::Expr(up) if first_rate(cx, up).is_some()));
    if rate {
        return None;
    }
    let reason = "an MLX optimizer has no parameter groups: its settings are attributes, such as `learning_rate`";
    Some(Claim::todo(Finding::todo(codes::PARAM_GROUPS, expr.range(), reason)))
}

/// `optimizer` of `optimizer.param_groups[0]["lr"]`.
fn first_rate<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Subscript(group) = rate_of(expr)? else { return None };
    groups(cx, &group.value).filter(|_| matches!(cx.source(&*group.slice), "0" | "-1"))
}

/// `group` of `group["lr"]`.
fn rate_of(expr: &ast::Expr) -> Option<&ast::Expr> {
    let ast::Expr::Subscript(subscript) = expr else { return None };
    let is_rate = matches!(&*subscript.slice, ast::Expr::Constant(c) if matches!(&c.value, ast::Constant::Str(key) if key == "lr"));
    is_rate.then_some(&subscript.value)
}

/// `optimizer` of `optimizer.param_groups`; a class that has groups of its own is no optimizer of MLX.
fn groups<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    let is_own = matches!(&*attribute.value, ast::Expr::Name(name) if name.id.as_str() == "self");
    let is_groups = attribute.attr.as_str() == "param_groups" && !is_own && cx.entity(expr).is_none();
    (is_groups && cx.is_simple(&attribute.value)).then_some(&attribute.value)
}
