//! Triangles: masks that show each query the keys up to its own place, however they are made.

use t2m_syntax::ast::{self, Operator};

use super::form;
use super::frames::Val;
use super::lengths::{self, same_number};
use crate::cx::Cx;
use crate::receiver;

/// A matrix that holds one number up to a diagonal, and another one beyond it.
#[derive(Clone)]
struct Matrix<'a> {
    low: f64,
    high: f64,
    diagonal: Diagonal,
    is_boolean: bool,
    axes: Vec<Length<'a>>,
}

/// The last diagonal of the lower part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Diagonal {
    /// Both parts hold the same.
    None,
    /// So many places right of the one that starts in the upper left corner.
    FromTop(i64),
    /// So many places right of the one that ends in the lower right corner.
    ToBottom(i64),
}

#[derive(Clone)]
enum Length<'a> {
    One,
    Of(Val<'a>),
    Unknown,
}

/// What a triangle shows to each query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shows {
    /// True, or not zero, where a key counts.
    Seen,
    /// True, or not zero, where a key is hidden.
    Hidden,
    /// Minus infinity, or a number that comes close, where a key is hidden, and zero where it counts.
    Added,
}

/// How the triangle that a mask is lies over the scores: the last query sees the last key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Causal {
    /// There are as many keys as queries.
    pub(super) is_square: bool,
    /// The mask has four axes, and so have the scores.
    pub(super) has_four_axes: bool,
}

/// Whether the mask is a triangle over the scores of these queries and keys for sure.
pub(super) fn causal<'a>(cx: &Cx<'a>, mask: &Val<'a>, shows: Shows, queries: &Val<'a>, keys: &Val<'a>) -> Option<Causal> {
    let matrix = matrix(cx, mask, 12)?;
    let holds = match shows {
        Shows::Seen => matrix.low != 0.0 && matrix.high == 0.0,
        Shows::Hidden => matrix.low == 0.0 && matrix.high != 0.0,
        Shows::Added => matrix.low == 0.0 && matrix.high <= -1e9,
    };
    let (lead, [Length::Of(rows), Length::Of(columns)]) = matrix.axes.split_last_chunk::<2>()? else { return None };
    let fits = lead.iter().all(|length| matches!(length, Length::One))
        && lengths::has_length(cx, queries, -2, rows)
        && lengths::has_length(cx, keys, -2, columns);
    if !holds || !fits {
        return None;
    }
    let is_square = same_number(cx, rows, columns);
    let is_aligned = match matrix.diagonal {
        Diagonal::FromTop(0) => is_square,
        Diagonal::ToBottom(0) => true,
        _ => false,
    };
    is_aligned.then_some(Causal { is_square, has_four_axes: matrix.axes.len() == 4 })
}

fn matrix<'a>(cx: &Cx<'a>, val: &Val<'a>, depth: usize) -> Option<Matrix<'a>> {
    let depth = depth.checked_sub(1)?;
    let val = val.resolve(cx);
    if val.item.is_some() {
        return None;
    }
    let of = |expr: &'a ast::Expr| matrix(cx, &val.with(expr), depth);
    match val.expr() {
        ast::Expr::Attribute(_) => {
            // A checkpoint of the class holds the same triangle: nothing trains it.
            let (made, _) = val.attribute(cx)?;
            matrix(cx, &made, depth)
        }
        ast::Expr::UnaryOp(unary) => match unary.op {
            ast::UnaryOp::Invert => of(&unary.operand)?.inverted(),
            ast::UnaryOp::USub => Some(of(&unary.operand)?.mapped(|value| -value)),
            _ => None,
        },
        ast::Expr::Compare(compare) => {
            let ([operator], [with]) = (&compare.ops[..], &compare.comparators[..]) else { return None };
            compared(of(&compare.left)?, *operator, number(cx, &val.with(with))?)
        }
        ast::Expr::BinOp(binop) => {
            let (left, right) = (number(cx, &val.with(&binop.left)), number(cx, &val.with(&binop.right)));
            let (left, right, matrix) = match (left, right) {
                (Some(left), None) => (Some(left), None, of(&binop.right)?),
                (None, Some(right)) => (None, Some(right), of(&binop.left)?),
                _ => return None,
            };
            let arithmetic = |value: f64| {
                let (a, b) = (left.unwrap_or(value), right.unwrap_or(value));
                match binop.op {
                    Operator::Add => Some(a + b),
                    Operator::Sub => Some(a - b),
                    Operator::Mult => Some(a * b),
                    _ => None,
                }
            };
            let (low, high) = (arithmetic(matrix.low)?, arithmetic(matrix.high)?);
            (!low.is_nan() && !high.is_nan()).then_some(Matrix { low, high, is_boolean: false, ..matrix })
        }
        ast::Expr::Subscript(subscript) => indexed(cx, &val, of(&subscript.value)?, &subscript.slice),
        ast::Expr::Call(_) => call(cx, &val, depth),
        _ => None,
    }
}

