//! `nn.ModuleList(blocks)` copies what it gets into a list of its own. A list needs no copy; a tuple would hide its modules from MLX.
//! Where the project tells lists from it, and where it stays empty, it is a class of its own.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::Call;
use crate::claim::Claim;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::{receiver, told_lists};

pub(super) fn module_list<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    let modules = call.argument("modules");
    let target = target(cx, call.call);
    let is_told = cx.shared.survey.told_lists().everywhere
        || target.is_some_and(|target| told_lists::is_told(cx, target) || is_empty(modules) && stays_empty(cx, target));
    if is_told {
        let (class, uses) = cx.member(Module::Compat, "ModuleList");
        let inner = modules.map(|modules| Piece::Expr(modules, Prec::Named));
        let pieces = [Piece::text(format!("{class}("))].into_iter().chain(inner).chain([Piece::text(")")]).collect();
        return Ok(Some(Claim::build(pieces, Prec::Atom).uses(uses)));
    }
    Ok(match modules {
        None | Some(ast::Expr::List(_) | ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_)) => None,
        Some(ast::Expr::Constant(_)) => None,
        Some(modules) if matches!(cx.kind(modules), Kind::List(_)) => None,
        Some(modules) => Some(Claim::build(vec![Piece::text("list("), Piece::Expr(modules, Prec::Named), Piece::text(")")], Prec::Atom)),
    })
}

/// The attribute that it is assigned to, also as one of two choices.
fn target<'a>(cx: &Cx<'a>, made: &'a ast::ExprCall) -> Option<&'a ast::ExprAttribute> {
    let mut around = cx.ancestors(Node::Expr(&made.func)).skip(1).skip_while(|up| matches!(up, Node::Expr(ast::Expr::IfExp(_))));
    let Some(Node::Stmt(stmt)) = around.next() else { return None };
    match receiver::assignment(stmt)? {
        (ast::Expr::Attribute(target), _) => Some(target),
        _ => None,
    }
}

fn is_empty(modules: Option<&ast::Expr>) -> bool {
    modules.is_none_or(|modules| matches!(modules, ast::Expr::List(list) if list.elts.is_empty()))
}

/// Whether nothing else is ever put into the attribute: an empty list would be no child of an MLX module.
fn stays_empty<'a>(cx: &Cx<'a>, target: &'a ast::ExprAttribute) -> bool {
    let (name, survey) = (target.attr.as_str(), &cx.shared.survey);
    receiver::self_class(cx, &target.value)
        .is_some_and(|class| survey.stores(cx.project_facts, class, name).len() == 1 && !survey.grows_outside(name))
}
