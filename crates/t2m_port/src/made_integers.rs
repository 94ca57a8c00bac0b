//! Integers that PyTorch makes with 64 bits and MLX with 32, of sizes that no literal bounds: `torch.arange(n)`, counts of what is true.

use std::cell::RefCell;
use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::Kind;
use t2m_semantic::kind::DType;
use t2m_semantic::tables::read_names;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextSize};

use crate::cx::Cx;
use crate::receiver;
use crate::rules::last_name;
use crate::{integers, large_integers, masks, plain_numbers, views};

/// From `mappings/names/wide_integers.toml`.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(crate) struct Names {
    keeps: FxHashSet<String>,
    pub(crate) adds: FxHashSet<String>,
    counts: FxHashSet<String>,
    pub(crate) multiplies: FxHashSet<String>,
}

pub(crate) static NAMES: LazyLock<Names> = LazyLock::new(|| read_names("wide_integers"));

/// What made integers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Made {
    /// Numbers of true items.
    Counts,
    /// Ranges, and what is filled with a size.
    Sizes,
}

/// Through how many names and views integers are followed.
const DEPTH: usize = 6;

/// What made integers an expression holds, if it does.
pub(crate) fn made<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Made> {
    Search { cx, seen: RefCell::default() }.made(expr, DEPTH)
}

/// Whether an expression is an array of integers for sure: of those that PyTorch makes with 64 bits.
pub(crate) fn is_int64(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Tensor(tensor) if tensor.dtype == Some(DType::Int64))
}

struct Search<'c, 'a> {
    cx: &'c Cx<'a>,
    /// Names that are looked at already.
    seen: RefCell<FxHashSet<TextSize>>,
}

impl<'a> Search<'_, 'a> {
    fn made(&self, expr: &'a ast::Expr, depth: usize) -> Option<Made> {
        let next = depth.checked_sub(1)?;
        if !may_hold(self.cx, expr) {
            return None;
        }
        match expr {
            ast::Expr::Call(call) => self.made_by_call(expr, call, next),
            ast::Expr::Subscript(item) => self.made(&item.value, next),
            ast::Expr::UnaryOp(e) if matches!(e.op, ast::UnaryOp::USub) => self.made(&e.operand, next),
            ast::Expr::BinOp(e) => match e.op {
                ast::Operator::Add | ast::Operator::Sub | ast::Operator::Mult => {
                    let sides = [&*e.left, &*e.right];
                    let made = sides.map(|side| self.made(side, next));
                    let is_whole = is_int64(self.cx, expr)
                        || sides.into_iter().zip(made).all(|(side, made)| made.is_some() || may_be_size(self.cx, side));
                    made.into_iter().max().flatten().filter(|_| is_whole)
                }
                // The rest is smaller than what is divided by.
                ast::Operator::FloorDiv => self.made(&e.left, next),
                ast::Operator::Mod if !large_integers::is_small(&e.right) => self.made(&e.left, next),
                _ => None,
            },
            ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
                elts.iter().filter_map(|item| self.made(item, next)).max()
            }
            ast::Expr::Name(name) => {
                let bound = views::bindings(views::enclosing_body(self.cx, expr), &name.id);
                let values = bound.iter().map(|(at, value)| unpacked(*at, value, &name.id));
                values.filter(|value| self.seen.borrow_mut().insert(value.range().start())).filter_map(|value| self.made(value, next)).max()
            }
            _ => None,
        }
    }

    fn made_by_call(&self, expr: &'a ast::Expr, call: &'a ast::ExprCall, next: usize) -> Option<Made> {
        let cx = self.cx;
        let name = last_name(&call.func)?;
        if has_dtype(call) {
            return None;
        }
        let (function, of) = match (cx.qualified(&call.func), &*call.func) {
            (Some(function), _) => (Some(function), call.args.first()),
            (None, ast::Expr::Attribute(method)) => (None, Some(&*method.value)),
            _ => return None,
        };
        match function {
            Some("torch.arange") => {
                let may_be_whole = call.args.iter().all(|arg| cx.kind(arg) != Kind::Float && !is_fraction(arg));
                let is_open = call.args.iter().take(2).any(|arg| !is_bounded(arg));
                (may_be_whole && is_open).then_some(Made::Sizes)
            }
            // What is filled with one size, or made of it.
            Some("torch.full") => call.args.get(1).filter(|value| is_size(cx, value) && !is_bounded(value)).map(|_| Made::Sizes),
            Some("torch.tensor" | "torch.as_tensor") => {
                let is_of_sizes = |value: &ast::Expr| match is_int64(cx, expr) {
                    true => is_size(cx, value) && !is_bounded(value),
                    false => value.is_name_expr() && may_be_integers(cx, expr),
                };
                of.filter(|value| is_of_sizes(value)).map(|_| Made::Sizes)
            }
            Some(function) if !function.starts_with("torch.") => None,
            _ => {
                if NAMES.counts.contains(name) && of.is_some_and(|of| is_truth(cx, of)) {
                    return Some(Made::Counts);
                }
                let is_kept = NAMES.keeps.contains(name) || NAMES.adds.contains(name);
                let is_cast = name == "to" && !is_int64(cx, expr) && call.args.iter().any(|arg| !matches!(cx.kind(arg), Kind::Device));
                match function {
                    _ if !is_kept || is_cast => None,
                    // `torch.meshgrid(rows, columns)`, `torch.stack([rows, columns])`
                    Some(_) => call.args.iter().filter_map(|arg| self.made(arg, next)).max(),
                    None => self.made(of?, next),
                }
            }
        }
    }
}

