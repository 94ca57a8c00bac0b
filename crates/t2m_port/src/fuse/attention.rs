//! `softmax(q @ k.T * scale + mask) @ v` is `mx.fast.scaled_dot_product_attention`.

use t2m_syntax::Prec;
use t2m_syntax::ast::{self, Operator};

use super::dropout::dropped;
use super::flow::{Flow, InPlace, Region, Term};
use super::form;
use super::frames::Val;
use super::heads::{self, Input};
use super::lengths;
use super::masks::{self, Mask, Within};
use super::softmax;
use super::{Answer, Pattern, Text};
use crate::cx::Cx;
use crate::names::Module;

pub(super) const PATTERN: Pattern = Pattern { name: "fuse-attention", doc: include_str!("attention.md"), matches };

/// A factor of the scores; one that divides them.
type Factor<'a> = (Term<'a>, bool);

/// The scores, taken apart from the outside.
#[derive(Default)]
struct Scores<'a> {
    factors: Vec<Factor<'a>>,
    mask: Option<Mask<'a>>,
    rank: Option<u8>,
}

fn matches<'a>(cx: &Cx<'a>, flow: &Flow<'a>, root: Term<'a>) -> Answer<'a> {
    let mut region = Region::default();
    let Some((weights, values, mut rank)) = product(cx, root, Sides::RowsByColumns) else { return Answer::No };
    let known = |term: Term<'a>| form::rank(cx, flow, term);
    rank = rank.or_else(|| known(weights)).or_else(|| known(values)).or_else(|| known(root));
    let mut weights = flow.see(&mut region, weights);
    // What may stand between softmax and the values: dropout, a cast back.
    let (mut dropout, mut casts) = (None, false);
    let softmax = loop {
        if let Some(softmax) = softmax::softmax(cx, flow, &mut region, weights) {
            break softmax;
        }
        let inner = if let Some((inner, refused)) = dropped(cx, weights) {
            dropout = dropout.or(refused);
            inner
        } else if let Some((inner, _)) = form::cast(cx, flow, &mut region, weights) {
            casts = true;
            inner
        } else {
            return Answer::No;
        };
        rank = rank.or_else(|| known(inner));
        weights = flow.see(&mut region, inner);
    };
    rank = rank.or_else(|| known(softmax.input));
    let mut scores = Scores { rank, ..Scores::default() };
    let (queries, keys) = match taken_apart(cx, flow, &mut region, softmax.input, &mut scores) {
        Ok(Some(found)) => found,
        Ok(None) => return Answer::No,
        Err(reason) => return Answer::Almost(reason),
    };
    let rank = scores.rank.or_else(|| known(queries)).or_else(|| known(keys));
    let axis = form::integer(softmax.axis);
    if axis != Some(-1) && !(axis.is_some() && axis == rank.map(|rank| i64::from(rank) - 1)) {
        return Answer::No;
    }
    if let Some(reason) = dropout {
        return Answer::Almost(reason);
    }
    if softmax.upcast && !casts {
        return Answer::Almost("the weights stay in float32");
    }
    let values = root.with(values.expr);
    let mut rank = rank.or_else(|| [queries, keys, values].into_iter().find_map(|input| measured_rank(cx, flow, input)));
    // The operation spreads no batch, and the helper does.
    let is_spread = [queries, keys, values].into_iter().any(|input| lengths::may_be_one_batch(cx, &Val::root(cx, flow, input)));
    if is_spread {
        rank = None;
    }
    scores.mask = match scores.mask.map(|mask| mask.looked_at(cx, flow, &mut region, [queries, keys], &mut rank)).transpose() {
        Ok(mask) => mask,
        Err(reason) => return Answer::Almost(reason),
    };
    if is_spread {
        rank = None;
    }
    if casts && let Some(mask) = &mut scores.mask {
        mask.narrow(cx, flow, queries);
    }
    // The helper gives zeros where nothing takes part; with a finite number in the scores, that would be the mean.
    if rank != Some(4) && scores.mask.as_ref().is_some_and(Mask::may_blind_with_a_number) {
        return Answer::Almost("the number of dimensions is not known to be 4, and masked scores are finite");
    }
    let [keys, values] = grouped(cx, flow, &mut region, root, rank, &scores, [queries, keys, values]);
    written(cx, region, [Input::plain(queries), keys, values], scores, rank == Some(4))
}

