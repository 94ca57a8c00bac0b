//! Where 32 bits may be too few for integers that are made here: they are multiplied, raised or added up, and no literal bounds them. They get 64 bits there,
//! as PyTorch's have.

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Decision, Edit, Node, Piece, Prec, TextRange};

use crate::called_operator::CalledOperator;
use crate::claim::Claim;
use crate::cx::Cx;
use crate::made_integers::{self, Extent, Made, NAMES, extent, is_int64, made};
use crate::names::Module;
use crate::rules::{self, last_name};
use crate::{integers, large_integers, masks, receiver};

/// Through how many names and views integers are followed.
const DEPTH: usize = 4;

/// What 32 bits don't hold.
const BEYOND_32: f64 = 2_147_483_648.0;

/// The claim on an expression, with 64 bits for integers that have to have them.
pub(crate) fn widened<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, claim: Option<Claim<'a>>) -> Option<Claim<'a>> {
    let is_told = claim.as_ref().is_some_and(|claim| claim.decision.is_none() && !claim.findings.is_empty());
    let is_reduced = is_reduced_by_einops(cx, expr);
    if is_told || !is_reduced && (!is_part(expr) || !has_to_be_wide(cx, expr, DEPTH)) {
        return claim;
    }
    let Claim { decision, uses, findings } = claim.unwrap_or_default();
    let is_open = !is_part(expr) && !matches!(decision, Some(Decision::Build(..)));
    let range = expr.range();
    // What nothing tells to be integers is asked when it runs.
    let (before, after, more) = if is_reduced || is_int64(cx, expr) {
        let (int64, more) = cx.member(Module::Core, "int64");
        let (open, close) = if is_open { ("(", ")") } else { ("", "") };
        (open.to_owned(), format!("{close}.astype({int64})"), more)
    } else {
        let (long_any, more) = cx.member(Module::Compat, "long_any");
        (format!("{long_any}("), ")".to_owned(), more)
    };
    let decision = match decision {
        Some(Decision::Build(mut pieces, prec)) => {
            let is_loose = before.is_empty() && prec != Prec::Atom;
            pieces.insert(0, Piece::text(if is_loose { "(".to_owned() } else { before }));
            pieces.push(Piece::text(if is_loose { format!("){after}") } else { after }));
            Decision::Build(pieces, Prec::Atom)
        }
        decision => {
            let mut edits = match decision {
                Some(Decision::Edit(edits)) => edits,
                _ => Vec::new(),
            };
            if !before.is_empty() {
                edits.insert(0, Edit::text(TextRange::empty(range.start()), before));
            }
            edits.push(Edit::text(TextRange::empty(range.end()), after));
            Decision::Edit(edits)
        }
    };
    Some(Claim { decision: Some(decision), uses, findings }.uses(more))
}

/// `reduce(bits, 'b n c -> b n', 'sum')` of integers: PyTorch adds up with 64 bits.
fn is_reduced_by_einops<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(expr) else { return false };
    let is_sum = |how: &ast::Expr| matches!(receiver::string(how), Some("sum" | "prod"));
    cx.qualified(&call.func) == Some("einops.reduce")
        && call.args.first().is_some_and(|first| std::ptr::eq(first, expr))
        && receiver::argument(call, 2, "reduction").is_some_and(is_sum)
        && integers::is_integer(&cx.kind(expr))
        && !rules::is_wide(cx, expr, DEPTH)
}

/// Operators are not widened themselves, but what they are of.
fn is_part(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Name(name) => name.ctx.is_load(),
        ast::Expr::Subscript(item) => item.ctx.is_load(),
        ast::Expr::Call(_) => true,
        _ => false,
    }
}

/// Whether an expression is what gets the 64 bits in a product, a power or a sum.
pub(crate) fn has_to_be_wide<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return false };
    is_part(expr)
        && made_integers::may_hold(cx, expr)
        && growth(cx, expr).is_some_and(|(grown, growth)| {
            // What is added may be bounded: `1 + torch.arange(n)`
            (std::ptr::eq(grown, expr) || made(cx, expr).is_some())
                && !rules::is_wide(cx, expr, depth)
                && !matches!(growth, Growth::By(factor) if rules::is_wide(cx, factor, depth))
        })
}