fn call<'a>(cx: &Cx<'a>, val: &Val<'a>, depth: usize) -> Option<Matrix<'a>> {
    let op = form::op(cx, val.expr())?;
    let with = |expr: &'a ast::Expr| val.with(expr);
    let input = || matrix(cx, &with(op.arg(0, &["input"])?), depth);
    let is_boolean = |dtype: &'a ast::Expr| cx.is_qualified(dtype, "torch.bool");
    match op.name {
        "ones" | "zeros" | "full" | "new_ones" | "new_zeros" | "new_full" => {
            let first = usize::from(op.name.starts_with("new_"));
            let is_full = op.name.ends_with("full");
            let mut sizes: Vec<&ast::Expr> = (first..).map_while(|place| op.arg(place, &[])).collect();
            let mut value = if op.name.ends_with("ones") { 1.0 } else { 0.0 };
            if is_full {
                value = number(cx, &with(op.arg(first + 1, &["fill_value"])?))?;
                sizes.truncate(1);
            }
            let sizes = match &sizes[..] {
                [ast::Expr::Tuple(tuple)] => tuple.elts.iter().collect(),
                [ast::Expr::List(list)] => list.elts.iter().collect(),
                _ if is_full => return None,
                _ => sizes,
            };
            let is_boolean = op.arg(usize::MAX, &["dtype"]).is_some_and(is_boolean);
            let value = if is_boolean && value != 0.0 { 1.0 } else { value };
            op.keywords_are(&["dtype", "device", "requires_grad", "fill_value"]).then_some(())?;
            let axes = sizes.into_iter().map(|size| length(val.with(size))).collect();
            Some(Matrix { low: value, high: value, diagonal: Diagonal::None, is_boolean, axes })
        }
        "tril" | "triu" => {
            let flat = input()?;
            let at = match op.arg(1, &["diagonal"]) {
                Some(diagonal) => diagonal_of(cx, &val.with(diagonal), &flat)?,
                None => Diagonal::FromTop(0),
            };
            (flat.diagonal == Diagonal::None && flat.axes.len() >= 2).then_some(())?;
            Some(if op.name == "tril" {
                Matrix { high: 0.0, diagonal: at, ..flat }
            } else {
                // What `triu` keeps starts one place beyond the last diagonal of the lower part.
                let diagonal = match at {
                    Diagonal::FromTop(by) => Diagonal::FromTop(by - 1),
                    Diagonal::ToBottom(by) => Diagonal::ToBottom(by - 1),
                    Diagonal::None => return None,
                };
                Matrix { low: 0.0, diagonal, ..flat }
            })
        }
        "view" | "reshape" => {
            let matrix = input()?;
            let mut sizes: Vec<&ast::Expr> = (1..).map_while(|place| op.arg(place, &[])).collect();
            if let [ast::Expr::Tuple(tuple)] = &sizes[..] {
                sizes = tuple.elts.iter().collect();
            }
            let new: Vec<Length<'a>> = sizes.into_iter().map(|size| length(val.with(size))).collect();
            matrix.laid_out(cx, new)
        }
        "unsqueeze" => {
            let mut matrix = input()?;
            let at = form::integer(op.arg(1, &["dim"])?)?;
            let rank = i64::try_from(matrix.axes.len()).ok()?;
            let at = if at < 0 { at + rank + 1 } else { at };
            // In front of the matrix.
            (0..=rank - 2).contains(&at).then_some(())?;
            matrix.axes.insert(0, Length::One);
            Some(matrix)
        }
        "transpose" | "t" | "swapaxes" => {
            let mut matrix = input()?;
            let rank = i64::try_from(matrix.axes.len()).ok()?;
            let place = |axis: i64| if axis < 0 { axis + rank } else { axis };
            let axis = |place: usize| form::integer(op.arg(place, &[])?);
            let last = [rank - 2, rank - 1];
            if op.name != "t" {
                let swapped = [place(axis(1)?), place(axis(2)?)];
                (swapped == last || swapped == [last[1], last[0]]).then_some(())?;
            }
            let Diagonal::FromTop(by) = matrix.diagonal else { return None };
            let end = matrix.axes.len();
            (end >= 2).then(|| matrix.axes.swap(end - 2, end - 1))?;
            // What lies beyond the diagonal changes places with what it bounds.
            Some(Matrix { low: matrix.high, high: matrix.low, diagonal: Diagonal::FromTop(-by - 1), ..matrix })
        }
        "bool" => Some(input()?.booleans()),
        "float" | "half" | "int" | "long" | "type" | "type_as" | "to" | "contiguous" | "clone" | "detach" | "cuda" | "cpu" | "bfloat16" => {
            let matrix = input()?;
            let keywords = op.keywords_are(&["dtype", "device", "non_blocking", "copy", "other"]);
            let targets = [op.arg(1, &["dtype"]), op.arg(2, &["dtype"])];
            if keywords && targets.into_iter().flatten().any(is_boolean) {
                return Some(matrix.booleans());
            }
            let is_bit = |value: f64| value == 0.0 || value == 1.0;
            let is_kept = is_bit(matrix.low) && is_bit(matrix.high)
                || matches!(op.name, "contiguous" | "clone" | "detach" | "cuda" | "cpu")
                || !matches!(op.name, "int" | "long") && !targets.into_iter().flatten().any(|target| is_whole(cx, target));
            let is_boolean = matrix.is_boolean && matches!(op.name, "contiguous" | "clone" | "detach" | "cuda" | "cpu");
            (keywords && is_kept).then_some(Matrix { is_boolean, ..matrix })
        }
        "logical_not" => {
            let matrix = input()?.booleans();
            matrix.inverted()
        }
        "bitwise_not" => input()?.inverted(),
        "eq" | "ne" | "lt" | "le" | "gt" | "ge" => {
            let operator = match op.name {
                "eq" => ast::CmpOp::Eq,
                "ne" => ast::CmpOp::NotEq,
                "lt" => ast::CmpOp::Lt,
                "le" => ast::CmpOp::LtE,
                "gt" => ast::CmpOp::Gt,
                _ => ast::CmpOp::GtE,
            };
            compared(input()?, operator, number(cx, &with(op.arg(1, &["other"])?))?)
        }
        "masked_fill" => {
            let (under, over) = (input()?, matrix(cx, &with(op.arg(1, &["mask"])?), depth)?);
            let value = number(cx, &with(op.arg(2, &["value"])?))?;
            over.choosing(cx, value, &under)
        }
        "where" => {
            let condition = matrix(cx, &with(op.arg(0, &["condition"])?), depth)?;
            let (a, b) = (number(cx, &with(op.arg(1, &["input"])?))?, number(cx, &with(op.arg(2, &["other"])?))?);
            let choose = |value: f64| if value == 0.0 { b } else { a };
            Some(Matrix { is_boolean: false, ..condition.mapped(choose) })
        }
        _ => None,
    }
}

