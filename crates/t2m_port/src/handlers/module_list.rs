//! `nn.ModuleList(blocks)` copies what it gets into a list of its own. A list needs no copy; a tuple would hide its modules from MLX.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::Call;
use crate::claim::Claim;
use crate::cx::Cx;
use crate::finding::Finding;

pub(super) fn module_list<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    Ok(match call.argument("modules") {
        None | Some(ast::Expr::List(_) | ast::Expr::ListComp(_) | ast::Expr::GeneratorExp(_)) => None,
        Some(ast::Expr::Constant(_)) => None,
        Some(modules) if matches!(cx.kind(modules), Kind::List(_)) => None,
        Some(modules) => Some(Claim::build(vec![Piece::text("list("), Piece::Expr(modules, Prec::Named), Piece::text(")")], Prec::Atom)),
    })
}
