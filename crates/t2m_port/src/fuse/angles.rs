//! The angles of rotary embeddings: positions times frequencies, and their cosines and sines, as arrays whose axes are known.

use t2m_syntax::ast::{self, Operator};

use super::form;
use super::frames::Val;
use super::lengths::same_number;
use super::objects::Stored;
use crate::cx::Cx;
use crate::receiver;

/// An array, and what runs along its axes.
#[derive(Clone)]
pub(super) struct Array<'a> {
    pub(super) what: What<'a>,
    pub(super) axes: Vec<Axis>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    One,
    Positions,
    Features,
}

#[derive(Clone)]
pub(super) enum What<'a> {
    /// `arange(0, dims, 2)`
    Evens(Val<'a>),
    /// Those by `dims`; below zero if the flag is set.
    Exponents(Val<'a>, bool),
    /// `base ** exponents`
    Powers(Spectrum<'a>),
    Frequencies(Frequencies<'a>),
    Positions(Positions<'a>),
    Angles(Box<Angles<'a>>),
}

/// `base ** (-2i / dims)`
#[derive(Clone)]
pub(super) struct Spectrum<'a> {
    pub(super) base: Val<'a>,
    pub(super) dims: Val<'a>,
}

#[derive(Clone)]
pub(super) struct Frequencies<'a> {
    /// What they are made of, if that is proved.
    pub(super) spectrum: Option<Spectrum<'a>>,
    /// The attribute that keeps them.
    pub(super) kept: Option<Val<'a>>,
}

/// `offset`, `offset + 1`, ..., so many.
#[derive(Clone)]
pub(super) struct Positions<'a> {
    pub(super) offset: Option<Val<'a>>,
    pub(super) count: Option<Val<'a>>,
}

#[derive(Clone)]
pub(super) struct Angles<'a> {
    pub(super) form: Form,
    pub(super) frequencies: Frequencies<'a>,
    pub(super) positions: Positions<'a>,
    pub(super) width: Width,
    /// They are loaded with the weights, and may be others then.
    pub(super) is_saved: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Angle,
    Cosine,
    Sine,
    /// Complex numbers of length one.
    Turn,
}

/// How each frequency comes twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    /// It comes once.
    Half,
    /// `cat((f, f))`
    Doubled,
    /// `f.repeat_interleave(2)`
    Repeated,
}

/// What an expression is, if it is one of these.
pub(super) fn array<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Array<'a>> {
    let val = val.resolve(cx);
    if val.item.is_some() {
        return None;
    }
    let array = |expr: &'a ast::Expr| array(cx, &val.with(expr));
    match val.expr() {
        ast::Expr::Attribute(_) => attribute(cx, &val),
        ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub) => match array(&unary.operand)? {
            Array { what: What::Exponents(dims, below), axes } => Some(Array { what: What::Exponents(dims, !below), axes }),
            _ => None,
        },
        ast::Expr::BinOp(binop) => operation(cx, &val, binop),
        ast::Expr::Subscript(subscript) => indexed(cx, &val, array(&subscript.value)?, &subscript.slice),
        ast::Expr::Call(_) => call(cx, &val),
        _ => None,
    }
}

/// What an object keeps.
fn attribute<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Array<'a>> {
    let (made, how) = val.attribute(cx)?;
    match array(cx, &made) {
        Some(Array { what: What::Frequencies(mut frequencies), axes }) => {
            if how == Stored::SavedBuffer {
                frequencies.spectrum = None;
            }
            frequencies.kept = Some(val.clone());
            Some(Array { what: What::Frequencies(frequencies), axes })
        }
        Some(Array { what: What::Angles(mut angles), axes }) => {
            angles.is_saved |= how == Stored::SavedBuffer;
            Some(Array { what: What::Angles(angles), axes })
        }
        other => other,
    }
}

