//! Normalisation by the root mean square, and by mean and variance, over the last axis.

use t2m_syntax::ast::{self, Operator};
use t2m_syntax::{Piece, Prec};

use super::flow::{Flow, Region, Term};
use super::form;
use super::{Answer, Pattern, Text};
use crate::cx::Cx;
use crate::names::Module;

pub(super) const PATTERN: Pattern = Pattern { name: "fuse-norm", doc: include_str!("norm.md"), matches };

/// Something that is normalised, and may go on in the dtype that it was in.
struct Core<'a> {
    of: Term<'a>,
    eps: Term<'a>,
    centred: bool,
    weight: Option<Term<'a>>,
}

fn matches<'a>(cx: &Cx<'a>, flow: &Flow<'a>, root: Term<'a>) -> Answer<'a> {
    let mut region = Region::default();
    let found = match affine(cx, flow, &mut region, root) {
        Ok(None) => whole_in_float32(cx, flow, &mut region, root).map(|(core, bias, back)| (core, bias, Some(back))),
        Ok(Some((core, bias))) => Some((core, bias, None)),
        Err(reason) => return Answer::Almost(reason),
    };
    let Some((core, bias, back)) = found else { return Answer::No };
    if !form::is_number(cx, core.eps.expr) && !is_configured(cx, core.eps.expr) {
        return Answer::Almost("what is added under the root is not known to be a number");
    }
    if form::holds_no_floats(cx, core.of.expr) {
        return Answer::Almost("the fused operation takes floating point alone");
    }
    let name = if core.centred { "fast.layer_norm" } else { "fast.rms_norm" };
    let mut text = Text::call(cx, Module::Core, name).expr(region.leaf(core.of), Prec::Test);
    let slots = [Some(core.weight), core.centred.then_some(bias)];
    for slot in slots.into_iter().flatten() {
        text = match slot {
            Some(term) => text.text(", ").expr(region.leaf(term), Prec::Test),
            None => text.text(", None"),
        };
    }
    text.pieces.push(Piece::text(", eps="));
    text = text.expr(region.leaf(core.eps), Prec::Test).text(")");
    // The weights may widen what is in half precision.
    match back {
        Some(of) => text.text(".astype(").expr(region.leaf(of), Prec::Atom).text(".dtype)"),
        None => text,
    }
    .fused(region)
}

/// All of it in float32, weights included, and back to the dtype of what is normalised.
fn whole_in_float32<'a>(
    cx: &Cx<'a>,
    flow: &Flow<'a>,
    region: &mut Region<'a>,
    root: Term<'a>,
) -> Option<(Core<'a>, Option<Term<'a>>, Term<'a>)> {
    let mut attempt = region.clone();
    let (inner, to) = form::cast(cx, flow, &mut attempt, root)?;
    let inner = flow.see(&mut attempt, inner);
    let (core, bias) = affine(cx, flow, &mut attempt, inner).ok()?.filter(|(core, _)| core.weight.is_some())?;
    let seen = flow.see(&mut attempt, core.of);
    let of = seen.with(form::to_float32(cx, seen.expr)?);
    flow.same(cx, to.of()?, of).then(|| {
        *region = attempt;
        (Core { of, ..core }, bias, of)
    })
}

/// `self.eps = config.rms_norm_eps`: a setting is a number.
fn is_configured<'a>(cx: &Cx<'a>, eps: &'a ast::Expr) -> bool {
    let ast::Expr::Attribute(attribute) = eps else { return false };
    let is_setting = |value: &&'a ast::Expr| match value {
        ast::Expr::Attribute(setting) => {
            setting.attr.contains("eps") && matches!(&*setting.value, ast::Expr::Name(_)) && cx.kind(value).is_unknown()
        }
        _ => form::is_number(cx, value),
    };
    let is_own = matches!(&*attribute.value, ast::Expr::Name(of) if of.id.as_str() == "self");
    is_own && form::stored(cx, eps, &attribute.attr).is_some_and(|values| !values.is_empty() && values.iter().all(is_setting))
}

type Found<T> = Result<Option<T>, &'static str>;

