//! Rotary embeddings: pairs of features that turn by an angle for each position.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Operator};
use t2m_syntax::{Piece, Prec};

use super::angles::{self, Angles, Array, Axis, Form, Spectrum, What, Width};
use super::flow::{Flow, Region, Term};
use super::form;
use super::frames::{RootName, Val};
use super::lengths;
use super::{Answer, Pattern, Text};
use crate::cx::Cx;
use crate::names::Module;

pub(super) const PATTERN: Pattern = Pattern { name: "fuse-rope", doc: include_str!("rope.md"), matches };

/// Which features make a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pairs {
    /// One of the first half, and one of the second.
    Halves,
    Neighbours,
}

/// `x`, turned.
struct Turned<'a> {
    of: Val<'a>,
    cosines: Val<'a>,
    /// Not there where the angles are complex numbers.
    sines: Option<Val<'a>>,
    pairs: Pairs,
    /// Angles come once for each pair, or once for each feature.
    is_narrow: bool,
}

fn matches<'a>(cx: &Cx<'a>, flow: &Flow<'a>, root: Term<'a>) -> Answer<'a> {
    if !matches!(root.expr, ast::Expr::BinOp(_) | ast::Expr::Call(_)) {
        return Answer::No;
    }
    let val = Val::root(cx, flow, root);
    let Some(turned) = outputs(cx, &val) else {
        const BACK: &str =
            "it turns the other way round, as `mx.fast.rope` does with `scale=-1.0` where its angles are positions times frequencies";
        return if turns_back(cx, &val) { Answer::Almost(BACK) } else { Answer::No };
    };
    let mut region = val.seen();
    let mut text = Text { pieces: Vec::new(), uses: crate::names::Uses::default() };
    let is_tuple = turned.len() > 1;
    for (index, turned) in turned.iter().enumerate() {
        text = if index > 0 { text.text(", ") } else { text };
        text = match written(cx, &mut region, text, turned) {
            Ok(text) => text,
            Err(reason) => return Answer::Almost(reason),
        };
    }
    region.also(val.seen());
    let mut answer = text.fused(region);
    if let (Answer::Yes(fused), true) = (&mut answer, is_tuple) {
        fused.prec = Prec::Tuple;
    }
    answer
}

/// What an expression turns: one tensor; or each result of a function that is called.
fn outputs<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Vec<Turned<'a>>> {
    let ast::Expr::Call(call) = val.expr() else {
        // What its own function is given the angles for is looked at where it is called.
        return Some(vec![turned(cx, val)?]).filter(|turned| !is_helper(cx, val, turned));
    };
    if is_module_call(cx, call) {
        return None;
    }
    let Some((returned, def)) = val.followed(cx, call) else {
        return Some(vec![turned(cx, val)?]).filter(|turned| !is_helper(cx, val, turned));
    };
    if !def.decorator_list.iter().all(|decorator| matches!(cx.entity(decorator), Some(Entity::Builtin(_)))) {
        return None;
    }
    let returned = returned.resolve(cx);
    let results = match returned.expr() {
        ast::Expr::Tuple(tuple) => tuple.elts.iter().map(|elt| turned(cx, &returned.with(elt))).collect(),
        _ => turned(cx, &returned).map(|turned| vec![turned]),
    };
    // A function that makes the angles itself is looked at by itself.
    results.filter(|results: &Vec<Turned<'a>>| {
        results.iter().all(|turned| turned.of.resolve_params(cx).is_at_root() && turned.cosines.comes_from_caller(cx))
    })
}

/// Whether the angles are parameters of a function that the file calls.
fn is_helper<'a>(cx: &Cx<'a>, val: &Val<'a>, turned: &[Turned<'a>]) -> bool {
    let all_given = turned.iter().all(|turned| matches!(angle_source(cx, &turned.cosines), Some(name) if val.is_param(name)));
    all_given && val.function_name().is_some_and(|name| cx.shared.survey.calls().any(|(_, called)| called.contains(&name)))
}

/// The name that the angles go back to.
fn angle_source<'a>(cx: &Cx<'a>, angles: &Val<'a>) -> Option<&'a str> {
    let mut seen = angles.resolve(cx);
    loop {
        let inner = match seen.expr() {
            ast::Expr::Name(name) => return Some(&name.id),
            ast::Expr::Subscript(subscript) => &*subscript.value,
            ast::Expr::Call(_) => form::op(cx, seen.expr())?.arg(0, &["input"])?,
            _ => return None,
        };
        seen = seen.with(inner).resolve(cx);
    }
}

