//! Places of a tensor that are told apart by the text of their indices.

use t2m_syntax::ast;

/// The indices of the leading axes: what stands behind `...` is of others.
pub(crate) fn components(index: &ast::Expr) -> &[ast::Expr] {
    match index {
        ast::Expr::Tuple(parts) => {
            let is_plain = |part: &ast::Expr| !matches!(part, ast::Expr::Constant(constant) if !constant.value.is_int());
            &parts.elts[..parts.elts.iter().position(|part| !is_plain(part)).unwrap_or(parts.elts.len())]
        }
        index => std::slice::from_ref(index),
    }
}

/// Two literal places, or one and a range of literal ends that leaves it out.
pub(crate) fn differ(one: &ast::Expr, other: &ast::Expr) -> bool {
    let is_outside = |at: &ast::Expr, range: &ast::ExprSlice| {
        let Some(at) = number(at) else { return false };
        let end = |end: &Option<Box<ast::Expr>>| end.as_deref().and_then(number);
        end(&range.lower).is_some_and(|lower| at < lower) || end(&range.upper).is_some_and(|upper| at >= upper)
    };
    match (one, other) {
        (ast::Expr::Slice(range), at) | (at, ast::Expr::Slice(range)) => range.step.is_none() && is_outside(at, range),
        _ => matches!((number(one), number(other)), (Some(one), Some(other)) if one != other),
    }
}

/// `t` and `t + 1`
pub(crate) fn is_beside(one: &ast::Expr, other: &ast::Expr) -> bool {
    matches!((offset(one), offset(other)), (Some((name, one)), Some((same, other))) if name == same && one != other)
}

fn offset(index: &ast::Expr) -> Option<(&str, i64)> {
    match index {
        ast::Expr::Name(name) => Some((&name.id, 0)),
        ast::Expr::BinOp(sum) => {
            let (name, by) = (sum.left.as_name_expr()?, i64::from(number(&sum.right)?));
            match sum.op {
                ast::Operator::Add => Some((&name.id, by)),
                ast::Operator::Sub => Some((&name.id, -by)),
                _ => None,
            }
        }
        _ => None,
    }
}

fn number(expr: &ast::Expr) -> Option<u32> {
    match expr {
        ast::Expr::Constant(ast::ExprConstant { value: ast::Constant::Int(number), .. }) => number.to_string().parse().ok(),
        _ => None,
    }
}

/// Whether two indices take different places of each tensor that is longer than a few of them: counted from either end, too.
pub(crate) fn are_apart(one: &ast::Expr, other: &ast::Expr) -> bool {
    let is_literal = |index: &ast::Expr| number(index).is_some() || from_end(index).is_some();
    let tells = |one: &ast::Expr, other: &ast::Expr| {
        is_literal(one) && is_literal(other) && (number(one), from_end(one)) != (number(other), from_end(other)) || differ(one, other)
    };
    components(one).iter().zip(components(other)).any(|(one, other)| tells(one, other))
}

/// `2` of `-2`
fn from_end(index: &ast::Expr) -> Option<u32> {
    match index {
        ast::Expr::UnaryOp(ast::ExprUnaryOp { op: ast::UnaryOp::USub, operand, .. }) => number(operand),
        _ => None,
    }
}
