//! What an argument's expression tells by the way it is written, where its kind does not.

use std::sync::LazyLock;

use t2m_syntax::ast;

use super::predicate::is_numpy;
use super::read_names;
use crate::kind::{Evidence, Fact, Kind};

/// Sizes are sums of sizes, too: integers are taken for them.
pub(super) fn is_column(expr: &ast::Expr, fact: &dyn Fn(&ast::Expr) -> Fact) -> bool {
    let fact = fact(expr);
    let is_seen = matches!(&fact.kind, Kind::Seq(item) if **item != Kind::Int) && fact.evidence == Evidence::Constructed;
    is_seen || matches!(expr, ast::Expr::Tuple(_))
}

/// `0 if flat else 1`: the first or the last axis in one of two cases, which a tensor without axes has too.
pub(super) fn may_be_end(expr: &ast::Expr, source: &dyn Fn(&ast::Expr) -> String) -> bool {
    match expr {
        ast::Expr::IfExp(choice) => [&choice.body, &choice.orelse].iter().any(|branch| matches!(source(branch).trim(), "0" | "-1")),
        _ => false,
    }
}

/// Cheap and without effects, so that it may be evaluated twice: names, constants, attributes, subscripts and slices of those.
pub fn is_simple(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Name(_) | ast::Expr::Constant(_) => true,
        ast::Expr::Attribute(e) => is_simple(&e.value),
        ast::Expr::Subscript(e) => is_simple(&e.value) && is_simple(&e.slice),
        ast::Expr::UnaryOp(e) => matches!(&*e.operand, ast::Expr::Constant(_)),
        ast::Expr::Slice(e) => [&e.lower, &e.upper, &e.step].into_iter().flatten().all(|bound| is_simple(bound)),
        _ => false,
    }
}

/// A number, string, bool, None, or a display of such.
pub fn is_literal(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Constant(_) => true,
        ast::Expr::UnaryOp(e) => matches!(e.op, ast::UnaryOp::USub | ast::UnaryOp::UAdd) && is_literal(&e.operand),
        ast::Expr::Tuple(e) => e.elts.iter().all(is_literal),
        ast::Expr::List(e) => e.elts.iter().all(is_literal),
        _ => false,
    }
}

/// `tuple(range(1, x.ndim))`, `[d for d in dims if d != 1]`, `[]`; a name may stand for anything, and mostly for axes that are written out.
pub(super) fn may_come_out_empty(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Tuple(e) => e.elts.is_empty(),
        ast::Expr::List(e) => e.elts.is_empty(),
        ast::Expr::Call(_) | ast::Expr::ListComp(_) => true,
        _ => false,
    }
}

/// `padding_mask`, `batch.masks[0]`
pub(super) fn is_called_mask(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Name(name) => name.id.contains("mask"),
        ast::Expr::Attribute(attribute) => attribute.attr.contains("mask"),
        ast::Expr::Subscript(part) => is_called_mask(&part.value),
        _ => false,
    }
}

/// `[np.mean(a), 1.0]`, `[[row] for row in array]`
pub(super) fn has_numpy_items(expr: &ast::Expr, fact: &dyn Fn(&ast::Expr) -> Fact) -> bool {
    match expr {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().any(|item| is_numpy(&fact(item).kind) || has_numpy_items(item, fact))
                && !elts.iter().any(|item| fact(item).kind.is_tensor())
        }
        expr => lists_numpy(&fact(expr).kind),
    }
}

pub(super) fn lists_numpy(kind: &Kind) -> bool {
    match kind {
        Kind::List(item) | Kind::Seq(item) => is_numpy(item) || lists_numpy(item),
        _ => false,
    }
}

/// `[label for _, label in batch]`, `[[user], [item]]`
pub(super) fn has_open_items(expr: &ast::Expr, fact: &dyn Fn(&ast::Expr) -> Fact) -> bool {
    match expr {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            elts.iter().any(|item| may_be_numpy(item, fact) || has_open_items(item, fact))
                && !elts.iter().any(|item| fact(item).kind.is_tensor())
                || elts.iter().any(|item| fact(item).kind.is_tensor() && (is_slice(item) || has_axes(&fact(item).kind)))
        }
        expr => lists_open(&fact(expr).kind),
    }
}

/// `x[:1]`
fn is_slice(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Subscript(part) if part.slice.is_slice_expr())
}

/// A tensor of one item and an axis: in a list, PyTorch takes it for its number.
fn has_axes(kind: &Kind) -> bool {
    matches!(kind, Kind::Tensor(tensor) if tensor.rank.is_some_and(|rank| rank > 0))
}

/// Of what is unpacked, the items count.
pub(super) fn may_be_numpy(item: &ast::Expr, fact: &dyn Fn(&ast::Expr) -> Fact) -> bool {
    match item {
        ast::Expr::Starred(rest) => fact(&rest.value).kind.is_unknown() || lists_open(&fact(&rest.value).kind),
        item => fact(item).kind.is_unknown(),
    }
}

pub(super) fn lists_open(kind: &Kind) -> bool {
    match kind {
        Kind::List(item) | Kind::Seq(item) => item.is_unknown() || lists_open(item) || has_axes(item),
        Kind::Tuple(items) => items.iter().any(|item| item.is_unknown() || lists_open(item)) && !items.iter().any(Kind::is_tensor),
        _ => false,
    }
}

/// From `mappings/names/floats.toml`.
static FLOATS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let table: toml::Table = read_names("floats");
    let names = table.get("functions").and_then(toml::Value::as_array).into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
});

/// `F.softmax(logits, dim=-1)`: floats, of whatever width.
pub(super) fn gives_floats(expr: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    let name = match &*call.func {
        ast::Expr::Attribute(function) => function.attr.as_str(),
        ast::Expr::Name(function) => function.id.as_str(),
        _ => return false,
    };
    FLOATS.iter().any(|float| float == name)
}

/// `F.softmax(x)`, `1.0 - x`, `x / n`: floats, of whatever width.
pub fn has_floats(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Constant(constant) => matches!(constant.value, ast::Constant::Float(_)),
        ast::Expr::UnaryOp(e) => matches!(e.op, ast::UnaryOp::USub) && has_floats(&e.operand),
        ast::Expr::BinOp(e) => matches!(e.op, ast::Operator::Div) || has_floats(&e.left) || has_floats(&e.right),
        _ => gives_floats(expr),
    }
}

/// `x > 0`, `~(x == 0)`, `(x > 0) & (y > 0)`, where a tensor is asked for.
pub(super) fn gives_bools(expr: &ast::Expr) -> bool {
    let is_test = |op: &ast::CmpOp| matches!(op, ast::CmpOp::Is | ast::CmpOp::IsNot | ast::CmpOp::In | ast::CmpOp::NotIn);
    match expr {
        ast::Expr::Compare(e) => !e.ops.iter().any(is_test),
        ast::Expr::UnaryOp(e) => matches!(e.op, ast::UnaryOp::Invert) && gives_bools(&e.operand),
        ast::Expr::BinOp(e) => {
            matches!(e.op, ast::Operator::BitAnd | ast::Operator::BitOr | ast::Operator::BitXor)
                && gives_bools(&e.left)
                && gives_bools(&e.right)
        }
        _ => false,
    }
}

pub(super) fn is_attribute(expr: &ast::Expr, name: &str) -> bool {
    matches!(expr, ast::Expr::Attribute(attribute) if attribute.attr.as_str() == name)
}