/// Frequencies of whatever origin: a buffer with one axis.
fn kept_frequencies<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Frequencies<'a>> {
    if let Some(found) = array(cx, val) {
        return match found {
            Array { what: What::Frequencies(frequencies), axes } if axes[..] == [Axis::Features] => Some(frequencies),
            _ => None,
        };
    }
    let val = val.resolve(cx);
    let (_, how) = val.attribute(cx)?;
    (how != Stored::Plain).then_some(Frequencies { spectrum: None, kept: Some(val) })
}

fn operation<'a>(cx: &Cx<'a>, val: &Val<'a>, binop: &'a ast::ExprBinOp) -> Option<Array<'a>> {
    let (left, right) = (val.with(&binop.left), val.with(&binop.right));
    match binop.op {
        Operator::Div => {
            if number_of(cx, &left) == Some(1.0) {
                return match array(cx, &right)? {
                    Array { what: What::Powers(spectrum), axes } => Some(Array { what: frequencies(spectrum), axes }),
                    _ => None,
                };
            }
            match array(cx, &left)? {
                Array { what: What::Evens(dims), axes } => {
                    same_number(cx, &dims, &right).then_some(Array { what: What::Exponents(dims, false), axes })
                }
                _ => None,
            }
        }
        Operator::Pow => power(cx, left, &right),
        Operator::Mult => {
            let (a, b) = (array(cx, &left)?, array(cx, &right)?);
            let (positions, frequencies) = match (a, b) {
                (a @ Array { what: What::Positions(_), .. }, b) => (a, b),
                (b, a) => (a, b),
            };
            let (What::Positions(at), What::Frequencies(of)) = (positions.what, frequencies.what) else { return None };
            let axes = spread(&positions.axes, &frequencies.axes)?;
            Some(angles(of, at, axes))
        }
        _ => None,
    }
}

/// The axes of a product.
fn spread(a: &[Axis], b: &[Axis]) -> Option<Vec<Axis>> {
    let rank = a.len().max(b.len());
    let padded = |axes: &[Axis]| [vec![Axis::One; rank - axes.len()], axes.to_vec()].concat();
    let pairs = padded(a).into_iter().zip(padded(b));
    let axes: Option<Vec<Axis>> = pairs
        .map(|pair| match pair {
            (Axis::One, axis) | (axis, Axis::One) => Some(axis),
            _ => None,
        })
        .collect();
    axes.filter(|axes| axes.contains(&Axis::Positions) && axes.contains(&Axis::Features))
}

fn angles<'a>(frequencies: Frequencies<'a>, positions: Positions<'a>, axes: Vec<Axis>) -> Array<'a> {
    let angles = Angles { form: Form::Angle, frequencies, positions, width: Width::Half, is_saved: false };
    Array { what: What::Angles(Box::new(angles)), axes }
}

fn frequencies(spectrum: Spectrum<'_>) -> What<'_> {
    What::Frequencies(Frequencies { spectrum: Some(spectrum), kept: None })
}

fn power<'a>(cx: &Cx<'a>, base: Val<'a>, exponents: &Val<'a>) -> Option<Array<'a>> {
    let Array { what: What::Exponents(dims, below), axes } = array(cx, exponents)? else { return None };
    if !form::is_number(cx, base.expr()) && !form::is_number(cx, base.resolve(cx).expr()) {
        return None;
    }
    let spectrum = Spectrum { base, dims };
    Some(Array { what: if below { frequencies(spectrum) } else { What::Powers(spectrum) }, axes })
}

fn number_of<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<f64> {
    val.measuring(|| form::number(val.resolve(cx).expr()))
}

