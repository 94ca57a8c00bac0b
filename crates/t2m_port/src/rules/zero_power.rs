//! `x ** k`, where `k` may be 0: PyTorch's slope of that is 0. MLX's is `0 * x ** -1`, NaN where `x` is 0. Of complex numbers, MLX's is that of the conjugate.

use t2m_semantic::Entity;
use t2m_semantic::kind::DType;
use t2m_semantic::tables::predicate;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::no_grad::is_off_at;
use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::reached;
use crate::receiver;
use crate::views;

pub(super) const RULE: Rule =
    Rule { name: "zero-power", doc: include_str!("zero_power.md"), hook: Hook::Expr(&[Shape::Operation, Shape::Call], power) };

fn power<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (base, exponent) = parts(cx, expr)?;
    let is_wrong =
        is_complex(cx, base) || has_parts(cx, expr, base) || is_complex(cx, exponent) || has_slope(cx, base) && may_be_zero(cx, exponent);
    // 0 ** 0 of complex numbers is NaN in MLX, with or without a gradient.
    let has_other_value = is_complex(cx, base) && !is_plain_exponent(exponent);
    if !has_other_value && (!is_wrong || !reached::is_differentiated_at(cx, expr) || is_off_at(cx, expr)) {
        return None;
    }
    let (torch_pow, uses) = cx.member(Module::Compat, "torch_pow");
    let pieces = vec![
        Piece::text(format!("{torch_pow}(")),
        Piece::Expr(base, Prec::Test),
        Piece::text(", "),
        Piece::Expr(exponent, Prec::Test),
        Piece::text(")"),
    ];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// `x ** k`, `x.pow(k)`, `torch.pow(x, k)`
fn parts<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(&'a ast::Expr, &'a ast::Expr)> {
    match expr {
        ast::Expr::BinOp(e) if e.op == ast::Operator::Pow => Some((&e.left, &e.right)),
        ast::Expr::Call(call) => {
            let ast::Expr::Attribute(function) = &*call.func else { return None };
            if function.attr.as_str() != "pow" || call.args.len() + call.keywords.len() > 2 {
                return None;
            }
            match cx.qualified(&call.func) {
                Some("torch.pow") => Some((receiver::argument(call, 0, "input")?, receiver::argument(call, 1, "exponent")?)),
                Some(_) => None,
                None if cx.kind(&function.value).is_tensor() => Some((&function.value, receiver::argument(call, 0, "exponent")?)),
                None => None,
            }
        }
        _ => None,
    }
}

fn is_complex<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match expr {
        // Ex) `1j * k`
        ast::Expr::BinOp(e) if matches!(e.op, ast::Operator::Mult | ast::Operator::Add | ast::Operator::Sub) => {
            is_complex(cx, &e.left) || is_complex(cx, &e.right)
        }
        ast::Expr::Constant(constant) => matches!(constant.value, ast::Constant::Complex { .. }),
        expr => has_complex_dtype(cx, expr),
    }
}

/// What nothing tells the dtype of, but whose parts are asked for, or those of the power: `(z ** 2).imag`, `torch.view_as_real(z ** 2)`.
fn has_parts<'a>(cx: &Cx<'a>, power: &'a ast::Expr, base: &'a ast::Expr) -> bool {
    if !["imag", "view_as_real", "angle", "conj"].into_iter().any(|part| cx.text_has(part)) || !predicate::is_untyped(&cx.kind(base)) {
        return false;
    }
    let is_taken_apart = |whole: &'a ast::Expr| match cx.parent(whole) {
        Some(Node::Expr(ast::Expr::Attribute(part))) => matches!(part.attr.as_str(), "imag" | "angle" | "conj"),
        Some(Node::Expr(ast::Expr::Call(call))) => {
            matches!(cx.qualified(&call.func), Some("torch.view_as_real" | "torch.imag" | "torch.angle" | "torch.conj"))
        }
        _ => false,
    };
    if is_taken_apart(power) {
        return true;
    }
    let ast::Expr::Name(name) = base else { return false };
    let mut found = false;
    for stmt in views::enclosing_body(cx, base) {
        Node::Stmt(stmt).walk(&mut |node| {
            if let Node::Expr(read) = node {
                found = found || views::is_same_name(read, &name.id) && is_taken_apart(read);
            }
        });
    }
    found
}