/// Keys and values, before their heads are repeated where that can be written.
fn grouped<'a>(
    cx: &Cx<'a>,
    flow: &Flow<'a>,
    region: &mut Region<'a>,
    root: Term<'a>,
    rank: Option<u8>,
    scores: &Scores<'a>,
    [queries, keys, values]: [Term<'a>; 3],
) -> [Input<'a>; 2] {
    let mut attempt = region.clone();
    if rank == Some(4)
        && let Some(inputs) = heads::grouped(cx, flow, &mut attempt, keys, values)
    {
        // All that the call names has to mean the same there.
        let mut whole = attempt.clone();
        let named = inputs.iter().map(|input| input.term).chain([queries]).chain(scores.factors.iter().map(|(factor, _)| *factor));
        named.for_each(|term| {
            whole.leaf(term);
        });
        if let Some(mask) = &scores.mask {
            mask.names(&mut whole);
        }
        flow.widen(cx, &mut whole, root);
        if flow.holds(cx, &whole, root) {
            *region = attempt;
            return inputs;
        }
    }
    [Input::plain(keys), Input::plain(values)]
}

/// How many dimensions a tensor has, by the way in which it was made.
fn measured_rank<'a>(cx: &Cx<'a>, flow: &Flow<'a>, of: Term<'a>) -> Option<u8> {
    lengths::shape(cx, &Val::root(cx, flow, of)).and_then(|shape| u8::try_from(shape.len()).ok())
}

/// The new call.
fn written<'a>(cx: &Cx<'a>, mut region: Region<'a>, inputs: [Input<'a>; 3], scores: Scores<'a>, is_rank_4: bool) -> Answer<'a> {
    // Other ranks need more than the operation itself, and a helper does that.
    let mut text = if is_rank_4 {
        Text::call(cx, Module::Core, "fast.scaled_dot_product_attention")
    } else {
        Text::call(cx, Module::Compat, "scaled_dot_product_attention")
    };
    for (index, input) in inputs.into_iter().enumerate() {
        text = if index > 0 { text.text(", ") } else { text };
        text = if input.swaps_heads {
            text.expr(region.leaf(input.term), Prec::Atom).text(".swapaxes(1, 2)")
        } else {
            text.expr(region.leaf(input.term), Prec::Test)
        };
    }
    text = text.text(", scale=");
    let (dividing, factors): (Vec<Factor<'a>>, Vec<Factor<'a>>) = scores.factors.iter().rev().partition(|(_, divides)| *divides);
    match (&factors[..], &dividing[..]) {
        ([], []) => text = text.text("1.0"),
        ([(only, _)], []) => text = text.expr(region.leaf(*only), Prec::Test),
        _ => {
            if factors.is_empty() {
                text = text.text("1");
            }
            for (index, (factor, divides)) in factors.iter().chain(&dividing).enumerate() {
                let operator = match (index, divides) {
                    (_, true) => " / ",
                    (0, false) => "",
                    (_, false) => " * ",
                };
                text = text.text(operator).expr(region.leaf(*factor), Prec::Unary);
            }
        }
    }
    if let Some(mask) = scores.mask {
        text = mask.written(cx, &mut region, text, is_rank_4);
    }
    text.text(")").fused(region)
}

const UNPROVED: &str = "the scale is not known to be a number";

type Found<T> = Result<Option<T>, &'static str>;

/// Peels masks and factors off the scores, down to the product of queries and keys.
fn taken_apart<'a>(
    cx: &Cx<'a>,
    flow: &Flow<'a>,
    region: &mut Region<'a>,
    term: Term<'a>,
    scores: &mut Scores<'a>,
) -> Found<(Term<'a>, Term<'a>)> {
    let mut term = term;
    let mut unproved = false;
    loop {
        if let Some((inner, change)) = flow.changed_in_place(region, term) {
            match change {
                InPlace::Call(call) => term = call,
                InPlace::Operator(operator, by) => {
                    laid_over(cx, scores, operator, by)?;
                    term = inner;
                    continue;
                }
            }
        }
        let within = flow.branch(cx, region, term).map(|branch| {
            term = branch.value;
            Within { test: branch.value.with(branch.test), body: branch.body }
        });
        if within.is_none() {
            term = flow.see(region, term);
        }
        scores.rank = scores.rank.or_else(|| form::rank(cx, flow, term));
        if let Some((inner, mask)) = masks::masked(cx, flow, region, term, within.as_ref()) {
            scores.cover(mask)?;
            term = inner;
            continue;
        }
        if within.is_some() {
            return Ok(None);
        }
        if let Some((queries, keys, rank)) = product(cx, term, Sides::RowsByRows) {
            scores.rank = scores.rank.or(rank);
            let queries = scaled(cx, flow, region, queries, scores);
            let keys = scaled(cx, flow, region, keys, scores);
            return if unproved { Err(UNPROVED) } else { Ok(Some((queries, keys))) };
        }
        if let Some((rows, columns, rank)) = product(cx, term, Sides::RowsByColumns) {
            scores.rank = scores.rank.or(rank);
            let columns = scaled(cx, flow, region, columns, scores);
            let columns = flow.see(region, columns);
            let Some((keys, rank)) = transposed(cx, flow, columns, scores.rank) else {
                return Err("the keys are not seen to be transposed here");
            };
            scores.rank = scores.rank.or(rank).or_else(|| form::rank(cx, flow, keys));
            let queries = scaled(cx, flow, region, rows, scores);
            let keys = scaled(cx, flow, region, keys, scores);
            return if unproved { Err(UNPROVED) } else { Ok(Some((queries, keys))) };
        }
        let factor = factor(cx, term);
        let Some((inner, factor)) = factor else {
            // Something unknown scales a product.
            let Some((inner, _)) = form::binary(term.expr, Operator::Mult).or(form::binary(term.expr, Operator::Div)) else {
                return Ok(None);
            };
            unproved = true;
            term = term.with(inner);
            continue;
        };
        scores.factors.push(factor);
        term = inner;
    }
}