/// `self.rotary(x)`: its own `forward` is looked at.
fn is_module_call(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    matches!(cx.kind(&call.func), Kind::Instance(_) | Kind::Module)
}

/// The call for one tensor.
fn written<'a>(cx: &Cx<'a>, region: &mut Region<'a>, text: Text<'a>, turned: &Turned<'a>) -> Result<Text<'a>, &'static str> {
    const UNKNOWN: &str = "its angles are not seen to be positions times frequencies; for positions 0, 1, 2, ... this is `mx.fast.rope`";
    let table = |val: &Val<'a>| match angles::array(cx, val) {
        Some(Array { what: What::Angles(angles), axes }) => Ok((angles, axes)),
        _ => Err(UNKNOWN),
    };
    let (cosines, axes) = table(&turned.cosines)?;
    let is_pair = match &turned.sines {
        Some(sines) => {
            let (sines, places) = table(sines)?;
            let rest = |axes: &[Axis]| axes.iter().copied().skip_while(|axis| *axis == Axis::One).collect::<Vec<_>>();
            cosines.form == Form::Cosine && sines.form == Form::Sine && rest(&places) == rest(&axes) && sines.belongs_to(cx, &cosines)
        }
        None => cosines.form == Form::Turn,
    };
    if !is_pair {
        return Err("its cosines and sines are not seen to be of the same angles");
    }
    if cosines.is_saved {
        return Err("the angles are loaded with the weights, and may be others then");
    }
    let fits = match (turned.is_narrow, turned.pairs) {
        (true, _) => cosines.width == Width::Half,
        (false, Pairs::Halves) => cosines.width == Width::Doubled,
        (false, Pairs::Neighbours) => cosines.width == Width::Repeated,
    };
    if !fits {
        return Err("each pair of features turns by two angles");
    }
    let axis = match &axes[..] {
        [.., Axis::Positions, Axis::Features] => -2,
        [.., Axis::Positions, Axis::One, Axis::Features] => -3,
        _ => return Err("positions do not run along the axis before the last, nor along the one before that"),
    };
    let of = turned.of.resolve_params(cx);
    if !of.is_at_root() || of.item.is_some() {
        return Err(UNKNOWN);
    }
    if form::holds_no_floats(cx, of.expr()) {
        return Err("the fused operation takes floating point alone");
    }
    let count = cosines.positions.count.as_ref().filter(|count| lengths::has_length(cx, &of, axis, count));
    let Some(count) = count else { return Err("it is not seen that there are as many angles as positions") };
    let unpacked = lengths::length_of(cx, count).and_then(|(measured, _, rank)| rank.filter(|_| measured.same(cx, &of)));
    let rank = lengths::shape(cx, &of).map(|shape| shape.len()).or(unpacked);
    if rank.map_or(axes.len() < 3, |rank| rank < 3) {
        return Err("the number of dimensions is not known to be 3 or more");
    }
    if axis == -3 && rank.is_some_and(|rank| rank != 4) || axis == -3 && axes.len() != 4 && rank != Some(4) {
        return Err("the axis of positions is not known");
    }
    call(cx, region, text, &of, turned.pairs, &cosines, axis)
}

