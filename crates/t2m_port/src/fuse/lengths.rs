//! How long the axes of a tensor are, as far as the way in which it was made shows.

use t2m_semantic::Kind;
use t2m_syntax::ast;

use super::form;
use super::frames::Val;
use crate::cx::Cx;
use crate::receiver;

/// The lengths of the axes of a tensor; `None` for one that isn't known.
pub(super) type Shape<'a> = Vec<Option<Val<'a>>>;

/// What is known about the axes of a tensor, if it is known how many there are.
pub(super) fn shape<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Shape<'a>> {
    val.measuring(|| shape_within(cx, val, 12))
}

fn shape_within<'a>(cx: &Cx<'a>, val: &Val<'a>, depth: usize) -> Option<Shape<'a>> {
    let seen = val.resolve(cx);
    let shape = if depth == 0 { None } else { shape_of_call(cx, &seen, depth - 1) };
    shape.or_else(|| rank_of_kind(cx, val)).or_else(|| rank_of_kind(cx, &seen))
}

fn rank_of_kind<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Shape<'a>> {
    match cx.kind(val.expr()) {
        Kind::Tensor(tensor) if val.item.is_none() => tensor.rank.map(|rank| vec![None; usize::from(rank)]),
        _ => None,
    }
}

fn shape_of_call<'a>(cx: &Cx<'a>, val: &Val<'a>, depth: usize) -> Option<Shape<'a>> {
    if let ast::Expr::BinOp(binop) = val.expr() {
        // A number changes no shape.
        let of = if form::is_number(cx, &binop.right) { &binop.left } else { &binop.right };
        let other = if form::is_number(cx, &binop.right) { &binop.right } else { &binop.left };
        return if form::is_number(cx, other) { shape_within(cx, &val.with(of), depth) } else { None };
    }
    if let Some(pattern) = Rearranged::of(cx, val.expr()) {
        return (!pattern.to.contains(&"...")).then(|| vec![None; pattern.to.len()]);
    }
    // `qkv[0]`
    if let ast::Expr::Subscript(subscript) = val.expr()
        && form::integer(&subscript.slice).is_some()
    {
        return shape_within(cx, &val.with(&subscript.value), depth).and_then(|shape| Some(shape.split_first()?.1.to_vec()));
    }
    if let ast::Expr::Call(call) = val.expr()
        && let Some(layer) = receiver::layer(cx, &call.func)
    {
        let [input] = &call.args[..] else { return None };
        let mut shape = shape_within(cx, &val.with(input), depth)?;
        return match layer.as_str() {
            "torch.nn.Dropout" | "torch.nn.Identity" | "torch.nn.LayerNorm" => Some(shape),
            "torch.nn.Linear" => {
                *shape.last_mut()? = None;
                Some(shape)
            }
            _ => None,
        };
    }
    let op = form::op(cx, val.expr())?;
    let of = || shape_within(cx, &val.with(op.arg(0, &["input"])?), depth);
    let axis = |place: usize, name: &[&str], rank: usize| axis_of(form::integer(op.arg(place, name)?)?, rank);
    match op.name {
        "view" | "reshape" => {
            let mut sizes: Vec<&ast::Expr> = (1..).map_while(|place| op.arg(place, &[])).collect();
            if let [ast::Expr::Tuple(tuple)] = &sizes[..] {
                sizes = tuple.elts.iter().collect();
            } else if sizes.len() < 2 {
                return None;
            }
            let length = |size: &'a ast::Expr| (form::integer(size) != Some(-1)).then(|| val.with(size));
            (!sizes.iter().any(|size| matches!(size, ast::Expr::Starred(_)))).then(|| sizes.into_iter().map(length).collect())
        }
        "transpose" | "swapaxes" => {
            let mut shape = of()?;
            let (a, b) = (axis(1, &["dim0", "axis0"], shape.len())?, axis(2, &["dim1", "axis1"], shape.len())?);
            shape.swap(a, b);
            Some(shape)
        }
        "permute" => {
            let shape = of()?;
            let axes: Option<Vec<usize>> = (1..=shape.len()).map(|place| axis(place, &[], shape.len())).collect();
            axes.map(|axes| axes.into_iter().map(|axis| shape[axis].clone()).collect())
        }
        "contiguous" | "clone" | "float" | "half" | "to" | "type_as" | "type" | "bfloat16" | "detach" => of(),
        "chunk" | "split" if val.item.is_some() => {
            let mut shape = of()?;
            let axis = axis(2, &["dim"], shape.len())?;
            shape[axis] = None;
            Some(shape)
        }
        "unbind" if val.item.is_some() => {
            let mut shape = of()?;
            let axis = match op.arg(1, &["dim"]) {
                Some(_) => axis(1, &["dim"], shape.len())?,
                None => 0,
            };
            shape.remove(axis);
            Some(shape)
        }
        _ => None,
    }
}

