//! Grouped heads: keys and values that come once for several heads of queries, which the fused operation repeats by itself.

use t2m_syntax::ast::{self, Operator};

use super::flow::{Flow, Region, Term};
use super::form;
use super::frames::Val;
use crate::cx::Cx;
use crate::receiver;

/// Keys or values as they are written.
pub(super) struct Input<'a> {
    pub(super) term: Term<'a>,
    /// Positions lie before heads.
    pub(super) swaps_heads: bool,
}

impl<'a> Input<'a> {
    pub(super) fn plain(term: Term<'a>) -> Self {
        Self { term, swaps_heads: false }
    }
}

/// Keys and values before their heads are repeated, if both are repeated alike.
pub(super) fn grouped<'a>(
    cx: &Cx<'a>,
    flow: &Flow<'a>,
    region: &mut Region<'a>,
    keys: Term<'a>,
    values: Term<'a>,
) -> Option<[Input<'a>; 2]> {
    let mut attempt = region.clone();
    let root = Val::root(cx, flow, keys);
    let (keys, by) = once(cx, flow, &mut attempt, &root, keys)?;
    let (values, of) = once(cx, flow, &mut attempt, &root, values)?;
    by.same(cx, &of).then(|| {
        // What says how often is of no more use.
        attempt.also(root.seen());
        *region = attempt;
        [keys, values]
    })
}

/// What is repeated along its heads, and how often.
fn once<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, root: &Val<'a>, term: Term<'a>) -> Option<(Input<'a>, Val<'a>)> {
    let mut term = seen(cx, flow, region, root, term);
    let mut swaps_heads = false;
    loop {
        if let Some((inner, times, axis)) = repeated(cx, &root.at(term)) {
            let is_heads = axis == if swaps_heads { -2 } else { -3 };
            let inner = inner.resolve_params(cx);
            if let (ast::Expr::Name(before), Some((index, after))) = (inner.expr(), region.last_taken())
                && !swaps_heads
                && index == inner.term.at
                && after == before.id.as_str()
            {
                // `k = repeat_kv(k, n)`: the other axes are as long as before.
                region.renames(index);
            }
            return (is_heads && inner.is_at_root() && inner.item.is_none()).then_some((Input { term: inner.term, swaps_heads }, times));
        }
        let op = form::op(cx, term.expr)?;
        let inner = term.with(op.arg(0, &["input"])?);
        match op.name {
            "contiguous" => {}
            "transpose" | "swapaxes" if !swaps_heads => {
                let axes = [form::integer(op.arg(1, &["dim0", "axis0"])?)?, form::integer(op.arg(2, &["dim1", "axis1"])?)?];
                matches!(axes, [1, 2] | [2, 1] | [-3, -2] | [-2, -3]).then_some(())?;
                swaps_heads = true;
            }
            _ => return None,
        }
        term = seen(cx, flow, region, root, inner);
    }
}

/// What a name was given, by an assignment or in a branch that repeats some tensors or none.
fn seen<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, root: &Val<'a>, term: Term<'a>) -> Term<'a> {
    let term = flow.see(region, term);
    let repeats = |value: Term<'a>| repeated(cx, &root.at(value)).is_some();
    flow.branch_of_assignments(region, term, &repeats).unwrap_or(term)
}

/// `repeat_kv(k, n)`, `k.repeat_interleave(n, dim=1)`, `k[:, :, None].expand(...).reshape(...)`: of what, how often, and along which axis.
fn repeated<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<(Val<'a>, Val<'a>, i64)> {
    let ast::Expr::Call(call) = val.expr() else { return None };
    if let Some(op) = form::op(cx, val.expr()) {
        return match op.name {
            "repeat_interleave" => {
                let axis = form::integer(op.arg(2, &["dim"])?)?;
                let (of, times) = (op.arg(0, &["input"])?, op.arg(1, &["repeats"])?);
                let plain = op.keywords_are(&["input", "repeats", "dim"]) && form::is_number(cx, times);
                plain.then(|| (val.with(of), val.with(times), if axis < 0 { axis } else { axis - 4 }))
            }
            "reshape" | "view" => expanded(cx, val, &op),
            _ => None,
        };
    }
    let (returned, _) = val.followed_past(cx, call, &returns_alone)?;
    repeated(cx, &returned.resolve(cx))
}

