//! `torch.tensor(returns)` of a `collections.deque`, which PyTorch reads like a list, and MLX doesn't.

use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec, node};

use super::Call;
use crate::claim::Claim;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::views;

pub(super) fn deque<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    let Some(data) = call.argument("data").filter(|data| cx.text_has("deque") && is_deque(cx, data)) else { return Ok(None) };
    let (array, uses) = cx.member(Module::Core, "array");
    let mut pieces = vec![Piece::text(format!("{array}(list(")), Piece::Expr(data, Prec::Named), Piece::text(")")];
    if let Some(dtype) = call.argument("dtype") {
        pieces.extend([Piece::text(", dtype="), Piece::Expr(dtype, Prec::Test)]);
    }
    pieces.push(Piece::text(")"));
    Ok(Some(Claim::build(pieces, Prec::Atom).uses(uses)))
}

/// Of a kind that isn't known, and what the file assigns to the name, or to the attribute, is one.
fn is_deque<'a>(cx: &Cx<'a>, data: &'a ast::Expr) -> bool {
    let makes = |value: &ast::Expr| matches!(value, ast::Expr::Call(call) if cx.is_qualified(&call.func, "collections.deque"));
    if !cx.kind(data).is_unknown() || !matches!(data, ast::Expr::Name(_) | ast::Expr::Attribute(_)) {
        return makes(data);
    }
    let mut found = false;
    node::statements(&cx.file.suite, &mut |stmt| {
        let (targets, value) = match stmt {
            ast::Stmt::Assign(assign) => (&assign.targets[..], &*assign.value),
            ast::Stmt::AnnAssign(ast::StmtAnnAssign { target, value: Some(value), .. }) => (std::slice::from_ref(&**target), &**value),
            _ => return,
        };
        found |= targets.iter().any(|target| {
            // `total, out = 0, deque()`
            views::pairs_of(target, value).into_iter().any(|(target, value)| makes(value) && cx.source(target) == cx.source(data))
        });
    });
    found
}