/// Whether the first axis may have length one where that of others hasn't: learned queries, `x.unsqueeze(0)`, `x[:1]`.
pub(super) fn may_be_one_batch<'a>(cx: &Cx<'a>, of: &Val<'a>) -> bool {
    of.measuring(|| is_one_batch(cx, of, DEPTH))
}

fn is_one_batch<'a>(cx: &Cx<'a>, of: &Val<'a>, depth: usize) -> bool {
    let seen = of.resolve(cx);
    let below = |expr: &'a ast::Expr| depth > 0 && is_one_batch(cx, &seen.with(expr), depth - 1);
    match seen.expr() {
        ast::Expr::Attribute(_) => cx.entity(seen.expr()).is_none(),
        ast::Expr::Subscript(subscript) => {
            let first = match &*subscript.slice {
                ast::Expr::Tuple(index) => index.elts.first(),
                index => Some(index),
            };
            match first {
                Some(ast::Expr::Constant(constant)) => constant.value.is_none(),
                Some(ast::Expr::Slice(slice)) => slice.lower.is_some() || slice.upper.is_some() || below(&subscript.value),
                _ => false,
            }
        }
        ast::Expr::BinOp(binop) => {
            let is_number = |expr: &'a ast::Expr| form::is_number(cx, expr);
            (is_number(&binop.left) || below(&binop.left)) && (is_number(&binop.right) || below(&binop.right))
        }
        ast::Expr::Call(call) => {
            if receiver::layer(cx, &call.func).is_some() {
                return call.args.first().is_some_and(below);
            }
            let Some(op) = form::op(cx, seen.expr()) else { return false };
            let input = || op.arg(0, &["input"]).is_some_and(below);
            match op.name {
                "unsqueeze" => op.arg(1, &["dim"]).and_then(form::integer) == Some(0) || input(),
                "view" | "reshape" => match op.arg(1, &[]) {
                    Some(ast::Expr::Tuple(sizes)) => sizes.elts.first().and_then(form::integer) == Some(1),
                    first => first.and_then(form::integer) == Some(1),
                },
                "permute" => op.arg(1, &[]).and_then(form::integer) == Some(0) && input(),
                "transpose" | "swapaxes" | "contiguous" | "clone" | "float" | "half" | "to" | "type_as" | "mul" | "div" => input(),
                _ => false,
            }
        }
        _ => false,
    }
}

fn axis_of(axis: i64, rank: usize) -> Option<usize> {
    let rank = i64::try_from(rank).ok()?;
    let axis = if axis < 0 { axis + rank } else { axis };
    (0..rank).contains(&axis).then(|| usize::try_from(axis).ok()).flatten()
}

/// `x.shape[1]`, `x.size(1)`, or one of the names in `b, n, c = x.shape`: of what, which, and of how many, if that is seen.
pub(super) fn length_of<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<(Val<'a>, i64, Option<usize>)> {
    val.measuring(|| length_within(cx, val))
}

fn length_within<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<(Val<'a>, i64, Option<usize>)> {
    let seen = val.resolve(cx);
    if let Some((index, of)) = seen.item {
        // `n, m = scores.shape[-2:]`
        if let ast::Expr::Subscript(subscript) = seen.expr() {
            let ast::Expr::Slice(slice) = &*subscript.slice else { return None };
            let from = form::integer(slice.lower.as_deref()?).filter(|from| slice.upper.is_none() && slice.step.is_none() && *from < 0)?;
            return Some((shape_itself(cx, &seen, &subscript.value)?, from + i64::try_from(index).ok()?, None));
        }
        return Some((shape_itself(cx, &seen, seen.expr())?, i64::try_from(index).ok()?, Some(of)));
    }
    if let ast::Expr::Subscript(subscript) = seen.expr() {
        return Some((shape_itself(cx, &seen, &subscript.value)?, form::integer(&subscript.slice)?, None));
    }
    let op = form::op(cx, seen.expr()).filter(|op| op.name == "size")?;
    Some((seen.with(op.arg(0, &[])?), form::integer(op.arg(1, &["dim"])?)?, None))
}