fn length(val: Val<'_>) -> Length<'_> {
    match form::integer(val.expr()) {
        Some(1) => Length::One,
        Some(-1) => Length::Unknown,
        _ => Length::Of(val),
    }
}

fn is_whole(cx: &Cx<'_>, dtype: &ast::Expr) -> bool {
    let name = cx.qualified(dtype).and_then(|name| name.strip_prefix("torch."));
    name.is_some_and(|name| name.starts_with("int") || name.starts_with("uint") || matches!(name, "long" | "short"))
}

/// `1`, `-1e9`, `float("-inf")`, `torch.finfo(x.dtype).min`.
fn number<'a>(cx: &Cx<'a>, val: &Val<'a>) -> Option<f64> {
    let expr = val.measuring(|| val.resolve(cx)).expr();
    form::number(expr).or_else(|| form::is_minus_infinity(cx, expr).then_some(f64::NEG_INFINITY))
}

/// `0`, or `j - i` for a matrix of `i` rows and `j` columns, and so many more.
fn diagonal_of<'a>(cx: &Cx<'a>, val: &Val<'a>, of: &Matrix<'a>) -> Option<Diagonal> {
    let val = val.measuring(|| val.resolve(cx));
    if let Some(by) = form::integer(val.expr()) {
        return Some(Diagonal::FromTop(by));
    }
    if let Some((more, by)) = form::binary(val.expr(), Operator::Add).and_then(|(more, by)| Some((more, form::integer(by)?))) {
        return match diagonal_of(cx, &val.with(more), of)? {
            Diagonal::ToBottom(from) => Some(Diagonal::ToBottom(from + by)),
            Diagonal::FromTop(from) => Some(Diagonal::FromTop(from + by)),
            Diagonal::None => None,
        };
    }
    let (columns, rows) = form::binary(val.expr(), Operator::Sub)?;
    let (_, [Length::Of(all_rows), Length::Of(all_columns)]) = of.axes.split_last_chunk::<2>()? else { return None };
    let fits = same_number(cx, &val.with(columns), all_columns) && same_number(cx, &val.with(rows), all_rows);
    fits.then_some(Diagonal::ToBottom(0))
}