fn call<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<Array<'a>> {
    let op = form::op(cx, val.expr())?;
    let arg = |place: usize, names: &[&str]| op.arg(place, names).map(|expr| val.with(expr));
    let input = || array(cx, &arg(0, &["input", "tensors"])?);
    match op.name {
        "arange" => arange(cx, val, &op),
        "float" | "to" | "type_as" | "type" | "contiguous" | "clone" | "detach" | "cuda" | "double" => {
            let to = [op.arg(1, &["dtype"]), op.arg(2, &["dtype"])];
            let is_whole =
                |dtype: &ast::Expr| matches!(cx.qualified(dtype), Some("torch.long" | "torch.int" | "torch.int64" | "torch.int32"));
            let is_plain = op.keywords_are(&["dtype", "device", "non_blocking", "copy", "other"]);
            input().filter(|_| is_plain && !to.into_iter().flatten().any(is_whole))
        }
        "pow" => power(cx, arg(0, &["input"])?, &arg(1, &["exponent"])?),
        "reciprocal" => match input()? {
            Array { what: What::Powers(spectrum), axes } => Some(Array { what: frequencies(spectrum), axes }),
            _ => None,
        },
        "exp" => {
            let Array { what: What::Frequencies(found), axes } = exponential(cx, &arg(0, &["input"])?)? else { return None };
            Some(Array { what: What::Frequencies(found), axes })
        }
        "outer" | "ger" => outer(cx, &arg(0, &["input"])?, &arg(1, &["vec2"])?),
        "einsum" => {
            let equation: String = receiver::string(op.arg(0, &[])?)?.chars().filter(|c| !c.is_whitespace()).collect();
            let is_outer =
                matches!(equation.as_bytes(), [a, b',', b, b'-', b'>', c, d] if a == c && b == d && a != b && a.is_ascii_alphabetic());
            if is_outer { outer(cx, &arg(1, &[])?, &arg(2, &[])?) } else { None }
        }
        "cat" | "concat" => {
            let items = match op.arg(0, &["tensors"])? {
                ast::Expr::Tuple(tuple) => &tuple.elts,
                ast::Expr::List(list) => &list.elts,
                _ => return None,
            };
            let [a, b] = &items[..] else { return None };
            val.with(a).same(cx, &val.with(b)).then_some(())?;
            let array = array(cx, &val.with(a))?;
            let axis = form::integer(op.arg(1, &["dim", "axis"])?)?;
            let is_last = axis == -1 || usize::try_from(axis).is_ok_and(|axis| axis + 1 == array.axes.len());
            widened(array, Width::Doubled).filter(|_| is_last)
        }
        "repeat_interleave" => {
            let twice = op.arg(1, &["repeats"]).and_then(form::integer) == Some(2);
            let is_last = op.arg(2, &["dim"]).and_then(form::integer) == Some(-1);
            (twice && is_last).then_some(())?;
            widened(input()?, Width::Repeated)
        }
        "cos" => turned(input()?, Form::Cosine),
        "sin" => turned(input()?, Form::Sine),
        "polar" => {
            let length = form::op(cx, arg(0, &["abs"])?.resolve(cx).expr()).map(|op| op.name);
            (length == Some("ones_like")).then_some(())?;
            turned(array(cx, &arg(1, &["angle"])?)?, Form::Turn)
        }
        "unsqueeze" => {
            let mut found = input()?;
            let at = form::integer(op.arg(1, &["dim"])?)?;
            let rank = i64::try_from(found.axes.len()).ok()?;
            let at = usize::try_from(if at < 0 { at + rank + 1 } else { at }).ok().filter(|at| *at <= found.axes.len())?;
            found.axes.insert(at, Axis::One);
            Some(found)
        }
        "view" | "reshape" => {
            let mut found = input()?;
            let sizes: Vec<Option<i64>> = (1..).map_while(|place| op.arg(place, &[])).map(form::integer).collect();
            let mut rest = found.axes.iter().filter(|axis| **axis != Axis::One).copied();
            let axes: Option<Vec<Axis>> = sizes.iter().map(|size| if *size == Some(1) { Some(Axis::One) } else { rest.next() }).collect();
            let is_whole = rest.next().is_none();
            found.axes = axes.filter(|axes| is_whole && axes.len() > 1)?;
            Some(found)
        }
        _ => None,
    }
}

