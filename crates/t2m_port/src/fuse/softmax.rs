//! Softmax in float32 that goes back to the dtype of its argument: `mx.softmax(..., precise=True)` does so within.

use t2m_syntax::{Prec, ast};

use super::flow::{Flow, Region, Term};
use super::form::{self, CastTo};
use super::{Answer, Pattern, Text};
use crate::cx::Cx;
use crate::names::Module;

pub(super) const PATTERN: Pattern = Pattern { name: "fuse-softmax", doc: include_str!("softmax.md"), matches };

/// A softmax in whichever spelling.
pub(super) struct Softmax<'a> {
    pub(super) input: Term<'a>,
    pub(super) axis: &'a ast::Expr,
    /// Computed in float32 for sure, so its result is float32.
    pub(super) upcast: bool,
}

fn matches<'a>(cx: &Cx<'a>, flow: &Flow<'a>, root: Term<'a>) -> Answer<'a> {
    let mut region = Region::default();
    let Some((inner, to)) = form::cast(cx, flow, &mut region, root) else { return Answer::No };
    let inner = flow.see(&mut region, inner);
    let Some(softmax) = softmax(cx, flow, &mut region, inner).filter(|softmax| softmax.upcast) else { return Answer::No };
    let input = softmax.input;
    let is_back = to.of().is_some_and(|of| flow.same(cx, of, input));
    let mut text = Text::call(cx, Module::Core, "softmax").expr(region.leaf(input), Prec::Test).text(", axis=");
    text = text.expr(region.leaf(inner.with(softmax.axis)), Prec::Test).text(", precise=True)");
    match to {
        _ if is_back => {}
        CastTo::Like(of) => text = text.text(".astype(").expr(region.leaf(of), Prec::Atom).text(".dtype)"),
        CastTo::DType(dtype, _) => text = text.text(".astype(").expr(region.leaf(dtype), Prec::Test).text(")"),
    }
    text.fused(region)
}

/// What softmax is taken of, through the names on the way.
pub(super) fn softmax<'a>(cx: &Cx<'a>, flow: &Flow<'a>, region: &mut Region<'a>, term: Term<'a>) -> Option<Softmax<'a>> {
    let (input, axis, dtype) = parts(cx, term.expr)?;
    let (mut input, mut upcast) = (term.with(input), false);
    if let Some(dtype) = dtype {
        if !form::is_float32(cx, dtype) {
            return None;
        }
        upcast = true;
    }
    let mut attempt = region.clone();
    let seen = flow.see(&mut attempt, input);
    if let Some(cast) = form::to_float32(cx, seen.expr) {
        *region = attempt;
        (input, upcast) = (seen.with(cast), true);
    }
    Some(Softmax { input, axis, upcast })
}

fn parts<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(&'a ast::Expr, &'a ast::Expr, Option<&'a ast::Expr>)> {
    if let Some(op) = form::op(cx, expr).filter(|op| op.name == "softmax") {
        let is_functional = matches!(expr, ast::Expr::Call(call) if cx.is_qualified(&call.func, "torch.nn.functional.softmax"));
        let places = if is_functional { 2 } else { 3 };
        let plain = op.has_at_most(places, &["dim", "dtype", "input"]);
        let dtype = op.arg(if is_functional { usize::MAX } else { 2 }, &["dtype"]);
        return plain.then_some((op.arg(0, &["input"])?, op.arg(1, &["dim"])?, dtype));
    }
    // A layer: `self.softmax(scores)`, `nn.Softmax(dim=-1)(scores)`.
    let ast::Expr::Call(call) = expr else { return None };
    let ([input], []) = (&call.args[..], &call.keywords[..]) else { return None };
    let made = match &*call.func {
        made @ ast::Expr::Call(_) => made,
        ast::Expr::Attribute(attribute) => match form::stored(cx, &call.func, &attribute.attr)?[..] {
            [made] => made,
            _ => return None,
        },
        _ => return None,
    };
    let made = cx.call_of(made, "torch.nn.Softmax")?;
    let axis = made.args.first().or_else(|| made.keywords.first().filter(|kw| kw.arg.as_deref() == Some("dim")).map(|kw| &kw.value))?;
    form::integer(axis).map(|_| (input, axis, None))
}