/// `weight * normed + bias`, `weight * normed`, `normed`; the weights where they are known to have one axis.
fn affine<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, root: Term<'a>) -> Found<(Core<'a>, Option<Term<'a>>)> {
    for (scaled, bias) in form::either_way(root.expr, Operator::Add) {
        let mut attempt = region.clone();
        let scaled = flow.see(&mut attempt, root.with(scaled));
        if is_vector(cx, bias)
            && let Some(core) = weighted(cx, flow, &mut attempt, scaled)?.filter(|core| core.centred && core.weight.is_some())
        {
            *region = attempt;
            return Ok(Some((core, Some(root.with(bias)))));
        }
    }
    Ok(weighted(cx, flow, region, root)?.map(|core| (core, None)))
}

fn weighted<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, root: Term<'a>) -> Found<Core<'a>> {
    for (weight, normed) in form::either_way(root.expr, Operator::Mult).filter(|(weight, _)| is_vector(cx, weight)) {
        let mut attempt = region.clone();
        let normed = flow.see(&mut attempt, root.with(normed));
        if let Some(core) = cast_back(cx, flow, &mut attempt, normed)? {
            *region = attempt;
            return Ok(Some(Core { weight: Some(root.with(weight)), ..core }));
        }
    }
    if let Some(core) = cast_back(cx, flow, region, root)? {
        return Ok(Some(core));
    }
    // `weight * (x - mean) / root`, `weight * (x - mean) * inverse`: the weight binds to what is divided.
    let divided = form::binary(root.expr, Operator::Div).map(|(scaled, by)| (scaled, by, true));
    let multiplied = form::binary(root.expr, Operator::Mult).map(|(scaled, by)| (scaled, by, false));
    for (scaled, by, divides) in divided.into_iter().chain(multiplied) {
        for (weight, of) in form::either_way(scaled, Operator::Mult).filter(|(weight, _)| is_vector(cx, weight)) {
            if let Some(core) = core_of(cx, flow, region, root.with(of), root.with(by), divides) {
                return Ok(Some(Core { weight: Some(root.with(weight)), ..core }));
            }
        }
    }
    unbiased(cx, flow, region, root)
}

/// The norm itself, or one in float32 that goes back to the dtype of what is normalised.
fn cast_back<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, term: Term<'a>) -> Found<Core<'a>> {
    if let Some((inner, to)) = form::cast(cx, flow, region, term) {
        let mut attempt = region.clone();
        let inner = flow.see(&mut attempt, inner);
        if let Some(core) = core(cx, flow, &mut attempt, inner)? {
            let seen = flow.see(&mut attempt, core.of);
            let Some(of) = form::to_float32(cx, seen.expr).map(|of| seen.with(of)) else { return Ok(None) };
            if !to.of().is_some_and(|to| flow.same(cx, to, of)) {
                return Ok(None);
            }
            *region = attempt;
            return Ok(Some(Core { of, ..core }));
        }
    }
    core(cx, flow, region, term)
}

fn core<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, term: Term<'a>) -> Found<Core<'a>> {
    let mut ways: Vec<(&ast::Expr, &ast::Expr, bool)> = Vec::new();
    ways.extend(form::binary(term.expr, Operator::Div).map(|(a, b)| (a, b, true)));
    ways.extend(form::either_way(term.expr, Operator::Mult).map(|(a, b)| (a, b, false)));
    for (of, root, divides) in ways {
        if let Some(core) = core_of(cx, flow, region, term.with(of), term.with(root), divides) {
            return Ok(Some(core));
        }
    }
    Ok(None)
}