/// `exp(arange(0, dims, 2) * -(log(base) / dims))`
fn exponential<'a>(cx: &Cx<'a>, exponent: &Val<'a>) -> Option<Array<'a>> {
    let exponent = exponent.resolve(cx);
    form::either_way(exponent.expr(), Operator::Mult).find_map(|(evens, slope)| {
        let Array { what: What::Evens(dims), axes } = array(cx, &exponent.with(evens))? else { return None };
        let mut slope = exponent.with(slope).resolve(cx);
        let mut below = false;
        let negated = |val: &Val<'a>| match val.expr() {
            ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub) => Some(val.with(&unary.operand).resolve(cx)),
            _ => None,
        };
        if let Some(inner) = negated(&slope) {
            (slope, below) = (inner, true);
        }
        let (log, by) = form::binary(slope.expr(), Operator::Div)?;
        let mut log = slope.with(log).resolve(cx);
        if let Some(inner) = negated(&log) {
            (log, below) = (inner, !below);
        }
        let ast::Expr::Call(call) = log.expr() else { return None };
        let is_log = cx.is_qualified(&call.func, "math.log") && call.args.len() == 1;
        (is_log && below && same_number(cx, &dims, &slope.with(by))).then_some(())?;
        let base = log.with(&call.args[0]);
        Some(Array { what: frequencies(Spectrum { base, dims }), axes })
    })
}

fn arange<'a>(cx: &Cx<'a>, val: &Val<'a>, op: &form::Op<'a>) -> Option<Array<'a>> {
    op.keywords_are(&["dtype", "device", "start", "end", "step"]).then_some(())?;
    let (start, end, step) = match (op.arg(0, &[]), op.arg(1, &[]), op.arg(2, &["step"])) {
        (Some(end), None, step) => (None, end, step),
        (Some(start), Some(end), step) => (Some(val.with(start)), end, step),
        (None, ..) => return None,
    };
    let end = val.with(end);
    let starts_at_0 = start.as_ref().is_none_or(|start| number_of(cx, start) == Some(0.0));
    match step.map(form::integer) {
        Some(Some(2)) if starts_at_0 => Some(Array { what: What::Evens(end), axes: vec![Axis::Features] }),
        None | Some(Some(1)) => {
            let positions = if starts_at_0 {
                Positions { offset: None, count: Some(end) }
            } else {
                let offset = start?;
                let count = beyond(cx, &offset, &end);
                Positions { offset: Some(offset), count }
            };
            Some(Array { what: What::Positions(positions), axes: vec![Axis::Positions] })
        }
        _ => None,
    }
}

/// `n` of `start + n`.
fn beyond<'a>(cx: &Cx<'a>, start: &Val<'a>, end: &Val<'a>) -> Option<Val<'a>> {
    let end = end.measuring(|| end.resolve(cx));
    form::either_way(end.expr(), Operator::Add).find(|(a, _)| same_number(cx, &end.with(a), start)).map(|(_, count)| end.with(count))
}

fn outer<'a>(cx: &Cx<'a>, positions: &Val<'a>, of: &Val<'a>) -> Option<Array<'a>> {
    let Array { what: What::Positions(at), axes } = array(cx, positions)? else { return None };
    (axes[..] == [Axis::Positions]).then_some(())?;
    Some(angles(kept_frequencies(cx, of)?, at, vec![Axis::Positions, Axis::Features]))
}