/// The value that a name is bound to in `ids, count = torch.arange(n), n`.
fn unpacked<'a>(at: Node<'a>, value: &'a ast::Expr, name: &str) -> &'a ast::Expr {
    match (at, value) {
        (Node::Stmt(ast::Stmt::Assign(assign)), ast::Expr::Tuple(values)) => {
            let targets =
                assign.targets.iter().filter_map(|target| target.as_tuple_expr()).find(|names| names.elts.len() == values.elts.len());
            let at = targets.and_then(|names| names.elts.iter().position(|target| views::is_same_name(target, name)));
            at.and_then(|at| values.elts.get(at)).unwrap_or(value)
        }
        _ => value,
    }
}

/// Whether an expression may be such integers, or several of them, by its kind.
pub(crate) fn may_hold(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    match cx.kind(expr) {
        Kind::Tensor(tensor) => tensor.dtype.is_none_or(|dtype| dtype == DType::Int64),
        kind => kind.is_unknown() || expr.is_list_expr() || expr.is_tuple_expr() || expr.is_name_expr() && !kind.is_number(),
    }
}

/// Whether a call is told a dtype.
pub(crate) fn has_dtype(call: &ast::ExprCall) -> bool {
    // `**options` may tell one as well.
    call.keywords.iter().any(|keyword| keyword.arg.as_deref().is_none_or(|name| name == "dtype") && !receiver::is_none(&keyword.value))
}

/// `1 / n`, `0.5`
pub(crate) fn is_fraction(expr: &ast::Expr) -> bool {
    match expr {
        ast::Expr::Constant(constant) => constant.value.is_float(),
        ast::Expr::UnaryOp(e) => is_fraction(&e.operand),
        ast::Expr::BinOp(e) => match e.op {
            ast::Operator::Div => true,
            ast::Operator::FloorDiv => false,
            ast::Operator::Pow => is_fraction(&e.left) || is_fraction(&e.right) || matches!(&*e.right, ast::Expr::UnaryOp(_)),
            _ => is_fraction(&e.left) || is_fraction(&e.right),
        },
        _ => false,
    }
}

/// The largest of integers that literals alone give, and what they add up to at most.
#[derive(Clone, Copy)]
pub(crate) struct Extent {
    pub(crate) largest: f64,
    pub(crate) sum: f64,
}