/// How integers grow.
enum Growth<'a> {
    /// By a factor.
    By(&'a ast::Expr),
    /// To a power, or by so many places.
    To(&'a ast::Expr),
    /// As exponents of a base.
    Of(&'a ast::Expr),
    /// With themselves.
    Square,
    Sum,
}

impl<'a> Growth<'a> {
    /// Whether integers may leave 32 bits so.
    fn reaches(&self, cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
        let written = || extent(cx, expr, DEPTH).filter(|_| is_int64(cx, expr));
        match self {
            Self::By(factor) => match made(cx, expr) {
                Some(made) => is_factor(cx, factor, made),
                None => written().is_some_and(|own| extent(cx, factor, DEPTH).is_some_and(|by| own.largest * by.largest >= BEYOND_32)),
            },
            Self::To(exponent) => is_exponent(cx, exponent) && made(cx, expr).is_some(),
            Self::Of(base) => {
                let base_of = |own: Extent| receiver::number(base).is_some_and(|base| base.abs().powf(own.largest) >= BEYOND_32);
                cx.kind(base) == Kind::Int && (made(cx, expr) == Some(Made::Sizes) || written().is_some_and(base_of))
            }
            Self::Square => made(cx, expr).is_some(),
            Self::Sum => made(cx, expr) == Some(Made::Sizes) || written().is_some_and(|own| own.sum >= BEYOND_32),
        }
    }
}

/// How an expression grows by what is around it, and the operand that does. `i + 1` of `(i + 1) * n` grows by its first part that is made here.
fn growth<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(&'a ast::Expr, Growth<'a>)> {
    let mut inner = expr;
    loop {
        let Some(Node::Expr(up)) = cx.parent(inner) else { return None };
        match up {
            ast::Expr::BinOp(e) => {
                let is_left = std::ptr::eq(&*e.left, inner);
                let other = if is_left { &*e.right } else { &*e.left };
                let growth = match e.op {
                    ast::Operator::Mult if is_told_by_size(cx, up) => return None,
                    ast::Operator::Mult | ast::Operator::MatMult => Some(Growth::By(other)),
                    ast::Operator::LShift if is_left => is_far(other).then_some(Growth::To(other)),
                    ast::Operator::Pow if is_left => Some(Growth::To(other)),
                    ast::Operator::Pow => Some(Growth::Of(other)),
                    ast::Operator::Add | ast::Operator::Sub => None,
                    ast::Operator::FloorDiv | ast::Operator::Mod if is_left => None,
                    _ => return None,
                };
                // The first of two parts is enough.
                if !is_left && e.op != ast::Operator::Pow && made(cx, other).is_some() {
                    return None;
                }
                match growth.filter(|growth| growth.reaches(cx, inner)) {
                    // The rule about products speaks for what comes from elsewhere.
                    Some(Growth::By(_)) if rules::is_wide_product(cx, up) => return None,
                    Some(growth) => return Some((inner, growth)),
                    None if matches!(e.op, ast::Operator::Pow | ast::Operator::LShift | ast::Operator::MatMult) => return None,
                    None => inner = up,
                }
            }
            ast::Expr::UnaryOp(e) if matches!(e.op, ast::UnaryOp::USub) => inner = up,
            ast::Expr::Attribute(method) => {
                let Some(Node::Expr(ast::Expr::Call(call))) = cx.parent(up) else { return None };
                let is_method = std::ptr::eq(&*call.func, up) && cx.qualified(&call.func).is_none();
                let growth = if is_method { growth_by_call(cx, inner, call, &method.attr, 0) } else { None };
                return growth.filter(|growth| growth.reaches(cx, inner)).map(|growth| (inner, growth));
            }
            ast::Expr::Call(call) if cx.qualified(&call.func).is_some_and(|name| name.starts_with("torch.")) => {
                let growth = growth_by_call(cx, inner, call, last_name(&call.func)?, 1);
                return growth.filter(|growth| growth.reaches(cx, inner)).map(|growth| (inner, growth));
            }
            _ => return None,
        }
    }
}

/// `count * width == x.numel()`: an array holds fewer items than 32 bits count.
fn is_told_by_size<'a>(cx: &Cx<'a>, product: &'a ast::Expr) -> bool {
    let Some(Node::Expr(ast::Expr::Compare(compare))) = cx.parent(product) else { return false };
    let is_size = |side: &ast::Expr| matches!(side, ast::Expr::Call(call) if matches!(last_name(&call.func), Some("numel" | "nelement")));
    matches!(compare.ops[..], [ast::CmpOp::Eq | ast::CmpOp::NotEq]) && (is_size(&compare.left) || compare.comparators.iter().any(is_size))
}

/// `i.sum()`, `torch.mul(i, n)`, `i.pow(2)`
fn growth_by_call<'a>(cx: &Cx<'a>, inner: &'a ast::Expr, call: &'a ast::ExprCall, name: &str, beside: usize) -> Option<Growth<'a>> {
    let first = call.args.first().filter(|_| beside == 1);
    let is_first = first.is_none_or(|first| std::ptr::eq(first, inner));
    if NAMES.adds.contains(name) {
        return (is_first && !made_integers::has_dtype(call)).then_some(Growth::Sum);
    }
    match name {
        "square" => Some(Growth::Square),
        "pow" if is_first => receiver::argument(call, beside, "exponent").map(Growth::To),
        "pow" => first.map(Growth::Of),
        name if NAMES.multiplies.contains(name) => {
            let second = call.args.get(beside);
            Some(Growth::By(if is_first { second? } else { first? }))
        }
        _ => {
            let operator = CalledOperator::of(cx, call).filter(|operator| operator.sign == "*")?;
            let other = operator.beside(inner);
            (is_first || made(cx, other).is_none()).then_some(Growth::By(other))
        }
    }
}

/// Whether a factor is an integer that no small literal bounds.
fn is_factor<'a>(cx: &Cx<'a>, factor: &'a ast::Expr, made_side: Made) -> bool {
    if large_integers::is_small(factor) || made_integers::is_fraction_of(cx, factor, DEPTH) {
        return false;
    }
    match cx.kind(factor) {
        Kind::Int => true,
        Kind::Number => made_side == Made::Sizes,
        Kind::Tensor(tensor) => match tensor.dtype {
            None => made(cx, factor).is_some(),
            Some(dtype) => dtype == DType::Int64,
        },
        kind if kind.is_unknown() => made(cx, factor).is_some() || made_side == Made::Sizes && !masks::is_mask(cx, factor),
        _ => false,
    }
}

/// An exponent that is no fraction, and more than 1.
fn is_exponent(cx: &Cx<'_>, exponent: &ast::Expr) -> bool {
    match receiver::number(exponent) {
        Some(number) => number >= 2.0 && !made_integers::is_fraction(exponent),
        None => cx.kind(exponent) == Kind::Int || cx.kind(exponent).is_unknown() && !made_integers::is_fraction(exponent),
    }
}

/// Half of the 32 bits are more than flags need.
fn is_far(places: &ast::Expr) -> bool {
    receiver::number(places).is_none_or(|places| places >= 16.0)
}