/// `scores *= scale`, `scores /= math.sqrt(d)`, `scores += mask`
fn laid_over<'a>(cx: &Cx<'a>, scores: &mut Scores<'a>, operator: Operator, by: Term<'a>) -> Result<(), &'static str> {
    match operator {
        Operator::Mult | Operator::Div if form::is_number(cx, by.expr) => {
            scores.factors.push((by, operator == Operator::Div));
            Ok(())
        }
        Operator::Mult | Operator::Div => Err(UNPROVED),
        Operator::Add => scores.cover(masks::added(cx, by).ok_or("what is added to the scores is no mask")?),
        _ => Err("the scores change on the way"),
    }
}

impl<'a> Scores<'a> {
    fn cover(&mut self, mask: Mask<'a>) -> Result<(), &'static str> {
        if self.mask.is_some() {
            return Err("two masks stand in it");
        }
        if mask.is_added() && !self.factors.is_empty() {
            return Err("the mask is scaled with the scores");
        }
        self.mask = Some(mask);
        Ok(())
    }
}

/// The factor of a product with a number.
fn factor<'a>(cx: &Cx<'a>, term: Term<'a>) -> Option<(Term<'a>, Factor<'a>)> {
    if let Some((inner, divisor)) = form::binary(term.expr, Operator::Div) {
        return form::is_number(cx, divisor).then_some((term.with(inner), (term.with(divisor), true)));
    }
    let op = form::op(cx, term.expr);
    if let Some(op) = op.filter(|op| matches!(op.name, "mul" | "div" | "mul_" | "div_") && op.has_at_most(2, &["input", "other"])) {
        let (inner, by) = (op.arg(0, &["input"])?, op.arg(1, &["other"])?);
        return form::is_number(cx, by).then_some((term.with(inner), (term.with(by), op.name.starts_with("div"))));
    }
    form::either_way(term.expr, Operator::Mult)
        .find(|(inner, by)| form::is_number(cx, by) && !form::is_number(cx, inner))
        .map(|(inner, by)| (term.with(inner), (term.with(by), false)))
}

/// Queries or keys, without the number that they are scaled by.
fn scaled<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, term: Term<'a>, scores: &mut Scores<'a>) -> Term<'a> {
    let mut attempt = region.clone();
    let seen = flow.see(&mut attempt, term);
    match factor(cx, seen) {
        Some((inner, factor)) => {
            *region = attempt;
            scores.factors.push(factor);
            inner
        }
        None => term,
    }
}

pub(super) fn leads_to_product<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, term: Term<'a>, depth: usize) -> bool {
    let term = flow.see(region, term);
    if product(cx, term, Sides::RowsByColumns).is_some() || product(cx, term, Sides::RowsByRows).is_some() {
        return true;
    }
    let inner = factor(cx, term).map(|(inner, _)| inner).or_else(|| masked_input(cx, term));
    depth > 0 && inner.is_some_and(|inner| leads_to_product(cx, flow, region, inner, depth - 1))
}

fn masked_input<'a>(cx: &Cx<'a>, term: Term<'a>) -> Option<Term<'a>> {
    let op = form::op(cx, term.expr).filter(|op| op.name == "masked_fill")?;
    op.arg(0, &["input"]).map(|inner| term.with(inner))
}

