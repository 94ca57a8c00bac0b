//! `torch._foreach_mul_([x.view(-1), y[0]], 2)` writes through the items of its list. MLX's views are copies: what they were taken from would keep its values.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::node;

use super::Call;
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::views;

pub(super) fn list_write<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    let Some(list) = call.argument("self") else { return Ok(None) };
    let lost = items(cx, list).into_iter().find_map(|item| views::base(cx, item));
    lost.map_or(Ok(None), |base| {
        let base = cx.snippet(base);
        let reason = format!("this writes through a view of `{base}`; an MLX view is a copy, so `{base}` would keep its values");
        let finding = Finding::todo(codes::WRITE_THROUGH_VIEW, call.call.range(), reason);
        Err(finding.help(format!("write to `{base}` itself, by index or as a new value")))
    })
}

/// What may be in a list: of a display, of a comprehension, of a name that the function binds to such or appends to.
fn items<'a>(cx: &Cx<'a>, list: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    match list {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().flat_map(|item| either(cx, item)).collect()
        }
        ast::Expr::ListComp(ast::ExprListComp { elt, .. }) => either(cx, elt),
        ast::Expr::Name(name) => {
            let body = views::enclosing_body(cx, list);
            let bound = views::bindings(body, &name.id).into_iter().map(|(_, value)| value);
            let made = bound.filter(|value| !matches!(value, ast::Expr::Name(_))).flat_map(|value| items(cx, value));
            made.chain(appended(body, &name.id)).collect()
        }
        _ => Vec::new(),
    }
}

/// The branches of `a if c else b`, or the expression itself. `torch.view_as_real(x) if torch.is_complex(x) else x` is `x`: optimizers of MLX train no
/// complex arrays.
fn either<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let ast::Expr::IfExp(choice) = expr else { return vec![expr] };
    let asks_complex = matches!(&*choice.test, ast::Expr::Call(call) if cx.is_qualified(&call.func, "torch.is_complex"));
    let body = (!asks_complex).then_some(&*choice.body);
    body.into_iter().chain([&*choice.orelse]).flat_map(|branch| either(cx, branch)).collect()
}

/// `x` of `xs.append(x)`
fn appended<'a>(body: &'a [ast::Stmt], list: &str) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    node::statements(body, &mut |stmt| {
        let ast::Stmt::Expr(stmt) = stmt else { return };
        let ast::Expr::Call(call) = &*stmt.value else { return };
        let ast::Expr::Attribute(method) = &*call.func else { return };
        if method.attr.as_str() == "append" && views::is_same_name(&method.value, list) {
            found.extend(call.args.first());
        }
    });
    found
}
