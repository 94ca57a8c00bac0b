//! `out[m], more[m] = f(x[m])`: each array is written by a call of its own behind the statement, with what a name holds meanwhile.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece};

use super::index::{call, needs_helper};
use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::views;

pub(super) const RULE: Rule = Rule { name: "masked-targets", doc: include_str!("masked_targets.md"), hook: Hook::Stmt(written) };

fn written<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [ast::Expr::Tuple(targets)] = &assign.targets[..] else { return None };
    let masked: Vec<&'a ast::ExprSubscript> =
        targets.elts.iter().filter_map(ast::Expr::as_subscript_expr).filter(|item| needs_helper(cx, item)).collect();
    if masked.is_empty() || !cx.owns_its_lines(stmt) || !masked.iter().all(|item| is_same_later(cx, targets, item)) {
        return None;
    }
    let (setitem, uses) = cx.member(Module::Compat, "setitem");
    let mut edits = Vec::new();
    let mut after = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for item in masked {
        let owner = match &*item.value {
            ast::Expr::Name(name) => name.id.as_str(),
            ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => "array",
        };
        let stem = format!("{owner}_items");
        let repeated = names.iter().filter(|name| name.starts_with(&stem)).count();
        let name = cx.fresh_name(&if repeated > 0 { format!("{stem}_{}", repeated + 1) } else { stem });
        edits.push(Edit::text(item.range(), name.clone()));
        let mut pieces = call(setitem.clone(), item);
        pieces.pop();
        pieces.push(Piece::text(format!(", {name})")));
        after.push(pieces);
        names.push(name);
    }
    let mut claim = StmtClaim::edit(edits).uses(uses);
    claim.decision.after = after;
    Some(claim)
}

/// Whether array and index are the same behind the statement: no other target is bound that they are made of.
fn is_same_later<'a>(cx: &Cx<'a>, targets: &'a ast::ExprTuple, item: &'a ast::ExprSubscript) -> bool {
    let mut is_bound = false;
    for part in [&*item.value, &*item.slice] {
        Node::Expr(part).walk(&mut |node| {
            if let Node::Expr(ast::Expr::Name(name)) = node {
                is_bound |= targets.elts.iter().any(|target| !target.is_subscript_expr() && views::binds(target, &name.id));
            }
        });
    }
    !is_bound && cx.is_pure(&item.value) && cx.is_pure(&item.slice)
}