/// How the axes of two factors meet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sides {
    /// `a @ b`
    RowsByColumns,
    /// `a @ b.T`
    RowsByRows,
}

/// A product of matrices: both factors, and how many dimensions they have, if that is seen.
fn product<'a>(cx: &Cx<'a>, term: Term<'a>, sides: Sides) -> Option<(Term<'a>, Term<'a>, Option<u8>)> {
    if let Some((a, b)) = form::binary(term.expr, Operator::MatMult) {
        return (sides == Sides::RowsByColumns).then_some((term.with(a), term.with(b), None));
    }
    let op = form::op(cx, term.expr)?;
    match op.name {
        "matmul" | "bmm" if sides == Sides::RowsByColumns && op.has_at_most(2, &["input", "other", "mat2", "tensor2"]) => {
            let (a, b) = (op.arg(0, &["input"])?, op.arg(1, &["other", "mat2", "tensor2"])?);
            Some((term.with(a), term.with(b), (op.name == "bmm").then_some(3)))
        }
        "einsum" if op.has_at_most(3, &[]) => {
            let ast::Expr::Constant(equation) = op.arg(0, &[])? else { return None };
            let rank = equation_of(equation.value.as_str()?, sides)?;
            Some((term.with(op.arg(1, &[])?), term.with(op.arg(2, &[])?), rank))
        }
        _ => None,
    }
}

/// The rank of an equation such as `bhid,bhjd->bhij` (rows by rows) or `bhij,bhjd->bhid`; `Some(None)` behind an ellipsis.
fn equation_of(equation: &str, sides: Sides) -> Option<Option<u8>> {
    let equation: String = equation.chars().filter(|c| !c.is_whitespace()).collect();
    let (inputs, output) = equation.split_once("->")?;
    let (a, b) = inputs.split_once(',')?;
    let split = |text: &str| -> Option<(String, char, char)> {
        let mut rest = text.to_owned();
        let (last, row) = (rest.pop()?, rest.pop()?);
        Some((rest, row, last))
    };
    let ((lead, i, x), (lead_b, j, y), (lead_out, row, column)) = (split(a)?, split(b)?, split(output)?);
    let meets = match sides {
        Sides::RowsByRows => x == y && (row, column) == (i, j) && i != j && x != i,
        Sides::RowsByColumns => x == j && (row, column) == (i, y) && i != y && x != i,
    };
    if !meets || lead != lead_b || lead != lead_out {
        return None;
    }
    if lead == "..." {
        return Some(None);
    }
    let distinct = lead.chars().all(|c| c.is_alphabetic() && lead.matches(c).count() == 1 && ![i, x, j, y].contains(&c));
    distinct.then(|| u8::try_from(a.chars().count()).ok())
}

/// What is transposed in its last two axes, and how many dimensions it has, if that is seen.
fn transposed<'a>(cx: &Cx<'a>, flow: &Flow<'a>, term: Term<'a>, rank: Option<u8>) -> Option<(Term<'a>, Option<u8>)> {
    if let ast::Expr::Attribute(attribute) = term.expr {
        return (attribute.attr.as_str() == "mT" && cx.entity(term.expr).is_none()).then_some((term.with(&attribute.value), None));
    }
    let op = form::op(cx, term.expr)?;
    let of = term.with(op.arg(0, &["input"])?);
    match op.name {
        "transpose" | "swapaxes" | "swapdims" if op.has_at_most(3, &["dim0", "dim1", "axis0", "axis1"]) => {
            let mut axes = [form::integer(op.arg(1, &["dim0", "axis0"])?)?, form::integer(op.arg(2, &["dim1", "axis1"])?)?];
            axes.sort_unstable();
            match axes {
                [-2, -1] => Some((of, None)),
                [2, 3] => Some((of, Some(4))),
                [1, 2] if rank.or_else(|| form::rank(cx, flow, of)) == Some(3) => Some((of, Some(3))),
                [-1, 2] | [-2, 3] if rank.or_else(|| form::rank(cx, flow, of)) == Some(4) => Some((of, Some(4))),
                _ => None,
            }
        }
        "permute" if op.has_at_most(5, &[]) => {
            let axes: Vec<i64> = (1..=4).filter_map(|place| op.arg(place, &[])).map(form::integer).collect::<Option<_>>()?;
            match axes[..] {
                [0, 1, 3, 2] => Some((of, Some(4))),
                [0, 2, 1] => Some((of, Some(3))),
                _ => None,
            }
        }
        _ => None,
    }
}