/// `if n == 1: return x`
fn returns_alone(stmt: &ast::Stmt) -> bool {
    let ast::Stmt::If(choice) = stmt else { return false };
    let is_once = matches!(&*choice.test, ast::Expr::Compare(compare)
        if matches!((&compare.left, &compare.ops[..], &compare.comparators[..]), (left, [ast::CmpOp::Eq], [one])
            if matches!(&**left, ast::Expr::Name(_)) && form::integer(one) == Some(1)));
    let returns_a_name = matches!(&choice.body[..], [ast::Stmt::Return(only)] if matches!(only.value.as_deref(), Some(ast::Expr::Name(_))));
    is_once && returns_a_name && choice.orelse.is_empty()
}

/// `x[:, :, None, :, :].expand(b, h, n, s, d).reshape(b, h * n, s, d)`
fn expanded<'a>(cx: &Cx<'a>, val: &Val<'a>, op: &form::Op<'a>) -> Option<(Val<'a>, Val<'a>, i64)> {
    let sizes = |op: &form::Op<'a>| (1..).map_while(|place| op.arg(place, &[])).collect::<Vec<&'a ast::Expr>>();
    let flat = sizes(op);
    let wide = val.with(op.arg(0, &["input"])?).resolve(cx);
    let expand = form::op(cx, wide.expr()).filter(|op| op.name == "expand")?;
    let lengths = sizes(&expand);
    let narrow = wide.with(expand.arg(0, &["input"])?).resolve(cx);
    let (of, at) = widened(cx, &narrow)?;
    ([2, 3].contains(&at) && lengths.len() == 5 && flat.len() == 4).then_some(())?;
    let times = wide.with(lengths[at]);
    let is_kept =
        |length: &'a ast::Expr, size: &'a ast::Expr| form::integer(size) == Some(-1) || wide.with(length).same(cx, &val.with(size));
    let all_kept = (0..5).filter(|place| *place != at && *place != at - 1).all(|place| {
        let size = flat[if place < at { place } else { place - 1 }];
        is_kept(lengths[place], size)
    });
    let heads = flat[at - 1];
    let is_product = form::integer(heads) == Some(-1)
        || form::either_way(heads, Operator::Mult)
            .any(|(a, b)| val.with(b).same(cx, &times) && (val.with(a).same(cx, &wide.with(lengths[at - 1]))));
    (all_kept && is_product).then(|| (of, times, i64::try_from(at).map_or(0, |at| at - 5)))
}

/// `x[:, :, None]`, `x.unsqueeze(2)`: of what, and where the axis stands.
fn widened<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<(Val<'a>, usize)> {
    if let ast::Expr::Subscript(subscript) = val.expr() {
        let ast::Expr::Tuple(items) = &*subscript.slice else { return None };
        let is_whole = |item: &ast::Expr| matches!(item, ast::Expr::Slice(slice) if slice.lower.is_none() && slice.upper.is_none() && slice.step.is_none());
        let at = items.elts.iter().position(receiver::is_none)?;
        let rest_is_whole = items.elts.iter().enumerate().all(|(place, item)| place == at || is_whole(item));
        return rest_is_whole.then(|| (val.with(&subscript.value), at));
    }
    let op = form::op(cx, val.expr()).filter(|op| op.name == "unsqueeze")?;
    let at = form::integer(op.arg(1, &["dim"])?)?;
    Some((val.with(op.arg(0, &["input"])?), usize::try_from(at).ok()?))
}