fn call<'a>(
    cx: &Cx<'a>,
    region: &mut Region<'a>,
    mut text: Text<'a>,
    of: &Val<'a>,
    pairs: Pairs,
    angles: &Angles<'a>,
    axis: i64,
) -> Result<Text<'a>, &'static str> {
    let (name, uses) = cx.member(Module::Core, "fast.rope");
    text.uses.extend(&uses);
    text.pieces.push(Piece::text(format!("{name}(")));
    text = text.expr(region.leaf(of.term), if axis == -3 { Prec::Atom } else { Prec::Test });
    if axis == -3 {
        text = text.text(".swapaxes(1, 2)");
    }
    text = text.text(", ");
    let traditional = if pairs == Pairs::Neighbours { "True" } else { "False" };
    let by_base = angles.frequencies.spectrum.as_ref().and_then(|Spectrum { base, dims }| {
        // A number it is: nothing else makes a spectrum.
        Some((base.named_at_root(cx)?, dims.named_at_root(cx)?))
    });
    let kept = angles.frequencies.kept.as_ref().and_then(|kept| kept.named_at_root(cx));
    text = match (&by_base, &kept) {
        (Some((base, dims)), _) => {
            text = named(region, text, dims, Prec::Test).text(format!(", traditional={traditional}, base="));
            named(region, text, base, Prec::Test)
        }
        (None, Some(_)) if !matches!(of.expr(), ast::Expr::Name(_)) => return Err("its number of features has no name"),
        (None, Some(_)) => text.expr(region.leaf(of.term), Prec::Atom).text(format!(".shape[-1], traditional={traditional}, base=None")),
        (None, None) => return Err("the base and the number of features of its angles have no name here"),
    };
    text = text.text(", scale=1.0, offset=");
    text = match &angles.positions.offset {
        None => text.text("0"),
        Some(offset) => {
            let name = offset.named_at_root(cx).filter(|_| form::is_number(cx, offset.resolve(cx).expr()));
            let Some(name) = name else { return Err("the first position is not known to be a number") };
            named(region, text, &name, Prec::Test)
        }
    };
    if let (None, Some(kept)) = (by_base, kept) {
        text = named(region, text.text(", freqs=1.0 / "), &kept, Prec::Unary);
    }
    Ok(text.text(if axis == -3 { ").swapaxes(1, 2)" } else { ")" }))
}

fn named<'a>(region: &mut Region<'a>, text: Text<'a>, name: &RootName<'a>, slot: Prec) -> Text<'a> {
    match &name.of {
        Some(of) => text.expr(region.leaf(of.term), if name.text.is_empty() { slot } else { Prec::Atom }).text(name.text.clone()),
        None => text.text(name.text.clone()),
    }
}

/// A tensor whose pairs turn, in whichever spelling.
fn turned<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Turned<'a>> {
    let mut val = val.resolve(cx);
    if val.item.is_some() {
        return None;
    }
    let mut back = None;
    if let Some(op) = form::op(cx, val.expr()).filter(|op| matches!(op.name, "type_as" | "to") && op.has_at_most(2, &["dtype", "other"])) {
        back = Some(val.with(op.arg(1, &["dtype", "other"])?));
        val = val.with(op.arg(0, &[])?).resolve(cx);
    }
    let mut found = sum(cx, &val).or_else(|| joined(cx, &val)).or_else(|| complex(cx, &val))?;
    if let Some(back) = back {
        // Back to the dtype of what is turned, in float32 or not.
        let like = match back.expr() {
            ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "dtype" => back.with(&attribute.value),
            _ => back.clone(),
        };
        if let Some(inner) = form::to_float32(cx, found.of.resolve_params(cx).expr()).filter(|_| !like.same(cx, &found.of)) {
            found.of = found.of.resolve_params(cx).with(inner);
        }
        if !like.same(cx, &found.of) {
            return None;
        }
    }
    Some(found)
}

/// `x * cos + rotate_half(x) * sin`
fn sum<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Turned<'a>> {
    for (straight, across) in form::either_way(val.expr(), Operator::Add) {
        let (straight, across) = (val.with(straight).resolve(cx), val.with(across).resolve(cx));
        for (of, cosines) in form::either_way(straight.expr(), Operator::Mult) {
            for (partner, sines) in form::either_way(across.expr(), Operator::Mult) {
                let of = straight.with(of);
                if let Some((partner, pairs)) = partner_of(cx, &across.with(partner))
                    && partner.same(cx, &of)
                {
                    let (cosines, sines) = (straight.with(cosines), Some(across.with(sines)));
                    return Some(Turned { of, cosines, sines, pairs, is_narrow: false });
                }
            }
        }
    }
    None
}

/// `cat((-x2, x1), dim=-1)`, `stack((-x2, x1), dim=-1).flatten(-2)`: of what.
fn partner_of<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<(Val<'a>, Pairs)> {
    let (first, second, pairs) = pair(cx, val)?;
    let ast::Expr::UnaryOp(unary) = first.expr() else { return None };
    if !matches!(unary.op, ast::UnaryOp::USub) {
        return None;
    }
    let (of, second_part) = part(cx, &first.with(&unary.operand), pairs)?;
    let (other, first_part) = part(cx, &second, pairs)?;
    (second_part == 1 && first_part == 0 && of.same(cx, &other)).then_some((of, pairs))
}

/// Two parts that are laid behind each other, or between each other.
fn pair<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<(Val<'a>, Val<'a>, Pairs)> {
    pair_along(cx, val, &[-1])
}

