//! Who else holds the tensor behind a view that is written: `self.h = d`, `hs = [d]`, `e = d` in front of `w = d.detach()` and `w += 1`.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::node;

use crate::cx::Cx;
use crate::turn_values::used_after;
use crate::views;

/// Whether an attribute, a container or another name that outlives the write holds what a name stands for.
pub(crate) fn hold<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], base: &'a ast::Expr, at: &'a ast::Expr) -> bool {
    let ast::Expr::Name(name) = base else { return false };
    let before = at.range().start();
    let is_same = |expr: &ast::Expr| views::is_same_name(expr, &name.id);
    let mut found = false;
    let is_bound_between =
        |after| views::bindings(body, &name.id).iter().any(|(_, value)| value.range().start() > after && value.range().end() <= before);
    node::statements(body, &mut |stmt| {
        if found || stmt.range().end() > before {
            return;
        }
        found = match stmt {
            ast::Stmt::Assign(assign) if is_same(&assign.value) || holds(&assign.value, &is_same) => {
                assign.targets.iter().any(|target| outlives(cx, body, target, &is_same, at)) && !is_bound_between(stmt.range().end())
            }
            ast::Stmt::Expr(statement) => match &*statement.value {
                ast::Expr::Call(call) => match &*call.func {
                    ast::Expr::Attribute(method) if method.attr.as_str() == "append" && call.args.iter().any(is_same) => {
                        outlives(cx, body, &method.value, &is_same, at) && !is_bound_between(stmt.range().end())
                    }
                    _ => false,
                },
                _ => false,
            },
            _ => false,
        };
    });
    found
}

/// Whether a list, tuple or dictionary is written with it.
fn holds(value: &ast::Expr, is_same: &dyn Fn(&ast::Expr) -> bool) -> bool {
    match value {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => elts.iter().any(is_same),
        ast::Expr::Dict(dict) => dict.values.iter().any(is_same),
        _ => false,
    }
}

fn outlives<'a>(cx: &Cx<'a>, body: &'a [ast::Stmt], place: &'a ast::Expr, is_same: &dyn Fn(&ast::Expr) -> bool, at: &'a ast::Expr) -> bool {
    match place {
        ast::Expr::Attribute(attribute) => attribute.attr.as_str() != "data",
        ast::Expr::Name(_) => !is_same(place) && used_after(cx, body, place, at),
        ast::Expr::Subscript(item) => outlives(cx, body, &item.value, is_same, at),
        _ => false,
    }
}