fn compared(matrix: Matrix<'_>, operator: ast::CmpOp, with: f64) -> Option<Matrix<'_>> {
    let holds = |value: f64| match operator {
        ast::CmpOp::Eq => Some(value == with),
        ast::CmpOp::NotEq => Some(value != with),
        ast::CmpOp::Lt => Some(value < with),
        ast::CmpOp::LtE => Some(value <= with),
        ast::CmpOp::Gt => Some(value > with),
        ast::CmpOp::GtE => Some(value >= with),
        _ => None,
    };
    let bit = |value: f64| holds(value).map(|holds| if holds { 1.0 } else { 0.0 });
    Some(Matrix { low: bit(matrix.low)?, high: bit(matrix.high)?, is_boolean: true, ..matrix })
}

/// `bias[:, :, :t, :t]`, `mask[None, None]`, `bias[:, :, s - t : s, :s]`
fn indexed<'a>(cx: &Cx<'a>, val: &Val<'a>, mut matrix: Matrix<'a>, index: &'a ast::Expr) -> Option<Matrix<'a>> {
    let items: Vec<&ast::Expr> = match index {
        ast::Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        only => vec![only],
    };
    let is_rest = |expr: &ast::Expr| matches!(expr, ast::Expr::Constant(constant) if constant.value.is_ellipsis());
    let taken = items.iter().filter(|item| !receiver::is_none(item) && !is_rest(item)).count();
    let rank = matrix.axes.len();
    let (mut at, mut axes, mut row_start) = (0, Vec::new(), None);
    for item in items {
        if receiver::is_none(item) {
            // In front of the matrix.
            (at + 2 <= rank).then_some(())?;
            axes.push(Length::One);
        } else if is_rest(item) {
            let skipped = rank.checked_sub(taken)?;
            axes.extend(matrix.axes[at..].iter().take(skipped).cloned());
            at += skipped;
        } else if let ast::Expr::Slice(slice) = item {
            let axis = matrix.axes.get(at)?.clone();
            (slice.step.is_none()).then_some(())?;
            let lower = slice.lower.as_deref().map(|lower| val.with(lower)).filter(|lower| number(cx, lower) != Some(0.0));
            let upper = slice.upper.as_deref().map(|upper| val.with(upper));
            (upper.as_ref().is_none_or(|upper| number(cx, upper).is_none_or(|upper| upper > 0.0))).then_some(())?;
            at += 1;
            match (lower, upper) {
                (None, None) => axes.push(axis),
                (None, Some(upper)) if at + 1 >= rank => axes.push(Length::Of(upper)),
                (Some(lower), Some(upper)) if at + 1 == rank => {
                    let lower = lower.measuring(|| lower.resolve(cx));
                    let (end, count) = form::binary(lower.expr(), Operator::Sub)?;
                    same_number(cx, &lower.with(end), &upper).then_some(())?;
                    row_start = Some(upper);
                    axes.push(Length::Of(lower.with(count)));
                }
                _ => return None,
            }
        } else {
            let is_first_of_one = form::integer(item) == Some(0) && matches!(matrix.axes.get(at)?, Length::One) && at + 2 < rank;
            is_first_of_one.then_some(())?;
            at += 1;
        }
    }
    axes.extend(matrix.axes.get(at..)?.iter().cloned());
    if let Some(end) = row_start {
        // The rows end where the columns do.
        let (Diagonal::FromTop(by), Some(Length::Of(columns))) = (matrix.diagonal, axes.last()) else { return None };
        same_number(cx, &end, columns).then_some(())?;
        matrix.diagonal = Diagonal::ToBottom(by);
    } else if let Diagonal::ToBottom(_) = matrix.diagonal
        && taken > 0
    {
        return None;
    }
    Some(Matrix { axes, ..matrix })
}

impl<'a> Matrix<'a> {
    fn mapped(self, change: impl Fn(f64) -> f64) -> Self {
        Self { low: change(self.low), high: change(self.high), is_boolean: false, ..self }
    }

    fn booleans(self) -> Self {
        let matrix = self.mapped(|value| if value == 0.0 { 0.0 } else { 1.0 });
        Self { is_boolean: true, ..matrix }
    }

    /// What `~` makes of booleans; of whole numbers it makes others.
    fn inverted(self) -> Option<Self> {
        self.is_boolean.then(|| Self { is_boolean: true, ..self.mapped(|value| 1.0 - value) })
    }

    /// `value` where this is true, and what lies under it elsewhere.
    fn choosing(&self, cx: &Cx<'a>, value: f64, under: &Self) -> Option<Self> {
        let one_diagonal = under.diagonal == Diagonal::None || under.diagonal == self.diagonal;
        let one_shape = self.axes.len() == under.axes.len()
            && self.axes.iter().zip(&under.axes).all(|(a, b)| match (a, b) {
                (Length::One, Length::One) => true,
                (Length::Of(a), Length::Of(b)) => same_number(cx, a, b),
                _ => false,
            });
        let choose = |condition: f64, under: f64| if condition == 0.0 { under } else { value };
        (one_diagonal && one_shape).then(|| Self {
            low: choose(self.low, under.low),
            high: choose(self.high, under.high),
            is_boolean: false,
            ..self.clone()
        })
    }

    /// The same matrix behind another number of axes of length one.
    fn laid_out(self, cx: &Cx<'a>, axes: Vec<Length<'a>>) -> Option<Self> {
        let (lead, [rows, columns]) = axes.split_last_chunk::<2>()?;
        let (old_lead, [old_rows, old_columns]) = self.axes.split_last_chunk::<2>()?;
        let is_kept = |new: &Length<'a>, old: &Length<'a>| match (new, old) {
            (Length::Of(new), Length::Of(old)) => same_number(cx, new, old),
            _ => false,
        };
        let fits = lead.iter().chain(old_lead).all(|length| matches!(length, Length::One))
            && is_kept(rows, old_rows)
            && is_kept(columns, old_columns);
        fits.then_some(Self { axes, ..self })
    }
}
