//! `with` blocks whose contexts have nothing to do: the body moves out.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec, TextRange, ranges};

use super::contexts::{Erased, erased};
use super::places::residual;
use super::{Hook, Rule};
use crate::asked_gradients;
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::finding::Finding;

pub(super) const RULE: Rule = Rule { name: "erased-context", doc: include_str!("erased_context.md"), hook: Hook::Stmt(context) };

fn context<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (items, body): (&'a [ast::WithItem], &'a [ast::Stmt]) = match stmt {
        ast::Stmt::With(with) => (&with.items, &with.body),
        ast::Stmt::AsyncWith(with) => (&with.items, &with.body),
        _ => return None,
    };
    let mut findings: Vec<Finding> = Vec::new();
    let mut stay = Vec::new();
    for item in items {
        let gone = item.optional_vars.is_none().then(|| erased_item(cx, &item.context_expr)).flatten();
        let gone = gone.filter(|_| !asked_gradients::holds_kept(cx, &item.context_expr));
        match gone {
            Some(Erased::Quietly) => {}
            Some(Erased::Saying(finding)) => findings.push(finding),
            None => stay.push(item),
        }
    }
    if stay.len() == items.len() {
        return None;
    }
    let mut claim = if stay.is_empty() {
        StmtClaim::replace(vec![Piece::Suite(body, 0)])
    } else {
        let mut pieces = Vec::new();
        for (i, item) in stay.iter().enumerate() {
            if i > 0 {
                pieces.push(Piece::text(", "));
            }
            pieces.push(Piece::Expr(&item.context_expr, Prec::Test));
            if let Some(vars) = &item.optional_vars {
                pieces.extend([Piece::text(" as "), Piece::Expr(vars, Prec::Test)]);
            }
        }
        StmtClaim::edit(vec![Edit::new(items_range(cx, items)?, pieces)])
    };
    for finding in findings {
        claim = claim.finding(finding);
    }
    Some(claim)
}

/// A context of torch; `a if use_cuda else nullcontext()` is what is left of it.
fn erased_item<'a>(cx: &Cx<'a>, item: &'a ast::Expr) -> Option<Erased> {
    let left = residual(cx, item);
    if let ast::Expr::Call(call) = left
        && cx.is_qualified(&call.func, "contextlib.nullcontext")
        && (!std::ptr::eq(left, item))
    {
        return Some(Erased::Quietly);
    }
    if let ast::Expr::IfExp(choice) = left {
        let is_null = |e: &ast::Expr| matches!(e, ast::Expr::Call(call) if matches!(cx.qualified(&call.func), Some("contextlib.nullcontext" | "contextlib.ExitStack")));
        let (body, orelse) = (&*choice.body, &*choice.orelse);
        let gone = |e: &'a ast::Expr| erased(cx, e).or_else(|| is_null(e).then_some(Erased::Quietly));
        if !cx.is_pure(&choice.test) {
            return None;
        }
        return match (gone(body)?, gone(orelse)?) {
            (Erased::Saying(finding), _) | (_, Erased::Saying(finding)) => Some(Erased::Saying(finding)),
            _ => Some(Erased::Quietly),
        };
    }
    erased(cx, item).or_else(|| erased(cx, left))
}

/// From the first item to the last, without the parentheses around all.
fn items_range(cx: &Cx<'_>, items: &[ast::WithItem]) -> Option<TextRange> {
    let (first, last) = (items.first()?, items.last()?);
    let start = ranges::outer_parens(cx.file, first.context_expr.range()).start();
    let end = match &last.optional_vars {
        Some(vars) => vars.range().end(),
        None => ranges::outer_parens(cx.file, last.context_expr.range()).end(),
    };
    Some(TextRange::new(start, end))
}