fn pair_along<'a>(cx: &Cx<'a>, val: &Val<'a>, axes: &[i64]) -> Option<(Val<'a>, Val<'a>, Pairs)> {
    let seen = val.resolve(cx);
    let op = form::op(cx, seen.expr())?;
    let two = |of: &Val<'a>, expr: &'a ast::Expr| {
        let items = match expr {
            ast::Expr::Tuple(tuple) => &tuple.elts,
            ast::Expr::List(list) => &list.elts,
            _ => return None,
        };
        let [a, b] = &items[..] else { return None };
        Some((of.with(a).resolve(cx), of.with(b).resolve(cx)))
    };
    match op.name {
        "cat" | "concat" => {
            let is_last = axes.contains(&form::integer(op.arg(1, &["dim", "axis"])?)?);
            let (a, b) = two(&seen, op.arg(0, &["tensors"])?)?;
            is_last.then_some((a, b, Pairs::Halves))
        }
        "flatten" | "reshape" | "view" => {
            let inner = seen.with(op.arg(0, &["input"])?).resolve(cx);
            let stacked = form::op(cx, inner.expr()).filter(|op| op.name == "stack")?;
            let is_last = form::integer(stacked.arg(1, &["dim"])?) == Some(-1);
            let (a, b) = two(&inner, stacked.arg(0, &["tensors"])?)?;
            let (of, _) = part(cx, &leading_part(&a)?, Pairs::Neighbours).or_else(|| part(cx, &leading_part(&b)?, Pairs::Neighbours))?;
            (is_last && is_flat_again(cx, &seen, &of)).then_some((a, b, Pairs::Neighbours))
        }
        _ => None,
    }
}

/// `x1` of `-x1`, of `x1 * cos - x2 * sin`.
fn leading_part<'a>(val: &Val<'a>) -> Option<Val<'a>> {
    match val.expr() {
        ast::Expr::UnaryOp(unary) => Some(val.with(&unary.operand)),
        ast::Expr::BinOp(binop) => leading_part(&val.with(&binop.left)),
        _ => Some(val.clone()),
    }
}

/// `.flatten(-2)`, `.flatten(3)` of five axes, `.reshape(x.shape)`, `.reshape(*x.shape)`, `.view_as(x)`
fn is_flat_again<'a>(cx: &Cx<'a>, flat: &Val<'a>, of: &Val<'a>) -> bool {
    let ast::Expr::Call(call) = flat.expr() else { return false };
    let Some(op) = form::op(cx, flat.expr()) else { return false };
    match op.name {
        "flatten" => {
            let from = op.arg(1, &["start_dim"]).and_then(form::integer);
            let rank = lengths::shape(cx, of).and_then(|shape| i64::try_from(shape.len()).ok());
            let to_the_end = op.arg(2, &["end_dim"]).is_none_or(|end| form::integer(end) == Some(-1));
            to_the_end && from.is_some_and(|from| from == -2 || rank.map_or(from == 3, |rank| from == rank - 1))
        }
        "reshape" | "view" => match &call.args[call.args.len() - 1..] {
            [ast::Expr::Starred(only)] => is_shape_of(cx, &flat.with(&only.value), of),
            [only] if op.arg(2, &[]).is_none() => is_shape_of(cx, &flat.with(only), of),
            _ => {
                let sizes: Vec<&ast::Expr> = (1..).map_while(|place| op.arg(place, &[])).collect();
                let known = lengths::shape(cx, of).is_none_or(|shape| shape.len() == sizes.len());
                let has_its_length = |(place, size): (usize, &&'a ast::Expr)| {
                    let axis = i64::try_from(place).unwrap_or_default() - i64::try_from(sizes.len()).unwrap_or_default();
                    form::integer(size) == Some(-1) || lengths::has_length(cx, of, axis, &flat.with(size))
                };
                known && sizes.len() > 2 && sizes.iter().enumerate().all(has_its_length)
            }
        },
        _ => false,
    }
}

fn is_shape_of<'a>(cx: &Cx<'a>, shape: &Val<'a>, of: &Val<'a>) -> bool {
    let shape = shape.resolve(cx);
    match shape.expr() {
        ast::Expr::Attribute(attribute) => attribute.attr.as_str() == "shape" && shape.with(&attribute.value).same(cx, of),
        _ => false,
    }
}

