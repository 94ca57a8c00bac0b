//! `for x in points` by `__getitem__` alone ends at an IndexError: that of a tensor. An MLX array answers any index.

use t2m_semantic::Role;
use t2m_syntax::ast;
use t2m_syntax::{Edit, Node, Piece, TextRange, ranges};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "indexed-class", doc: include_str!("indexed_class.md"), hook: Hook::Stmt(indexed) };

fn indexed<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::FunctionDef(def) = stmt else { return None };
    if def.name.as_str() != "__getitem__" || !reads_array(cx, def) {
        return None;
    }
    let function = cx.project_facts.function(cx.project_facts.function_of_stmt(cx.id, stmt)?);
    let id = receiver::enclosing_class(cx, Node::Stmt(stmt)).filter(|_| function.role == Role::Method)?;
    let info = cx.project_facts.class(id);
    let has = |name: &str| cx.project_facts.lookup_method(id, name).is_some();
    // A base that is not seen may iterate in its own way.
    let is_known = info.library_bases.is_empty() && info.bases.iter().all(Option::is_some) && !info.is_module;
    if !is_known || !has("__len__") || has("__iter__") {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "items_by_length");
    let at = TextRange::empty(ranges::decorated(cx.file, stmt).start());
    let iter = Piece::text(format!("__iter__ = {helper}"));
    Some(StmtClaim::edit(vec![Edit::new(at, vec![iter, Piece::NewLine(0)])]).uses(uses))
}

/// Whether the method takes something out of a tensor, and raises nothing by itself.
fn reads_array<'a>(cx: &Cx<'a>, def: &'a ast::StmtFunctionDef) -> bool {
    let (mut reads, mut raises) = (false, false);
    def.body.iter().for_each(|stmt| {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(ast::Expr::Subscript(part)) => reads |= cx.kind(&part.value).is_tensor(),
            Node::Stmt(ast::Stmt::Raise(_) | ast::Stmt::Assert(_)) => raises = true,
            _ => {}
        });
    });
    reads && !raises
}