/// `x.shape`, `x.size()`: of what.
fn shape_itself<'a>(cx: &Cx<'a>, around: &Val<'a>, expr: &'a ast::Expr) -> Option<Val<'a>> {
    match expr {
        ast::Expr::Attribute(attribute) => {
            (attribute.attr.as_str() == "shape" && cx.entity(expr).is_none()).then(|| around.with(&attribute.value))
        }
        _ => {
            let op = form::op(cx, expr).filter(|op| op.name == "size" && op.arg(1, &["dim"]).is_none())?;
            Some(around.with(op.arg(0, &[])?))
        }
    }
}

/// Whether the axis of a tensor, counted from behind, is as long as a number says.
pub(super) fn has_length<'a>(cx: &Cx<'a>, of: &Val<'a>, axis: i64, length: &Val<'a>) -> bool {
    of.measuring(|| is_as_long(cx, of, axis, length))
}

fn is_as_long<'a>(cx: &Cx<'a>, of: &Val<'a>, axis: i64, length: &Val<'a>) -> bool {
    let shape = shape(cx, of);
    if let Some(known) = shape.as_ref().and_then(|shape| shape[axis_of(axis, shape.len())?].clone())
        && known.same(cx, length)
    {
        return true;
    }
    origin(cx, of, axis, DEPTH).is(cx, &origin_of_number(cx, length, DEPTH))
}

const DEPTH: usize = 12;

/// Where a length comes from: a number, or an axis, counted from behind where that is known, of a tensor that is made of nothing that is seen.
enum Origin<'a> {
    Number(Val<'a>),
    Axis(Val<'a>, i64),
}

impl<'a> Origin<'a> {
    fn is(&self, cx: &Cx<'a>, other: &Self) -> bool {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.same(cx, b),
            (Self::Axis(a, at), Self::Axis(b, place)) => at == place && a.same(cx, b),
            _ => false,
        }
    }
}

fn origin_of_number<'a>(cx: &Cx<'a>, number: &Val<'a>, depth: usize) -> Origin<'a> {
    let Some((measured, index, count)) = length_of(cx, number).filter(|_| depth > 0) else { return Origin::Number(number.clone()) };
    let rank = count.or_else(|| shape(cx, &measured).map(|shape| shape.len()));
    let from_behind = rank.and_then(|rank| Some(i64::try_from(axis_of(index, rank)?).ok()? - i64::try_from(rank).ok()?));
    origin(cx, &measured, from_behind.unwrap_or(index), depth - 1)
}

fn origin<'a>(cx: &Cx<'a>, of: &Val<'a>, axis: i64, depth: usize) -> Origin<'a> {
    let here = || Origin::Axis(of.clone(), axis);
    if depth == 0 || axis >= 0 {
        return here();
    }
    if let Some(length) = shape(cx, of).and_then(|shape| shape[axis_of(axis, shape.len())?].clone()) {
        return origin_of_number(cx, &length, depth - 1);
    }
    match source(cx, &of.resolve(cx), axis) {
        Some((inner, axis)) => origin(cx, &inner, axis, depth - 1),
        None => here(),
    }
}

