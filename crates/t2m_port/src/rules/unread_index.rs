//! `values, _ = x.max(1)`: PyTorch gives pairs, and MLX what is asked for.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::{rows, views};

pub(super) const RULE: Rule = Rule { name: "unread-index", doc: include_str!("unread_index.md"), hook: Hook::Stmt(unread) };

fn unread<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [target @ ast::Expr::Tuple(pair)] = &assign.targets[..] else { return None };
    let ([first, ast::Expr::Name(second)], ast::Expr::Call(_)) = (&pair.elts[..], &*assign.value) else { return None };
    if second.id.as_str() != "_" || matches!(first, ast::Expr::Starred(_)) || is_read(cx, assign) {
        return None;
    }
    let (pieces, uses) = rows::first_of_pair(cx, &assign.value)?;
    let edits = vec![Edit::new(target.range(), vec![Piece::Expr(first, Prec::Test)]), Edit::new(assign.value.range(), pieces)];
    Some(StmtClaim::edit(edits).uses(uses))
}

/// Whether `_` is read in the function.
fn is_read<'a>(cx: &Cx<'a>, assign: &'a ast::StmtAssign) -> bool {
    let mut found = false;
    for stmt in views::enclosing_body(cx, &assign.value) {
        Node::Stmt(stmt).walk(&mut |node| {
            found |= matches!(node, Node::Expr(ast::Expr::Name(name)) if name.ctx.is_load() && name.id.as_str() == "_");
        });
    }
    found
}
