//! A view as an argument of a function that changes its parameter: in MLX it changes a copy.

use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::storage;
use crate::views;

pub(super) const RULE: Rule = Rule { name: "view-argument", doc: include_str!("view_argument.md"), hook: Hook::Expr(&[Shape::Call], expr) };

fn expr<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let base_of = |arg: &'a ast::Expr| {
        let base = views::base(cx, arg).filter(|base| !views::is_fresh(cx, base))?;
        (cx.kind(base).is_tensor() || cx.kind(arg).is_tensor()).then_some(base)
    };
    let base = storage::changed_arguments(cx, call, |arg| base_of(arg).is_some()).find_map(base_of)?;
    let base = cx.snippet(base);
    let reason =
        format!("the function writes to its argument, a view of `{base}`; an MLX view is a copy, so `{base}` would keep its values");
    let finding = Finding::todo(codes::WRITE_THROUGH_VIEW, call.range(), reason);
    Some(Claim::todo(finding.help(format!("pass `{base}` itself, or give the new value back and store it"))))
}
