//! `z.imag *= -1`: a part of a complex tensor is memory of its own in PyTorch, MLX's is computed from the array.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::in_place;
use crate::names::Module;
use crate::storage;

pub(super) const RULE: Rule = Rule { name: "complex-part", doc: include_str!("complex_part.md"), hook: Hook::Stmt(write) };

fn write<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (target, value, op) = match stmt {
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [ast::Expr::Tuple(targets)] => return both(cx, stmt, &targets.elts, &assign.value),
            [target] => (target, &*assign.value, None),
            _ => return None,
        },
        ast::Stmt::AugAssign(assign) => (&*assign.target, &*assign.value, Some(assign.op)),
        _ => return None,
    };
    let (whole, part) = part_of(cx, target)?;
    let is_imaginary = part == "imag";
    if let Some(finding) = in_place::lost_write(cx, target, whole) {
        return Some(StmtClaim::todo(finding));
    }
    // An item of an array is a copy, and what is computed is there once.
    if !matches!(whole, ast::Expr::Name(_) | ast::Expr::Attribute(_)) || !cx.is_simple(whole) {
        let reason = format!("MLX has no view of the {part} part that could be written to: assign the complex value");
        return Some(StmtClaim::todo(Finding::todo(codes::WRITE_THROUGH_VIEW, target.range(), reason)));
    }
    let (real, uses) = cx.member(Module::Core, "real");
    let (imag, more) = cx.member(Module::Core, "imag");
    let part = |function: &str| vec![Piece::text(format!("{function}(")), Piece::Expr(whole, Prec::Test), Piece::text(")")];
    let mut new = Vec::new();
    if let Some(op) = op {
        new.extend(part(if is_imaginary { &imag } else { &real }));
        new.push(Piece::text(format!(" {} ", super::index::sign(op))));
        new.push(Piece::Expr(value, Prec::Unary));
    } else {
        new.push(Piece::Expr(value, if is_imaginary { Prec::Unary } else { Prec::Arith }));
    }
    let mut pieces = vec![Piece::Expr(whole, Prec::Atom), Piece::text("[...] = ")];
    if is_imaginary {
        pieces.extend(part(&real));
        pieces.push(Piece::text(" + 1j * "));
        let needs_parens = op.is_some();
        pieces.extend(needs_parens.then(|| Piece::text("(")));
        pieces.extend(new);
        pieces.extend(needs_parens.then(|| Piece::text(")")));
    } else {
        pieces.extend(new);
        pieces.push(Piece::text(" + 1j * "));
        pieces.extend(part(&imag));
    }
    Some(StmtClaim::replace(pieces).uses(uses).uses(more))
}

/// `z.real, z.imag = a, b`
fn both<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, targets: &'a [ast::Expr], value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let parts: Vec<_> = targets.iter().map(|target| part_of(cx, target)).collect();
    let at = targets.iter().zip(&parts).find_map(|(target, part)| part.map(|_| target))?;
    let pair = match (&parts[..], value) {
        ([Some((real, "real")), Some((imag, "imag"))], ast::Expr::Tuple(values)) if cx.source(*real) == cx.source(*imag) => {
            Some((*real, &values.elts)).filter(|(whole, values)| values.len() == 2 && cx.is_simple(whole))
        }
        _ => None,
    };
    let Some((whole, values)) = pair.filter(|_| cx.owns_its_lines(stmt)) else {
        let reason = "MLX has no views of the parts that could be written to: assign the complex value";
        return Some(StmtClaim::todo(Finding::todo(codes::WRITE_THROUGH_VIEW, at.range(), reason)));
    };
    if let Some(finding) = in_place::lost_write(cx, at, whole) {
        return Some(StmtClaim::todo(finding));
    }
    Some(StmtClaim::replace(vec![
        Piece::Expr(whole, Prec::Atom),
        Piece::text("[...] = "),
        Piece::Expr(&values[0], Prec::Arith),
        Piece::text(" + 1j * "),
        Piece::Expr(&values[1], Prec::Unary),
    ]))
}

/// The tensor, and which part of it is meant: `z` and `imag` of `z.imag`.
fn part_of<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<(&'a ast::Expr, &'a str)> {
    let ast::Expr::Attribute(attribute) = target else { return None };
    let part = attribute.attr.as_str();
    let whole = storage::owner(cx, &attribute.value);
    (matches!(part, "real" | "imag") && storage::is_tensor(cx, whole)).then_some((whole, part))
}
