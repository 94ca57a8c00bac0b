//! `out[i, ...] = model(x[i:i+1])`: PyTorch drops axes of length one in front of what is assigned. MLX does so where one number alone is the index.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use crate::cx::Cx;
use crate::views;

/// The axes that an index behind a number takes whole, where the value may have one axis more: `, ...` of `out[i, ...]`.
pub(crate) fn whole_axes<'a>(cx: &Cx<'a>, target: &'a ast::Expr, value: &'a ast::Expr) -> Option<TextRange> {
    let ast::Expr::Subscript(subscript) = target else { return None };
    let ast::Expr::Tuple(index) = &*subscript.slice else { return None };
    let (first, rest) = index.elts.split_first()?;
    let is_number = cx.kind(first).is_number() || matches!(first, ast::Expr::Name(_)) && cx.kind(first).is_unknown();
    let owner = cx.kind(&subscript.value);
    let is_first = is_number && !rest.is_empty() && rest.iter().all(is_whole) && (owner.is_tensor() || owner.is_unknown());
    (is_first && may_lead_with_one(cx, value, 2)).then(|| TextRange::new(first.range().end(), index.range.end()))
}

fn is_whole(entry: &ast::Expr) -> bool {
    match entry {
        ast::Expr::Slice(all) => all.lower.is_none() && all.upper.is_none() && all.step.is_none(),
        ast::Expr::Constant(constant) => constant.value == ast::Constant::Ellipsis,
        _ => false,
    }
}

/// Whether a value is computed from one row of something that is still a batch: `x[i:i+1]`, `x.unsqueeze(0)`, `x[None]`.
fn may_lead_with_one<'a>(cx: &Cx<'a>, value: &'a ast::Expr, depth: usize) -> bool {
    let mut found = false;
    Node::Expr(value).walk(&mut |node| {
        found = found
            || match node {
                Node::Expr(ast::Expr::Name(name)) if depth > 0 => {
                    let bindings = views::bindings(views::enclosing_body(cx, value), &name.id);
                    bindings.into_iter().any(|(_, bound)| may_lead_with_one(cx, bound, depth - 1))
                }
                Node::Expr(ast::Expr::Subscript(part)) => is_one_row(cx, &part.slice),
                Node::Expr(ast::Expr::Call(call)) => {
                    let of_first = |arg: &ast::Expr| matches!(arg, ast::Expr::Constant(axis) if axis.value == ast::Constant::Int(0.into()));
                    matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "unsqueeze")
                        && call.args.last().is_some_and(of_first)
                }
                _ => false,
            }
    });
    found
}

/// `i:i + 1`, `None`
fn is_one_row(cx: &Cx<'_>, index: &ast::Expr) -> bool {
    match index {
        ast::Expr::Tuple(index) => index.elts.first().is_some_and(|first| is_one_row(cx, first)),
        ast::Expr::Constant(constant) => constant.value == ast::Constant::None,
        ast::Expr::Slice(slice) => match (slice.lower.as_deref(), slice.upper.as_deref()) {
            (None, Some(ast::Expr::Constant(upper))) => upper.value == ast::Constant::Int(1.into()),
            (Some(lower), Some(ast::Expr::BinOp(upper))) => {
                let is_next = matches!(&*upper.right, ast::Expr::Constant(one) if one.value == ast::Constant::Int(1.into()));
                is_next && upper.op == ast::Operator::Add && cx.source(lower) == cx.source(&*upper.left)
            }
            _ => false,
        },
        _ => false,
    }
}
