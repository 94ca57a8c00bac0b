//! Uses of `extra_repr`, which MLX calls `_extra_repr`.

use t2m_syntax::ast;
use t2m_syntax::{Edit, Node, ranges};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "extra-repr", doc: include_str!("extra_repr.md"), hook: Hook::Expr(&[Shape::Attribute], extra_repr) };

fn extra_repr<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(attribute) = expr else { return None };
    if attribute.attr.as_str() != "extra_repr" {
        return None;
    }
    let object = &*attribute.value;
    let inherited = receiver::is_super(cx, object)
        && receiver::enclosing_class(cx, Node::Expr(expr)).is_some_and(|class| receiver::makes_modules(cx, class));
    (inherited || receiver::is_module(cx, object)).then(|| Claim::edit(vec![Edit::text(ranges::attribute_name(attribute), "_extra_repr")]))
}