/// The first or second part of the features, and of what.
fn part<'a>(cx: &Cx<'a>, val: &Val<'a>, pairs: Pairs) -> Option<(Val<'a>, usize)> {
    let seen = val.resolve(cx);
    if let Some((index, 2)) = seen.item {
        let op = form::op(cx, seen.expr())?;
        let of = seen.with(op.arg(0, &["input"])?);
        return match (op.name, pairs) {
            ("chunk", Pairs::Halves) => {
                let in_two = form::integer(op.arg(1, &["chunks"])?) == Some(2) && form::integer(op.arg(2, &["dim"])?) == Some(-1);
                in_two.then_some((of, index))
            }
            ("unbind", Pairs::Neighbours) if form::integer(op.arg(1, &["dim"])?) == Some(-1) => Some((in_pairs(cx, &of)?, index)),
            _ => None,
        };
    }
    let ast::Expr::Subscript(subscript) = seen.expr() else { return None };
    let ast::Expr::Tuple(index) = &*subscript.slice else { return None };
    let [rest, last] = &index.elts[..] else { return None };
    let is_rest = matches!(rest, ast::Expr::Constant(constant) if constant.value.is_ellipsis());
    let of = seen.with(&subscript.value);
    if !is_rest {
        return None;
    }
    let ast::Expr::Slice(slice) = last else {
        let index = usize::try_from(form::integer(last)?).ok().filter(|index| *index < 2 && pairs == Pairs::Neighbours)?;
        return Some((in_pairs(cx, &of)?, index));
    };
    let bound = |bound: &'a Option<Box<ast::Expr>>| bound.as_deref();
    match (bound(&slice.lower), bound(&slice.upper), bound(&slice.step), pairs) {
        (lower, None, Some(step), Pairs::Neighbours) if form::integer(step) == Some(2) => {
            let start = lower.map_or(Some(0), form::integer)?;
            Some((of, usize::try_from(start).ok().filter(|start| *start < 2)?))
        }
        (None, Some(half), None, Pairs::Halves) => is_half(cx, &seen.with(half), &of).then_some((of, 0)),
        (Some(half), None, None, Pairs::Halves) => is_half(cx, &seen.with(half), &of).then_some((of, 1)),
        _ => None,
    }
}

/// `x.shape[-1] // 2`
fn is_half<'a>(cx: &Cx<'a>, half: &Val<'a>, of: &Val<'a>) -> bool {
    let half = half.resolve(cx);
    let Some((whole, by)) = form::binary(half.expr(), Operator::FloorDiv) else { return false };
    form::integer(by) == Some(2) && lengths::has_length(cx, of, -1, &half.with(whole))
}

/// `x.reshape(*x.shape[:-1], -1, 2)`
fn in_pairs<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Val<'a>> {
    let seen = val.resolve(cx);
    let ast::Expr::Call(call) = seen.expr() else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    if !matches!(method.attr.as_str(), "reshape" | "view") || !call.keywords.is_empty() {
        return None;
    }
    let of = seen.with(&method.value);
    let [ast::Expr::Starred(lead), rest, two] = &call.args[..] else { return None };
    let ast::Expr::Subscript(lead) = &*lead.value else { return None };
    let ast::Expr::Slice(slice) = &*lead.slice else { return None };
    let all_but_last = slice.lower.is_none() && slice.step.is_none() && slice.upper.as_deref().and_then(form::integer) == Some(-1);
    let ast::Expr::Attribute(shape) = &*lead.value else { return None };
    let measured = seen.with(&shape.value);
    // A cast in between changes no shape.
    let bare = form::to_float32(cx, of.resolve(cx).expr()).map(|inner| of.resolve(cx).with(inner));
    let is_its = shape.attr.as_str() == "shape" && (measured.same(cx, &of) || bare.is_some_and(|bare| measured.same(cx, &bare)));
    (all_but_last && is_its && form::integer(rest) == Some(-1) && form::integer(two) == Some(2)).then_some(of)
}