/// `of / root`, or `of * root`.
fn core_of<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, of: Term<'a>, root: Term<'a>, divides: bool) -> Option<Core<'a>> {
    let mut attempt = region.clone();
    let root = flow.see(&mut attempt, root);
    let sum = under_root(cx, root, divides)?;
    let sum = flow.see(&mut attempt, sum);
    for (moment, eps) in form::either_way(sum.expr, Operator::Add) {
        let mut attempt = attempt.clone();
        let moment = flow.see(&mut attempt, sum.with(moment));
        let eps = sum.with(eps);
        let mut centred = attempt.clone();
        if let Some((of, mean)) = difference(cx, flow, &mut centred, of)
            && flow.same(cx, mean, of)
            && let Some(spread) = variance(cx, flow, &mut centred, moment)
            && flow.same(cx, spread, of)
        {
            *region = centred;
            return Some(Core { of, eps, centred: true, weight: None });
        }
        let Some(square) = mean_square(cx, flow, &mut attempt, moment) else { continue };
        if flow.same(cx, square, of) {
            *region = attempt;
            return Some(Core { of, eps, centred: false, weight: None });
        }
        // `x * rsqrt(x.float().pow(2).mean() + eps)` is in float32 as well.
        if let Some(narrow) = form::to_float32(cx, square.expr).map(|narrow| square.with(narrow))
            && flow.same(cx, narrow, of)
        {
            *region = attempt;
            return Some(Core { of: square, eps, centred: false, weight: None });
        }
    }
    None
}

/// The annotated Transformer divides by `std + eps`, where torch's `std` counts one element less.
fn unbiased<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, term: Term<'a>) -> Found<Core<'a>> {
    let Some((of, root)) = form::binary(term.expr, Operator::Div) else { return Ok(None) };
    let of = match form::binary(of, Operator::Mult) {
        Some((_, of)) => of,
        None => of,
    };
    let mut attempt = region.clone();
    if difference(cx, flow, &mut attempt, term.with(of)).is_none() {
        return Ok(None);
    }
    for (spread, _) in form::either_way(root, Operator::Add) {
        let spread = flow.see(&mut attempt, term.with(spread));
        if form::op(cx, spread.expr).is_some_and(|op| op.name == "std") {
            return Err("`std + eps` is not the root of the variance and `eps`, and torch's `std` is unbiased by default");
        }
    }
    Ok(None)
}

/// What stands under the root: `torch.sqrt(v)` where it divides, `torch.rsqrt(v)` where it multiplies.
fn under_root<'a>(cx: &Cx<'a>, root: Term<'a>, divides: bool) -> Option<Term<'a>> {
    let power = if divides { 0.5 } else { -0.5 };
    if let Some((of, exponent)) = form::binary(root.expr, Operator::Pow) {
        return (form::number(exponent) == Some(power)).then_some(root.with(of));
    }
    if let (false, Some((one, below))) = (divides, form::binary(root.expr, Operator::Div)) {
        return if form::number(one) == Some(1.0) { under_root(cx, root.with(below), true) } else { None };
    }
    let op = form::op(cx, root.expr)?;
    let of = root.with(op.arg(0, &["input"])?);
    let fits = match op.name {
        "sqrt" => divides && op.has_at_most(1, &["input"]),
        "rsqrt" => !divides && op.has_at_most(1, &["input"]),
        "pow" => op.has_at_most(2, &["input", "exponent"]) && op.arg(1, &["exponent"]).and_then(form::number) == Some(power),
        _ => false,
    };
    fits.then_some(of)
}

/// `x.pow(2).mean(-1, keepdim=True)`: what is squared.
fn mean_square<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, term: Term<'a>) -> Option<Term<'a>> {
    let squares = mean(cx, term)?;
    let squares = flow.see(region, squares);
    square(cx, flow, squares)
}

/// The mean along the last axis, which stays.
fn mean<'a>(cx: &Cx<'a>, term: Term<'a>) -> Option<Term<'a>> {
    let op = form::op(cx, term.expr).filter(|op| op.name == "mean" && op.has_at_most(3, &["input", "dim", "keepdim"]))?;
    let over = form::is_last_axis(op.arg(1, &["dim"])?) && form::is_true(op.arg(2, &["keepdim"])?);
    over.then_some(term.with(op.arg(0, &["input"])?))
}

