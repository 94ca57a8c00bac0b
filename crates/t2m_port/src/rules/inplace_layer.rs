//! `out = self.relu(x)` with `nn.ReLU(inplace=True)` changes `x`, too, which the rest of the function may read. MLX's layers change nothing.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, TextRange};

use super::{Hook, Rule, Shape, layer_view};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::{changing_layers, in_place, inplace_layers, receiver, views};

pub(super) const RULE: Rule = Rule { name: "inplace-layer", doc: include_str!("inplace_layer.md"), hook: Hook::Expr(&[Shape::Call], call) };

fn call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if inplace_layers::is_function_in_place(cx, call) {
        return layer_view::of_name(cx, expr, call, call.args.first()?);
    }
    let [argument] = &call.args[..] else { return None };
    let ast::Expr::Name(name) = argument else { return layer_view::of_view(cx, expr, call, argument) };
    if changing_layers::change_of_argument(cx, &call.func).is_some()
        && let Some(claim) = layer_view::of_name(cx, expr, call, argument)
    {
        return Some(claim);
    }
    let ast::Expr::Attribute(layer) = &*call.func else { return None };
    let class = receiver::self_class(cx, &layer.value)?;
    if !receiver::family(cx, class).any(|class| inplace_layers::is_stored_by_rule(cx, class, &layer.attr)) {
        return None;
    }
    let stmt = cx.statement(expr)?;
    let stored = match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [target @ ast::Expr::Name(_)] if std::ptr::eq(&*assign.value, expr) => Some(target),
            _ => None,
        },
        _ => None,
    };
    if stored.is_some_and(|target| views::is_same_name(target, &name.id)) {
        return None;
    }
    let leaves = matches!(stmt, ast::Stmt::Return(_))
        || matches!(stmt, ast::Stmt::Assign(assign) if assign.targets.iter().any(|t| views::is_same_name(t, &name.id)));
    let alias = views::alias_read_after(cx, name, argument);
    if alias.is_none() && !in_place::is_read_beside(cx, stmt, argument, name) && (leaves || !views::read_after(cx, name, argument)) {
        return None;
    }
    if stored.is_some() && alias.is_none() {
        let at = TextRange::empty(expr.range().start());
        return Some(Claim::edit(vec![Edit::text(at, format!("{} = ", name.id))]));
    }
    let read = alias.unwrap_or(name.id.as_str());
    let reason = format!(
        "`{}` changes `{}` in place, and `{read}` is read beside or afterwards; MLX gives a new array",
        cx.snippet(&*call.func),
        name.id
    );
    let help = format!("store the result in `{}` first, if the change is meant", name.id);
    Some(Claim::todo(Finding::todo(codes::IN_PLACE_VALUE, expr.range(), reason).help(help)))
}