/// `cat((x1 * cos - x2 * sin, x2 * cos + x1 * sin), dim=-1)`, or between each other.
fn joined<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Turned<'a>> {
    let (first, second, pairs) = pair(cx, val)?;
    let (a, b) = form::binary(first.expr(), Operator::Sub)?;
    let (a, b) = (first.with(a).resolve(cx), first.with(b).resolve(cx));
    for (x1, cosines) in form::either_way(a.expr(), Operator::Mult) {
        for (x2, sines) in form::either_way(b.expr(), Operator::Mult) {
            let (Some((of, 0)), Some((other, 1))) = (part(cx, &a.with(x1), pairs), part(cx, &b.with(x2), pairs)) else { continue };
            let (cosines, sines) = (a.with(cosines), b.with(sines));
            let is_product = |product: &Val<'a>, index: usize, by: &Val<'a>| {
                form::either_way(product.expr(), Operator::Mult).any(|(x, factor)| {
                    let found = part(cx, &product.with(x), pairs);
                    found.is_some_and(|(found, at)| at == index && found.same(cx, &of)) && product.with(factor).same(cx, by)
                })
            };
            let completes = form::either_way(second.expr(), Operator::Add).any(|(x, y)| {
                let (x, y) = (second.with(x).resolve(cx), second.with(y).resolve(cx));
                is_product(&x, 1, &cosines) && is_product(&y, 0, &sines)
            });
            if completes && of.same(cx, &other) {
                return Some(Turned { of, cosines, sines: Some(sines), pairs, is_narrow: true });
            }
        }
    }
    None
}

/// `cat((x1 * cos + x2 * sin, x2 * cos - x1 * sin), dim=-1)`, or `x1 * (-sin) + x2 * cos` for the second one.
fn turns_back<'a>(cx: &Cx<'a>, val: &Val<'a>) -> bool {
    let mut val = val.resolve(cx);
    if let Some(inner) = form::op(cx, val.expr()).filter(|op| matches!(op.name, "type_as" | "to")).and_then(|op| op.arg(0, &[])) {
        val = val.with(inner).resolve(cx);
    }
    let Some((first, second, pairs)) = pair_along(cx, &val, &[-1, 3]) else { return false };
    // Which part a product holds, and whether its other factor is negated.
    let factor_of = |product: &Val<'a>| {
        let product = product.resolve(cx);
        form::either_way(product.expr(), Operator::Mult).find_map(|(x, by)| {
            let (of, part) = part(cx, &product.with(x), pairs)?;
            let by = product.with(by).resolve(cx);
            Some((of, part, matches!(by.expr(), ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub))))
        })
    };
    let terms = |val: &Val<'a>| {
        let (a, b) = form::binary(val.expr(), Operator::Add).or_else(|| form::binary(val.expr(), Operator::Sub))?;
        let is_difference = form::binary(val.expr(), Operator::Sub).is_some();
        let (a, b) = (factor_of(&val.with(a))?, factor_of(&val.with(b))?);
        // The parts with a sign each.
        Some((a.0, [(a.1, a.2), (b.1, b.2 != is_difference)]))
    };
    let (Some((of, one)), Some((other, two))) = (terms(&first), terms(&second)) else { return false };
    let signs = |parts: [(usize, bool); 2]| {
        let of = |part: usize| parts.iter().find(|(at, _)| *at == part).map(|(_, negated)| *negated);
        (of(0), of(1))
    };
    signs(one) == (Some(false), Some(false)) && signs(two) == (Some(true), Some(false)) && of.same(cx, &other)
}

/// `view_as_real(view_as_complex(x in pairs) * turns).flatten(-2)`
fn complex<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Turned<'a>> {
    let real = form::op(cx, val.expr()).filter(|op| matches!(op.name, "flatten" | "reshape" | "view"))?;
    let real = val.with(real.arg(0, &["input"])?).resolve(cx);
    let product = form::op(cx, real.expr()).filter(|op| op.name == "view_as_real")?;
    let product = real.with(product.arg(0, &["input"])?).resolve(cx);
    form::either_way(product.expr(), Operator::Mult).find_map(|(numbers, turns)| {
        let numbers = product.with(numbers).resolve(cx);
        let op = form::op(cx, numbers.expr()).filter(|op| op.name == "view_as_complex")?;
        let of = in_pairs(cx, &numbers.with(op.arg(0, &["input"])?))?;
        let bare = form::to_float32(cx, of.resolve(cx).expr()).map(|inner| of.resolve(cx).with(inner));
        let is_flat = is_flat_again(cx, val, &of) || bare.is_some_and(|bare| is_flat_again(cx, val, &bare));
        is_flat.then(|| Turned { of, cosines: product.with(turns), sines: None, pairs: Pairs::Neighbours, is_narrow: true })
    })
}