/// The tensor, and its axis, that an axis is as long as.
fn source<'a>(cx: &Cx<'a>, of: &Val<'a>, axis: i64) -> Option<(Val<'a>, i64)> {
    if let ast::Expr::BinOp(binop) = of.expr() {
        let (left, right) = (of.with(&binop.left), of.with(&binop.right));
        return match binop.op {
            ast::Operator::MatMult => product(left, right, axis),
            _ if form::is_number(cx, &binop.right) => Some((left, axis)),
            _ if form::is_number(cx, &binop.left) => Some((right, axis)),
            _ => None,
        };
    }
    let ast::Expr::Call(call) = of.expr() else { return None };
    if let Some(layer) = receiver::layer(cx, &call.func) {
        // The last axis is the one that they work on.
        let keeps = matches!(layer.as_str(), "torch.nn.Linear" | "torch.nn.LayerNorm" | "torch.nn.Dropout" | "torch.nn.Identity");
        return match &call.args[..] {
            [input] if keeps && axis != -1 => Some((of.with(input), axis)),
            _ => None,
        };
    }
    if let Some(pattern) = Rearranged::of(cx, of.expr()) {
        return Some((of.with(pattern.input), pattern.source(axis)?));
    }
    let op = form::op(cx, of.expr())?;
    let inner = of.with(op.arg(0, &["input"])?);
    match op.name {
        "contiguous" | "clone" | "float" | "half" | "to" | "type_as" | "bfloat16" | "detach" | "masked_fill" | "softmax" => {
            Some((inner, axis))
        }
        "mul" | "div" if form::is_number(cx, op.arg(1, &["other"])?) => Some((inner, axis)),
        "matmul" | "bmm" => product(inner, of.with(op.arg(1, &["other", "mat2"])?), axis),
        "einsum" => {
            let equation: String = receiver::string(op.arg(0, &[])?)?.chars().filter(|c| !c.is_whitespace()).collect();
            let (inputs, output) = equation.split_once("->")?;
            let letter = output.chars().rev().nth(usize::try_from(-axis - 1).ok()?).filter(|letter| letter.is_alphabetic())?;
            inputs.split(',').enumerate().find_map(|(index, input)| {
                let at = input.chars().rev().position(|c| c == letter)?;
                Some((of.with(op.arg(index + 1, &[])?), -i64::try_from(at).ok()? - 1))
            })
        }
        "chunk" | "split" if of.item.is_some() => {
            let along = form::integer(op.arg(2, &["dim"])?)?;
            let rank = shape(cx, &inner).map(|shape| shape.len());
            let apart = match rank {
                Some(rank) => axis_of(along, rank) != axis_of(axis, rank),
                None => along < 0 && along != axis,
            };
            apart.then_some((inner, axis))
        }
        "unbind" if of.item.is_some() => {
            let along = op.arg(1, &["dim"]).map_or(Some(0), form::integer)?;
            // What stands behind it keeps its place.
            let rank = i64::try_from(shape(cx, &inner)?.len()).ok()?;
            (if along < 0 { along + rank } else { along } < axis + rank).then_some((inner, axis))
        }
        "transpose" | "swapaxes" => {
            let (a, b) = (form::integer(op.arg(1, &["dim0", "axis0"])?)?, form::integer(op.arg(2, &["dim1", "axis1"])?)?);
            if a < 0 && b < 0 {
                let from = if axis == a {
                    b
                } else if axis == b {
                    a
                } else {
                    axis
                };
                return Some((inner, from));
            }
            let rank = shape(cx, of).or_else(|| shape(cx, &inner))?.len();
            let (a, b, at) = (axis_of(a, rank)?, axis_of(b, rank)?, axis_of(axis, rank)?);
            let from = if at == a {
                b
            } else if at == b {
                a
            } else {
                at
            };
            Some((inner, i64::try_from(from).ok()? - i64::try_from(rank).ok()?))
        }
        _ => None,
    }
}

/// `rearrange(x, "b n (h d) -> b h n d", h=heads)`
struct Rearranged<'a> {
    input: &'a ast::Expr,
    from: Vec<&'a str>,
    to: Vec<&'a str>,
}

impl<'a> Rearranged<'a> {
    fn of(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Self> {
        let call = cx.call_of(expr, "einops.rearrange")?;
        let (from, to) = receiver::string(call.args.get(1)?)?.split_once("->")?;
        Some(Self { input: call.args.first()?, from: axes_of(from), to: axes_of(to) })
    }

    /// The axis of the input that an axis is, counted from behind.
    fn source(&self, axis: i64) -> Option<i64> {
        let name = *self.to.iter().rev().nth(usize::try_from(-axis - 1).ok()?)?;
        let behind = |axes: &[&str]| {
            let place = axes.iter().rev().position(|other| *other == name)?;
            let fixed = !axes.iter().rev().take(place + 1).any(|other| *other == "...");
            fixed.then(|| i64::try_from(place).ok().map(|place| -place - 1)).flatten()
        };
        behind(&self.to)?;
        name.chars().all(|c| c.is_alphanumeric() || c == '_').then(|| behind(&self.from)).flatten()
    }
}

/// The axes of a pattern: `b`, `(h d)`, `...`.
fn axes_of(pattern: &str) -> Vec<&str> {
    let mut axes = Vec::new();
    let mut rest = pattern.trim();
    while !rest.is_empty() {
        let end = if rest.starts_with('(') { rest.find(')').map(|end| end + 1) } else { rest.find(char::is_whitespace) };
        let (axis, after) = rest.split_at(end.unwrap_or(rest.len()));
        axes.push(axis);
        rest = after.trim_start();
    }
    axes
}

/// The rows of a product are those of its first factor, the columns those of its second.
fn product<'a>(left: Val<'a>, right: Val<'a>, axis: i64) -> Option<(Val<'a>, i64)> {
    match axis {
        -1 => Some((right, -1)),
        -2 => Some((left, -2)),
        _ => None,
    }
}

/// Whether two numbers are the same: the same value, or lengths of one origin.
pub(super) fn same_number<'a>(cx: &Cx<'a>, a: &Val<'a>, b: &Val<'a>) -> bool {
    if a.measuring(|| a.same(cx, b)) {
        return true;
    }
    a.measuring(|| origin_of_number(cx, a, DEPTH).is(cx, &origin_of_number(cx, b, DEPTH)))
}
