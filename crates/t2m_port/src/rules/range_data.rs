//! `torch.tensor(range(n))`: MLX takes lists and tuples of numbers, and no other sequences.

use t2m_semantic::Entity;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, TextRange};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;

pub(super) const RULE: Rule = Rule { name: "range-data", doc: include_str!("range_data.md"), hook: Hook::Expr(&[Shape::Call], range) };

fn range<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if !matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "range") {
        return None;
    }
    // `torch.tensor([range(2), range(2)])`
    let mut holder = cx.parent(expr)?;
    // `torch.tensor([range(n) for n in lengths])`
    while let Node::Expr(up @ (ast::Expr::List(_) | ast::Expr::Tuple(_) | ast::Expr::ListComp(_))) = holder {
        if let ast::Expr::ListComp(all) = up
            && !all.elt.range().contains_range(expr.range())
        {
            return None;
        }
        holder = cx.parent(up)?;
    }
    let Node::Expr(ast::Expr::Call(maker)) = holder else { return None };
    let is_data = maker.args.first().is_some_and(|data| data.range().contains_range(expr.range()));
    let takes_data = cx.qualified(&maker.func).is_some_and(|name| matches!(name, "torch.tensor" | "torch.as_tensor" | "torch.asarray"))
        || matches!(&*maker.func, ast::Expr::Attribute(method) if method.attr.as_str() == "new_tensor" && cx.entity(&maker.func).is_none());
    if !is_data || !takes_data {
        return None;
    }
    let (start, end) = (expr.range().start(), expr.range().end());
    Some(Claim::edit(vec![Edit::text(TextRange::empty(start), "list("), Edit::text(TextRange::empty(end), ")")]))
}
