//! `weight = getattr(layer, name)` and later `weight.data = weight.data.half()`: MLX's arrays can't be given other data, and the layer that holds this one is known.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Piece, Prec, TextRange, node};

use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::{receiver, storage, views};

/// `compat.set_by_name(layer, name, value)`
pub(super) fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let (ast::Expr::Name(name), ast::Stmt::Assign(assign)) = (target, stmt) else { return None };
    let (value, between) = bound_before(cx, stmt, &name.id)?;
    let (object, key) = asked(cx, value)?;
    let is_bound_anew = |part: &ast::Expr| matches!(part, ast::Expr::Name(name) if between.iter().any(|stmt| binds(stmt, &name.id)));
    if is_bound_anew(object) || is_bound_anew(key) {
        return None;
    }
    let is_tensor =
        storage::is_tensor(cx, target) || reads_data(&assign.value, &name.id) && !receiver::is_attribute_of_own_class(cx, "data");
    if !is_tensor || is_read_later(cx, stmt, target, &name.id) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "set_by_name");
    let pieces = vec![
        Piece::text(format!("{helper}(")),
        Piece::Expr(object, Prec::Test),
        Piece::text(", "),
        Piece::Expr(key, Prec::Test),
        Piece::text(", "),
        Piece::Expr(&assign.value, Prec::Test),
        Piece::text(")"),
    ];
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// The layer and the name of `getattr(layer, name)`.
fn asked<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<(&'a ast::Expr, &'a ast::Expr)> {
    let ast::Expr::Call(call) = value else { return None };
    let [object @ ast::Expr::Name(_), key @ (ast::Expr::Name(_) | ast::Expr::Constant(_)), ..] = &call.args[..] else { return None };
    let is_getattr = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "getattr");
    is_getattr.then_some((object, key))
}

/// What the name was bound to last, if that is certain: in this suite, or in one around it. And the statements between.
fn bound_before<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, name: &str) -> Option<(&'a ast::Expr, Vec<&'a ast::Stmt>)> {
    let (mut at, mut between) = (stmt, Vec::new());
    for up in cx.ancestors(Node::Stmt(stmt)) {
        let Node::Stmt(around) = up else { continue };
        let place = at.range();
        let suite = node::suites(around).into_iter().find(|suite| suite.iter().any(|stmt| stmt.range() == place))?;
        for before in suite.iter().rev().skip_while(|before| before.range().start() >= place.start()) {
            if let ast::Stmt::Assign(assign) = before
                && let [target] = &assign.targets[..]
                && views::is_same_name(target, name)
            {
                return Some((&*assign.value, between));
            }
            if binds(before, name) {
                return None;
            }
            between.push(before);
        }
        match around {
            ast::Stmt::If(_) | ast::Stmt::With(_) | ast::Stmt::Try(_) => at = around,
            _ => return None,
        }
    }
    None
}

fn binds(stmt: &ast::Stmt, name: &str) -> bool {
    let mut found = false;
    Node::Stmt(stmt)
        .walk(&mut |node| found |= matches!(node, Node::Expr(ast::Expr::Name(at)) if at.id.as_str() == name && !at.ctx.is_load()));
    found
}

/// `weight.data`
fn reads_data(value: &ast::Expr, name: &str) -> bool {
    let mut found = false;
    Node::Expr(value).walk(&mut |node| {
        found |= matches!(node, Node::Expr(ast::Expr::Attribute(read)) if read.attr.as_str() == "data" && views::is_same_name(&read.value, name));
    });
    found
}

/// Whether the array is read by this name behind the statement: it would be the old one.
fn is_read_later<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, target: &'a ast::Expr, name: &str) -> bool {
    let mut first: Option<(TextRange, bool)> = None;
    for other in views::enclosing_body(cx, target) {
        Node::Stmt(other).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Name(at)) = node
                && at.id.as_str() == name
                && at.range.start() >= stmt.range().end()
                && first.is_none_or(|(range, _)| at.range.start() < range.start())
            {
                first = Some((at.range, at.ctx.is_load()));
            }
        });
    }
    first.is_some_and(|(_, is_load)| is_load)
}
