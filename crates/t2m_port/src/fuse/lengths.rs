//! How long the axes of a tensor are, as far as the way in which it was made shows.

use t2m_semantic::Kind;
use t2m_syntax::ast;

use super::form;
use super::frames::Val;
use crate::cx::Cx;

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
    let place = |shape: &Shape<'a>| axis_of(axis, shape.len());
    if let Some(known) = shape.as_ref().and_then(|shape| shape[place(shape)?].clone())
        && known.same(cx, length)
    {
        return true;
    }
    let Some((measured, index, count)) = length_of(cx, length) else { return false };
    if measured.same(cx, of) {
        let rank = count.or_else(|| shape.as_ref().map(Vec::len));
        return index == axis || rank.is_some_and(|rank| axis_of(index, rank).is_some() && axis_of(index, rank) == axis_of(axis, rank));
    }
    // `k.transpose(1, 2)`, with the length of `k`; `hidden.view(b, n, h, d)`, with the length of a tensor that gave `n`.
    let Some(op) = form::op(cx, of.resolve(cx).expr())
        .map(|op| (op.name, op.arg(0, &["input"]), op.arg(1, &["dim0", "axis0"]), op.arg(2, &["dim1", "axis1"])))
    else {
        return false;
    };
    match op {
        ("contiguous" | "float" | "to" | "type_as", Some(inner), ..) => has_length(cx, &of.resolve(cx).with(inner), axis, length),
        ("transpose" | "swapaxes", Some(inner), Some(a), Some(b)) => {
            let (Some(a), Some(b), Some(rank)) = (form::integer(a), form::integer(b), shape.as_ref().map(Vec::len)) else { return false };
            let (a, b, at) = (axis_of(a, rank), axis_of(b, rank), axis_of(axis, rank));
            let from = if at == a {
                b
            } else if at == b {
                a
            } else {
                at
            };
            let (Some(from), Ok(rank)) = (from.and_then(|from| i64::try_from(from).ok()), i64::try_from(rank)) else { return false };
            has_length(cx, &of.resolve(cx).with(inner), from - rank, length)
        }
        _ => false,
    }
}

/// Whether two numbers are the same: the same value, or the lengths of one axis.
pub(super) fn same_number<'a>(cx: &Cx<'a>, a: &Val<'a>, b: &Val<'a>) -> bool {
    if a.measuring(|| a.same(cx, b)) {
        return true;
    }
    match (length_of(cx, a), length_of(cx, b)) {
        (Some((of, index, _)), Some((other, place, _))) => index == place && of.same(cx, &other),
        _ => false,
    }
}
