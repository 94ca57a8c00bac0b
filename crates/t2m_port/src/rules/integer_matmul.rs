//! `a @ b` of integers, which MLX does not multiply.

use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "integer-matmul", doc: include_str!("integer_matmul.md"), hook: Hook::Expr(&[Shape::Operation, Shape::Call], product) };

fn product<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if let Some(claim) = contraction(cx, expr) {
        return Some(claim);
    }
    let (left, right) = factors(cx, expr)?;
    // PyTorch multiplies equal dtypes only.
    let is_product = is_integer(cx, left) && may_be_integer(cx, right) || is_integer(cx, right) && may_be_integer(cx, left);
    if !is_product {
        return None;
    }
    let (matmul, uses) = cx.member(Module::Compat, "int_matmul");
    let pieces = vec![
        Piece::text(format!("{matmul}(")),
        Piece::Expr(left, Prec::Test),
        Piece::text(", "),
        Piece::Expr(right, Prec::Test),
        Piece::text(")"),
    ];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// `torch.einsum("ij,jk->ik", a, b)`, `torch.tensordot(a, b)`, `torch.inner(a, b)`, `F.linear(a, b)`
fn contraction<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let name = cx.qualified(&call.func)?;
    let operands: Vec<&'a ast::Expr> = match name {
        "torch.einsum" => call.args.get(1..)?.iter().collect(),
        "torch.tensordot" | "torch.inner" | "torch.nn.functional.linear" => call.args.iter().take(2).collect(),
        _ => return None,
    };
    // `"i,j->ij"` adds nothing up, which MLX does with integers, too.
    let adds_up = name != "torch.einsum" || call.args.first().and_then(receiver::string).is_none_or(adds_up);
    let is_product = operands.len() >= 2
        && adds_up
        && operands.iter().any(|operand| is_integer(cx, operand))
        && operands.iter().all(|operand| may_be_integer(cx, operand) && !operand.is_starred_expr());
    if !is_product {
        return None;
    }
    let (left, right) = (*operands.first()?, *operands.get(1)?);
    let of_two = |helper: String, close: &str| {
        vec![
            Piece::text(format!("{helper}(")),
            Piece::Expr(left, Prec::Test),
            Piece::text(", "),
            Piece::Expr(right, if close.starts_with('.') { Prec::Atom } else { Prec::Test }),
            Piece::text(close.to_owned()),
        ]
    };
    match name {
        "torch.einsum" if call.keywords.is_empty() => {
            let (einsum, uses) = cx.member(Module::Compat, "int_einsum");
            let mut pieces = vec![Piece::text(format!("{einsum}(")), Piece::Expr(call.args.first()?, Prec::Test)];
            for operand in operands {
                pieces.extend([Piece::text(", "), Piece::Expr(operand, Prec::Test)]);
            }
            pieces.push(Piece::text(")"));
            Some(Claim::build(pieces, Prec::Atom).uses(uses))
        }
        "torch.tensordot" => {
            let (tensordot, uses) = cx.member(Module::Compat, "int_tensordot");
            let mut pieces = of_two(tensordot, "");
            if let Some(dims) = receiver::argument(call, 2, "dims") {
                pieces.extend([Piece::text(", "), Piece::Expr(dims, Prec::Test)]);
            }
            pieces.push(Piece::text(")"));
            Some(Claim::build(pieces, Prec::Atom).uses(uses))
        }
        "torch.inner" => {
            let (tensordot, uses) = cx.member(Module::Compat, "int_tensordot");
            Some(Claim::build(of_two(tensordot, ", ([-1], [-1]))"), Prec::Atom).uses(uses))
        }
        "torch.nn.functional.linear" => {
            let (matmul, uses) = cx.member(Module::Compat, "int_matmul");
            let mut pieces = of_two(matmul, ".T)");
            let bias = receiver::argument(call, 2, "bias").filter(|bias| cx.kind(bias) != Kind::None);
            let prec = if bias.is_some() { Prec::Arith } else { Prec::Atom };
            if let Some(bias) = bias {
                pieces.extend([Piece::text(" + "), Piece::Expr(bias, Prec::Term)]);
            }
            Some(Claim::build(pieces, prec).uses(uses))
        }
        _ => None,
    }
}

/// Whether a letter of an equation is missing in its output.
fn adds_up(equation: &str) -> bool {
    equation.split_once("->").is_none_or(|(terms, out)| terms.chars().any(|letter| letter.is_alphabetic() && !out.contains(letter)))
}

/// `a @ b`, `torch.mm(a, b)`, `a.matmul(b)`
fn factors<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(&'a ast::Expr, &'a ast::Expr)> {
    match expr {
        ast::Expr::BinOp(e) => matches!(e.op, ast::Operator::MatMult).then_some((&*e.left, &*e.right)),
        ast::Expr::Call(call) if call.keywords.is_empty() => match (&call.args[..], &*call.func) {
            ([left, right], func) => cx.qualified(func).is_some_and(is_matmul).then_some((left, right)),
            ([right], ast::Expr::Attribute(method)) => {
                let is_method = cx.entity(&call.func).is_none() && is_matmul(&format!("torch.{}", method.attr));
                is_method.then_some((&*method.value, right))
            }
            _ => None,
        },
        _ => None,
    }
}

fn is_matmul(name: &str) -> bool {
    matches!(name, "torch.matmul" | "torch.mm" | "torch.bmm" | "torch.mv" | "torch.dot" | "torch.linalg.matmul")
}

fn is_integer(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(
        cx.kind(expr),
        Kind::Tensor(tensor) if matches!(tensor.dtype, Some(DType::UInt8 | DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64))
    )
}

fn may_be_integer(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    match cx.kind(expr) {
        Kind::Tensor(tensor) => tensor.dtype.is_none() || is_integer(cx, expr),
        kind => kind.is_unknown(),
    }
}
