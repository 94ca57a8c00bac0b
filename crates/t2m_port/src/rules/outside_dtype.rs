//! `wav / 32768` of 16-bit samples, `img == -1` of bytes: MLX refuses a number that the array's own integers don't reach. PyTorch divides by any, and
//! takes the low bits of the others.

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_syntax::Edit;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;

pub(super) const RULE: Rule =
    Rule { name: "outside-dtype", doc: include_str!("outside_dtype.md"), hook: Hook::Expr(&[Shape::Operation], outside) };

/// What samples of 8 and 16 bits are divided by.
const FULL_SCALES: &[i64] = &[1 << 8, 1 << 15, 1 << 16];

fn outside<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (left, right, divides) = match expr {
        ast::Expr::BinOp(e) if takes_low_bits(e.op) => (&*e.left, &*e.right, false),
        ast::Expr::BinOp(e) if e.op == ast::Operator::Div => (&*e.left, &*e.right, true),
        ast::Expr::Compare(e) => match (&e.ops[..], &e.comparators[..]) {
            ([op], [right]) if orders(*op) => (&*e.left, right, false),
            _ => return None,
        },
        _ => return None,
    };
    let reaches = |array: &ast::Expr| match cx.kind(array) {
        Kind::Tensor(tensor) => tensor.dtype.and_then(limits),
        _ => None,
    };
    for (array, number) in [(left, right), (right, left)] {
        let Some((least, most)) = reaches(array) else { continue };
        let value = value(number);
        if value.is_some_and(|value| (least..=most).contains(&value)) {
            return None;
        }
        return match (value, divides) {
            (Some(value), false) => {
                let low_bits = least + (value - least).rem_euclid(most - least + 1);
                Some(Claim::edit(vec![Edit::text(number.range(), low_bits.to_string())]))
            }
            (Some(_), true) => Some(as_float(cx, number)),
            (None, true) if matches!(cx.kind(number), Kind::Int | Kind::Number) => Some(as_float(cx, number)),
            _ => None,
        };
    }
    // Samples whose dtype nothing tells: whatever they are, the quotient is the same.
    let may_be_samples = match cx.kind(left) {
        Kind::Tensor(tensor) => tensor.dtype.is_none(),
        _ => false,
    };
    let is_scale = value(right).is_some_and(|value| FULL_SCALES.contains(&value));
    (divides && may_be_samples && is_scale).then(|| as_float(cx, right))
}

/// `32768` -> `32768.0`, `2 ** 15` -> `float(2 ** 15)`
fn as_float<'a>(cx: &Cx<'a>, number: &'a ast::Expr) -> Claim<'a> {
    let text = cx.source(number);
    let float = if text.bytes().all(|byte| byte.is_ascii_digit()) { format!("{text}.0") } else { format!("float({text})") };
    Claim::edit(vec![Edit::text(number.range(), float)])
}

fn takes_low_bits(op: ast::Operator) -> bool {
    use ast::Operator::{Add, BitAnd, BitOr, BitXor, FloorDiv, Mod, Mult, Sub};
    matches!(op, Add | Sub | Mult | FloorDiv | Mod | BitAnd | BitOr | BitXor)
}

fn orders(op: ast::CmpOp) -> bool {
    use ast::CmpOp::{Eq, Gt, GtE, Lt, LtE, NotEq};
    matches!(op, Eq | NotEq | Lt | LtE | Gt | GtE)
}

/// The least and the greatest of integers that are short enough for programs to leave them.
fn limits(dtype: DType) -> Option<(i64, i64)> {
    Some(match dtype {
        DType::UInt8 => (0, u8::MAX.into()),
        DType::Int8 => (i8::MIN.into(), i8::MAX.into()),
        DType::Int16 => (i16::MIN.into(), i16::MAX.into()),
        _ => return None,
    })
}

/// An integer that is written out: `32768`, `-1`, `2 ** 15`, `1 << 8`.
fn value(expr: &ast::Expr) -> Option<i64> {
    match expr {
        ast::Expr::Constant(constant) => match &constant.value {
            ast::Constant::Int(int) => int.to_string().parse().ok(),
            _ => None,
        },
        ast::Expr::UnaryOp(e) if e.op == ast::UnaryOp::USub => value(&e.operand)?.checked_neg(),
        ast::Expr::BinOp(e) => {
            let (left, right) = (value(&e.left)?, value(&e.right)?);
            match e.op {
                ast::Operator::Add => left.checked_add(right),
                ast::Operator::Sub => left.checked_sub(right),
                ast::Operator::Mult => left.checked_mul(right),
                ast::Operator::Pow => left.checked_pow(u32::try_from(right).ok()?),
                ast::Operator::LShift => 2_i64.checked_pow(u32::try_from(right).ok()?)?.checked_mul(left),
                _ => None,
            }
        }
        _ => None,
    }
}