/// Each frequency twice.
fn widened(mut array: Array<'_>, width: Width) -> Option<Array<'_>> {
    let What::Angles(angles) = &mut array.what else { return None };
    if angles.width != Width::Half || angles.form == Form::Turn || array.axes.last() != Some(&Axis::Features) {
        return None;
    }
    angles.width = width;
    Some(array)
}

fn turned(mut array: Array<'_>, form: Form) -> Option<Array<'_>> {
    let What::Angles(angles) = &mut array.what else { return None };
    if angles.form != Form::Angle {
        return None;
    }
    angles.form = form;
    Some(array)
}

/// `table[:n]`, `table[None, :, None, :]`, `table[:, None]`
fn indexed<'a>(cx: &Cx<'a>, val: &Val<'a>, array: Array<'a>, index: &'a ast::Expr) -> Option<Array<'a>> {
    let items: Vec<&ast::Expr> = match index {
        ast::Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        only => vec![only],
    };
    let is_rest = |expr: &ast::Expr| matches!(expr, ast::Expr::Constant(constant) if constant.value.is_ellipsis());
    let taken = items.iter().filter(|item| !receiver::is_none(item) && !is_rest(item)).count();
    let mut left = array.axes.iter().copied();
    let mut what = array.what;
    let mut axes = Vec::new();
    for item in items {
        if receiver::is_none(item) {
            axes.push(Axis::One);
        } else if is_rest(item) {
            axes.extend(left.by_ref().take(array.axes.len().checked_sub(taken)?));
        } else {
            let ast::Expr::Slice(slice) = item else { return None };
            let axis = left.next()?;
            axes.push(axis);
            what = sliced(cx, val, what, axis, slice)?;
        }
    }
    axes.extend(left);
    Some(Array { what, axes })
}

fn sliced<'a>(cx: &Cx<'a>, val: &Val<'a>, what: What<'a>, axis: Axis, slice: &'a ast::ExprSlice) -> Option<What<'a>> {
    let (None, lower, upper) = (&slice.step, slice.lower.as_deref(), slice.upper.as_deref()) else { return None };
    let lower = lower.map(|lower| val.with(lower)).filter(|lower| number_of(cx, lower) != Some(0.0));
    let cut = |positions: Positions<'a>| {
        // What counts from the end starts at another position.
        let from_the_end = |lower: &Val<'a>| {
            let lower = lower.measuring(|| lower.resolve(cx));
            matches!(lower.expr(), ast::Expr::UnaryOp(unary) if matches!(unary.op, ast::UnaryOp::USub))
        };
        if lower.as_ref().is_some_and(from_the_end) {
            return None;
        }
        let Some(upper) = upper.map(|upper| val.with(upper)) else { return lower.is_none().then_some(positions.clone()) };
        if number_of(cx, &upper).is_some_and(|upper| upper < 0.0) || positions.offset.is_some() {
            return None;
        }
        let count = match &lower {
            Some(lower) => beyond(cx, lower, &upper),
            None => Some(upper),
        };
        Some(Positions { offset: lower.clone(), count })
    };
    match what {
        // `arange(0, dims, 2)[: dims // 2]`
        What::Evens(dims) => {
            let upper = upper.map(|upper| val.with(upper).resolve(cx));
            let halves = |upper: &Val<'a>| {
                let half = form::binary(upper.expr(), Operator::FloorDiv);
                half.is_some_and(|(of, by)| form::integer(by) == Some(2) && same_number(cx, &upper.with(of), &dims))
            };
            (lower.is_none() && upper.as_ref().is_none_or(halves)).then_some(What::Evens(dims))
        }
        What::Positions(positions) if axis == Axis::Positions => cut(positions).map(What::Positions),
        What::Angles(mut angles) if axis == Axis::Positions => {
            angles.positions = cut(angles.positions.clone())?;
            Some(What::Angles(angles))
        }
        what => (lower.is_none() && upper.is_none()).then_some(what),
    }
}

impl<'a> Angles<'a> {
    /// Whether both are of the same positions and frequencies.
    pub(super) fn belongs_to(&self, cx: &Cx<'a>, other: &Self) -> bool {
        let same = |a: &Option<Val<'a>>, b: &Option<Val<'a>>| match (a, b) {
            (Some(a), Some(b)) => same_number(cx, a, b),
            (None, None) => true,
            _ => false,
        };
        let (a, b) = (&self.frequencies, &other.frequencies);
        let is_one_spectrum = match (&a.spectrum, &b.spectrum) {
            (Some(a), Some(b)) => a.base.same(cx, &b.base) && a.dims.same(cx, &b.dims),
            _ => false,
        };
        let is_one_buffer = matches!((&a.kept, &b.kept), (Some(a), Some(b)) if a.same(cx, b));
        (is_one_spectrum || is_one_buffer)
            && self.width == other.width
            && same(&self.positions.offset, &other.positions.offset)
            && same(&self.positions.count, &other.positions.count)
    }
}