pub(crate) fn extent<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> Option<Extent> {
    let next = depth.checked_sub(1)?;
    match expr {
        ast::Expr::Call(call) => match (cx.qualified(&call.func), &*call.func) {
            _ if has_dtype(call) => None,
            (Some("torch.tensor" | "torch.as_tensor" | "torch.LongTensor"), _) => extent_of_items(call.args.first()?),
            (Some("torch.arange"), _) => {
                let ends: Vec<f64> = call.args.iter().map(large_integers::value).collect::<Option<_>>()?;
                let (from, to) = if ends.len() == 1 { (0.0, *ends.first()?) } else { (*ends.first()?, *ends.get(1)?) };
                // The end is left out.
                let largest = if to > from { from.abs().max((to - 1.0).abs()) } else { from.abs().max((to + 1.0).abs()) };
                let count = ((to - from) / ends.get(2).copied().unwrap_or(1.0)).abs();
                Some(Extent { largest, sum: (from + to).abs() / 2.0 * count })
            }
            (None, ast::Expr::Attribute(method)) if NAMES.keeps.contains(method.attr.as_str()) => extent(cx, &method.value, next),
            _ => None,
        },
        ast::Expr::Subscript(item) => extent(cx, &item.value, next),
        ast::Expr::Name(name) => match &views::bindings(views::enclosing_body(cx, expr), &name.id)[..] {
            [(Node::Stmt(ast::Stmt::Assign(assign)), value)] if assign.targets.iter().all(ast::Expr::is_name_expr) => {
                extent(cx, value, next)
            }
            _ => None,
        },
        expr => large_integers::value(expr).map(|value| Extent { largest: value.abs(), sum: value.abs() }),
    }
}

fn extent_of_items(items: &ast::Expr) -> Option<Extent> {
    match items {
        ast::Expr::List(ast::ExprList { elts, .. }) | ast::Expr::Tuple(ast::ExprTuple { elts, .. }) => {
            let each: Vec<Extent> = elts.iter().map(extent_of_items).collect::<Option<_>>()?;
            let largest = each.iter().map(|item| item.largest).fold(0.0, f64::max);
            Some(Extent { largest, sum: each.iter().map(|item| item.sum).sum() })
        }
        item => large_integers::value(item).map(|value| Extent { largest: value.abs(), sum: value.abs() }),
    }
}

/// A literal, or what literals give.
fn is_bounded(expr: &ast::Expr) -> bool {
    large_integers::is_small(expr)
}

/// A whole number of Python's.
fn is_size(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Int) || cx.kind(expr).is_unknown() && expr.is_name_expr()
}

/// Whether a value beside made integers may be a whole number: nothing shows that it is a tensor, or a fraction.
fn may_be_size<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    match cx.kind(expr) {
        Kind::Int | Kind::Number => true,
        Kind::Tensor(tensor) => tensor.dtype == Some(DType::Int64),
        kind => kind.is_unknown() && plain_numbers::is_named(cx, expr) && !is_fraction_of(cx, expr, DEPTH),
    }
}

fn may_be_integers(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Tensor(tensor) if tensor.dtype.is_none())
}

/// A fraction, or floats, by its own text or what it is bound to: `-emb` behind `emb = math.log(10000) / n`, `x.float()`.
pub(crate) fn is_fraction_of<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> bool {
    let Some(next) = depth.checked_sub(1) else { return false };
    is_fraction(expr)
        || match expr {
            ast::Expr::UnaryOp(e) => is_fraction_of(cx, &e.operand, next),
            ast::Expr::Name(name) => {
                let bound = views::bindings(views::enclosing_body(cx, expr), &name.id);
                !bound.is_empty() && bound.iter().any(|(_, value)| is_fraction_of(cx, value, next))
            }
            ast::Expr::Call(call) => match &*call.func {
                ast::Expr::Attribute(method) => {
                    let is_named =
                        |arg: &ast::Expr| cx.qualified(arg).and_then(|name| name.strip_prefix("torch.")).is_some_and(is_float_name);
                    is_float_name(&method.attr) && call.args.is_empty() || method.attr.as_str() == "to" && call.args.iter().any(is_named)
                }
                _ => false,
            },
            _ => matches!(cx.kind(expr), Kind::Float),
        }
}

fn is_float_name(name: &str) -> bool {
    DType::parse(name).is_some_and(integers::is_float)
}

/// `x > 0`, `mask & other`, a tensor of bools
fn is_truth<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(cx.kind(expr), Kind::Tensor(tensor) if tensor.dtype == Some(DType::Bool)) || masks::is_mask(cx, expr)
}
