//! PyTorch keeps the learning rate in the optimizer's parameter groups; an MLX optimizer has one, as an attribute.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;

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
    if uses_group || operator != "=" && has_groups(cx) {
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
    if matches!(expr, ast::Expr::Attribute(attribute) if !attribute.ctx.is_load()) {
        let reason = "an MLX optimizer has no parameter groups that can be set: it has one `learning_rate`";
        return Some(Claim::todo(Finding::todo(codes::PARAM_GROUPS, expr.range(), reason)));
    }
    if takes_parameters(cx, expr) {
        let reason = "an MLX optimizer does not hold the parameters that it updates: they come from the model";
        return Some(Claim::todo(Finding::todo(codes::PARAM_GROUPS, expr.range(), reason)));
    }
    let (function, uses) = cx.member(Module::Compat, "param_groups");
    let pieces = vec![Piece::text(format!("{function}(")), Piece::Expr(groups(cx, expr)?, Prec::Named), Piece::text(")")];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// Whether the function takes parameters out of groups: `group["params"]`.
fn takes_parameters<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let definition = |node: &Node<'a>| matches!(node, Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_)));
    let outermost = cx.ancestors(Node::Expr(expr)).filter(|node| matches!(node, Node::Stmt(_))).last();
    let around = cx.ancestors(Node::Expr(expr)).find(definition).or(outermost);
    let mut found = false;
    around
        .into_iter()
        .for_each(|node| node.walk(&mut |node| found |= matches!(node, Node::Expr(expr) if key_of(expr, "params").is_some())));
    found
}

/// `optimizer` of `optimizer.param_groups[0]["lr"]`.
fn first_rate<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Subscript(group) = rate_of(expr)? else { return None };
    groups(cx, &group.value).filter(|_| cx.source(&*group.slice) == "0" && !is_item_changed(cx, expr))
}

/// A write to the first of several groups leaves the others: `optimizer.param_groups[0]["lr"] = lr`.
fn is_item_changed<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(expr, ast::Expr::Subscript(subscript) if !subscript.ctx.is_load()) && has_groups(cx)
}

/// Whether some optimizer of the project may have several groups, each with a rate of its own.
fn has_groups(cx: &Cx<'_>) -> bool {
    let mut texts = cx.project.files.iter().map(|file| &file.source.text);
    texts.any(|text| ["\"params\"", "'params'", "dict(params="].iter().any(|key| text.contains(key)))
}

/// `group` of `group["lr"]`.
fn rate_of(expr: &ast::Expr) -> Option<&ast::Expr> {
    key_of(expr, "lr")
}

fn key_of<'e>(expr: &'e ast::Expr, key: &str) -> Option<&'e ast::Expr> {
    let ast::Expr::Subscript(subscript) = expr else { return None };
    let is_key = matches!(&*subscript.slice, ast::Expr::Constant(c) if matches!(&c.value, ast::Constant::Str(text) if text == key));
    is_key.then_some(&subscript.value)
}

/// `optimizer` of `optimizer.param_groups`; a class that has groups of its own is no optimizer of MLX.
fn groups<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    let is_own = matches!(&*attribute.value, ast::Expr::Name(name) if name.id.as_str() == "self");
    let is_groups = attribute.attr.as_str() == "param_groups" && !is_own && cx.entity(expr).is_none();
    (is_groups && cx.is_simple(&attribute.value)).then_some(&attribute.value)
}