fn has_complex_dtype<'a>(cx: &Cx<'a>, side: &'a ast::Expr) -> bool {
    predicate::known_dtype(&cx.kind(side)) == Some(DType::Complex64)
}

/// Whether it may be an array that gradients flow into: no number, no integers.
fn has_slope<'a>(cx: &Cx<'a>, base: &'a ast::Expr) -> bool {
    let kind = cx.kind(base);
    let is_whole = matches!(
        predicate::known_dtype(&kind),
        Some(DType::Bool | DType::UInt8 | DType::Int8 | DType::Int16 | DType::Int32 | DType::Int64)
    );
    kind.is_tensor() && !is_whole && !is_kept_from_zero(base)
}

/// `x.clamp(min=eps)`, `F.softplus(x)`
fn is_kept_from_zero(base: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = base else { return false };
    let ast::Expr::Attribute(function) = &*call.func else { return false };
    match function.attr.as_str() {
        "clamp" | "clip" | "clamp_min" => {
            let named = call.keywords.iter().find(|keyword| keyword.arg.as_deref() == Some("min"));
            let bound = named.map(|keyword| &keyword.value).or(call.args.last());
            bound.is_some_and(|bound| receiver::number(bound) != Some(0.0))
        }
        "exp" | "softplus" => true,
        _ => false,
    }
}

/// An exponent that counts from 0, or an array of exponents: of learned ones, the slope where the base is 0 is NaN in MLX, too.
fn may_be_zero<'a>(cx: &Cx<'a>, exponent: &'a ast::Expr) -> bool {
    cx.kind(exponent).is_tensor() || matches!(exponent, ast::Expr::Name(name) if counts_from_zero(cx, exponent, name.id.as_str()))
}

/// A number that is written there, and not 0.
fn is_plain_exponent(exponent: &ast::Expr) -> bool {
    match exponent {
        ast::Expr::Constant(constant) => constant.value != ast::Constant::Int(0.into()),
        ast::Expr::UnaryOp(negated) => negated.operand.is_constant_expr(),
        _ => false,
    }
}

/// Whether the loop around, or the comprehension, gives the name 0 first.
fn counts_from_zero<'a>(cx: &Cx<'a>, place: &'a ast::Expr, name: &str) -> bool {
    let loops = cx.ancestors(Node::Expr(place)).flat_map(|up| match up {
        Node::Expr(ast::Expr::ListComp(e)) => pairs(&e.generators),
        Node::Expr(ast::Expr::GeneratorExp(e)) => pairs(&e.generators),
        Node::Expr(ast::Expr::DictComp(e)) => pairs(&e.generators),
        Node::Stmt(ast::Stmt::For(e)) => vec![(&*e.target, &*e.iter)],
        _ => Vec::new(),
    });
    loops.into_iter().any(|(target, iter)| first_is_zero(cx, target, iter, name))
}

fn pairs(generators: &[ast::Comprehension]) -> Vec<(&ast::Expr, &ast::Expr)> {
    generators.iter().map(|generator| (&generator.target, &generator.iter)).collect()
}

/// `for k in range(n)`, `for k, a in enumerate(coefficients)`
fn first_is_zero<'a>(cx: &Cx<'a>, target: &'a ast::Expr, iter: &'a ast::Expr, name: &str) -> bool {
    let ast::Expr::Call(call) = iter else { return false };
    let Some(Entity::Builtin(builtin)) = cx.entity(&call.func) else { return false };
    let is_name = |target: &ast::Expr| matches!(target, ast::Expr::Name(found) if found.id.as_str() == name);
    match (builtin.as_str(), target) {
        ("range", target) => is_name(target) && (call.args.len() == 1 || call.args.first().and_then(receiver::number) == Some(0.0)),
        ("enumerate", ast::Expr::Tuple(names)) => {
            let starts = call.args.get(1).or(call.keywords.first().map(|keyword| &keyword.value));
            names.elts.first().is_some_and(is_name) && starts.is_none_or(|start| receiver::number(start) == Some(0.0))
        }
        _ => false,
    }
}