fn square<'a>(cx: &Cx<'a>, flow: &Flow<'a>, term: Term<'a>) -> Option<Term<'a>> {
    if let Some((of, exponent)) = form::binary(term.expr, Operator::Pow) {
        return (form::number(exponent) == Some(2.0)).then_some(term.with(of));
    }
    if let Some((a, b)) = form::binary(term.expr, Operator::Mult) {
        return flow.same(cx, term.with(a), term.with(b)).then_some(term.with(a));
    }
    let op = form::op(cx, term.expr)?;
    let of = term.with(op.arg(0, &["input"])?);
    let squares = match op.name {
        "square" => op.has_at_most(1, &["input"]),
        "pow" => op.has_at_most(2, &["input", "exponent"]) && op.arg(1, &["exponent"]).and_then(form::number) == Some(2.0),
        _ => false,
    };
    squares.then_some(of)
}

/// `x - x.mean(-1, keepdim=True)`: `x`, and what the mean is of.
fn difference<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, term: Term<'a>) -> Option<(Term<'a>, Term<'a>)> {
    let term = flow.see(region, term);
    let (of, middle) = form::binary(term.expr, Operator::Sub)?;
    let middle = flow.see(region, term.with(middle));
    Some((term.with(of), mean(cx, middle)?))
}

/// The biased variance along the last axis: of what.
fn variance<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, term: Term<'a>) -> Option<Term<'a>> {
    if let Some(squares) = mean(cx, term) {
        let squares = flow.see(region, squares);
        let centred = square(cx, flow, squares)?;
        // Both sides of `d * d`.
        if let Some((_, other)) = form::binary(squares.expr, Operator::Mult) {
            flow.see(region, squares.with(other));
        }
        let (of, mean) = difference(cx, flow, region, centred)?;
        return flow.same(cx, of, mean).then_some(of);
    }
    let op = form::op(cx, term.expr).filter(|op| op.name == "var")?;
    let biased = match (op.arg(2, &["unbiased"]), op.arg(usize::MAX, &["correction"])) {
        (Some(unbiased), None) => form::is_false(unbiased),
        (None, Some(correction)) => form::number(correction) == Some(0.0),
        _ => false,
    };
    let keeps = op.arg(3, &["keepdim"]).is_some_and(form::is_true);
    let plain = op.has_at_most(4, &["input", "dim", "unbiased", "correction", "keepdim"]);
    (plain && biased && keeps && form::is_last_axis(op.arg(1, &["dim"])?)).then_some(term.with(op.arg(0, &["input"])?))
}

/// A parameter with one axis, and what is made of it element by element: `self.weight`, `1 + self.weight.float()`.
fn is_vector<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    if let Some((_, of)) = form::either_way(expr, Operator::Add).find(|(number, _)| form::number(number).is_some()) {
        return is_vector(cx, of);
    }
    if let Some(of) = form::to_float32(cx, expr) {
        return is_vector(cx, of);
    }
    let ast::Expr::Attribute(attribute) = expr else { return false };
    if !matches!(&*attribute.value, ast::Expr::Name(of) if of.id.as_str() == "self") {
        return false;
    }
    let has_one_axis = |value: &&'a ast::Expr| {
        let Some(made) = cx.call_of(value, "torch.nn.Parameter").and_then(|call| call.args.first()) else { return false };
        let Some(filled) = form::op(cx, made).filter(|op| matches!(op.name, "ones" | "zeros" | "empty" | "rand" | "randn")) else {
            return false;
        };
        filled.has_at_most(1, &["dtype", "device", "requires_grad"]) && filled.arg(0, &[]).is_some_and(|size| is_one_size(cx, size))
    };
    form::stored(cx, expr, &attribute.attr).is_some_and(|values| !values.is_empty() && values.iter().all(has_one_axis))
}

/// A number of features. One that may be a shape by its name is none; MLX raises for weights of another rank.
fn is_one_size<'a>(cx: &Cx<'a>, size: &'a ast::Expr) -> bool {
    let may_be_a_number = |name: &str| cx.kind(size).is_unknown() && !name.contains("shape");
    match size {
        _ if form::is_number(cx, size) => form::integer(size) != Some(1),
        ast::Expr::Name(name) => may_be_a_number(&name.id),
        ast::Expr::Attribute(attribute) => may_be_a_number(&attribute.attr),
        _ => false,
    }
}
