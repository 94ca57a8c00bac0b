//! Predicates of cases: each tests one parameter, and may have no answer.

use t2m_syntax::ast;

use super::binding::Argument;
use super::signature::{Param, Word};
use super::written::{
    gives_bools, gives_floats, has_floats, has_numpy_items, has_open_items, is_attribute, is_called_mask, is_column, is_literal, is_simple,
    may_be_end, may_come_out_empty,
};
use crate::kind::{DType, Fact, Kind, NumpyKind, TensorKind};

/// How a call's result is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Use {
    /// `[0]`
    First,
    /// `[1]`
    Second,
    Values,
    Indices,
    /// `v, i = ...`
    Unpacked,
    /// A statement of its own.
    Discarded,
    Other,
}

impl Use {
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "[0]" => Self::First,
            "[1]" => Self::Second,
            ".values" => Self::Values,
            ".indices" => Self::Indices,
            "unpacked" => Self::Unpacked,
            "discarded" => Self::Discarded,
            "other" => Self::Other,
            _ => return None,
        })
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Test {
    Absent,
    Present,
    Literal,
    /// A literal number from 0 to 1.
    Fraction,
    Exact,
    /// A literal one more than a power of two: what is cut in that many places is halved again and again.
    Halving,
    /// `0 if flat else 1`
    Chosen,
    Unknown,
    /// Something or None.
    Optional,
    Empty,
    Nonempty,
    Simple,
    /// A sequence that is computed in its place: it may be empty.
    Computed,
    /// A part of a sequence by its bounds: `shape[1:]`.
    Sliced,
    /// A tensor of integers that are known to have fewer than 64 bits: PyTorch adds and multiplies them as int64.
    Narrow,
    /// A tensor whose dtype nothing tells, or a value of unknown kind.
    Untyped,
    /// Untyped, and no arithmetic beside it shows that it holds floats, of whatever width.
    PerhapsIntegers,
    /// Untyped, and called a mask: bools, or the numbers 0 and 1.
    Mask,
    /// A list or tuple with arrays or numbers of NumPy's in it, and without tensors.
    NumpyItems,
    /// A list or tuple of what nothing is known of: numbers of NumPy's, or Python's own.
    OpenItems,
    /// One integer of NumPy's own types.
    NumpyInt,
    /// A tuple that is known to be no `torch.Size`: a column of `zip(*rows)`, or one that is written there.
    Column,
    /// A tensor that is known to have this dtype.
    DType(DType),
    /// An attribute of that name, `torch.bool`: dtypes are written so.
    Names(String),
    Kind(Word),
    /// This literal, or absent with that default.
    Equals(String),
}

/// A test, maybe negated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Predicate {
    pub test: Test,
    pub negated: bool,
}

/// Whether a predicate holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
    /// The kind is not known.
    Undecided,
}

impl Answer {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Undecided => Self::Undecided,
        }
    }
}

impl Predicate {
    /// # Errors
    /// The word is not among the predicates.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (negated, word) = text.strip_prefix('!').map_or((false, text), |word| (true, word));
        let test = match word {
            "absent" => Test::Absent,
            "present" => Test::Present,
            "literal" => Test::Literal,
            "fraction" => Test::Fraction,
            "exact" => Test::Exact,
            "halving" => Test::Halving,
            "chosen" => Test::Chosen,
            "unknown" => Test::Unknown,
            "optional" => Test::Optional,
            "empty" => Test::Empty,
            "nonempty" => Test::Nonempty,
            "simple" => Test::Simple,
            "computed" => Test::Computed,
            "sliced" => Test::Sliced,
            "narrow" => Test::Narrow,
            "untyped" => Test::Untyped,
            "perhaps integers" => Test::PerhapsIntegers,
            "mask" => Test::Mask,
            "numpy items" => Test::NumpyItems,
            "open items" => Test::OpenItems,
            "numpy int" => Test::NumpyInt,
            "column" => Test::Column,
            word => {
                let no_such = || format!("`{word}` is not a predicate; see mappings/README.md");
                if let Some(value) = word.strip_prefix('=') {
                    Test::Equals(value.trim().to_owned())
                } else if let Some(name) = word.strip_prefix("names ") {
                    Test::Names(name.trim().to_owned())
                } else if let Some(name) = word.strip_prefix("dtype ") {
                    Test::DType(DType::parse(name.trim()).ok_or_else(no_such)?)
                } else {
                    Test::Kind(Word::parse(word).ok_or_else(no_such)?)
                }
            }
        };
        Ok(Self { test, negated })
    }

    /// Tests one parameter. `fact` tells kinds; `source` the text of an expression.
    pub fn holds(
        &self,
        param: &Param,
        argument: &Argument<'_>,
        fact: &dyn Fn(&ast::Expr) -> Fact,
        source: &dyn Fn(&ast::Expr) -> String,
    ) -> Answer {
        let answer = match (&self.test, argument) {
            (Test::Absent | Test::Empty, Argument::Absent) => Answer::Yes,
            (Test::Present | Test::Nonempty, Argument::Absent) => Answer::No,
            (Test::Absent | Test::Empty, Argument::Many(items)) => Answer::from(items.is_empty()),
            (Test::Present | Test::Nonempty, Argument::Many(items)) => Answer::from(!items.is_empty()),
            (Test::Absent | Test::Empty, Argument::One(_)) => Answer::No,
            (Test::Present | Test::Nonempty, Argument::One(_)) => Answer::Yes,
            (Test::Equals(value), Argument::Absent) => {
                Answer::from(param.default.as_deref().is_some_and(|default| same_literal(default, value)))
            }
            (Test::Equals(value), Argument::One(expr)) => match is_literal(expr) {
                true => Answer::from(same_literal(&source(expr), value)),
                false => Answer::Undecided,
            },
            (Test::Equals(_), Argument::Many(_)) => Answer::No,
            // A default speaks for itself: None is the only one that a kind word can name.
            (Test::Kind(word), Argument::Absent) => Answer::from(*word == Word::None && param.default.as_deref() == Some("None")),
            (Test::Literal | Test::Simple, Argument::Absent) => Answer::Yes,
            (
                Test::Unknown
                | Test::Optional
                | Test::Computed
                | Test::Sliced
                | Test::Narrow
                | Test::Untyped
                | Test::PerhapsIntegers
                | Test::Mask
                | Test::NumpyItems
                | Test::OpenItems
                | Test::NumpyInt
                | Test::Column
                | Test::Halving
                | Test::Chosen
                | Test::DType(_)
                | Test::Names(_),
                Argument::Absent,
            ) => Answer::No,
            (Test::Literal, Argument::One(expr)) => Answer::from(is_literal(expr)),
            (Test::Fraction, Argument::Absent) => Answer::from(param.default.as_deref().is_some_and(is_fraction)),
            (Test::Fraction, Argument::One(expr)) => Answer::from(is_fraction(&source(expr))),
            (Test::Exact, Argument::Absent) => Answer::from(param.default.as_deref().is_some_and(is_exact)),
            (Test::Exact, Argument::One(expr)) => Answer::from(is_exact(&source(expr))),
            (Test::Chosen, Argument::One(expr)) => Answer::from(may_be_end(expr, &source)),
            (Test::Halving, Argument::One(expr)) => Answer::from(is_halving(&source(expr))),
            (Test::Simple, Argument::One(expr)) => Answer::from(is_simple(expr)),
            (Test::Unknown, Argument::One(expr)) => Answer::from(fact(expr).kind.is_unknown()),
            (Test::Optional, Argument::One(expr)) => Answer::from(matches!(fact(expr).kind, Kind::Optional(_))),
            (Test::Computed, Argument::One(expr)) => Answer::from(may_come_out_empty(expr) && is_sequence(&fact(expr).kind)),
            (Test::Sliced, Argument::One(expr)) => {
                Answer::from(matches!(expr, ast::Expr::Subscript(part) if matches!(&*part.slice, ast::Expr::Slice(_))))
            }
            (Test::Narrow, Argument::One(expr)) => Answer::from(is_narrow(&fact(expr).kind)),
            (Test::Untyped, Argument::One(expr)) => Answer::from(is_untyped(&fact(expr).kind) && !gives_floats(expr) && !gives_bools(expr)),
            (Test::PerhapsIntegers, Argument::One(expr)) => {
                Answer::from(is_untyped(&fact(expr).kind) && !has_floats(expr) && !gives_bools(expr))
            }
            (Test::Mask, Argument::One(expr)) => Answer::from(is_untyped(&fact(expr).kind) && is_called_mask(expr)),
            (Test::NumpyInt, Argument::One(expr)) => Answer::from(is_numpy_int(&fact(expr).kind)),
            (Test::NumpyItems, Argument::One(expr)) => Answer::from(has_numpy_items(expr, fact)),
            (Test::OpenItems, Argument::One(expr)) => Answer::from(has_open_items(expr, fact)),
            (Test::Column, Argument::One(expr)) => Answer::from(is_column(expr, fact)),
            (Test::DType(DType::Bool), Argument::One(expr)) if is_untyped(&fact(expr).kind) => Answer::from(gives_bools(expr)),
            (Test::DType(dtype), Argument::One(expr)) => Answer::from(has_dtype(&fact(expr).kind, *dtype)),
            (Test::Names(name), Argument::One(expr)) => Answer::from(is_attribute(expr, name)),
            (Test::Kind(word), Argument::One(expr)) => kind_is(&fact(expr).kind, *word),
            // One item stands for itself; several are sizes written out.
            (test, Argument::Many(items)) => match items[..] {
                [item] if !matches!(item, ast::Expr::Starred(_)) => match test {
                    Test::Literal => Answer::from(is_literal(item)),
                    Test::Simple => Answer::from(is_simple(item)),
                    Test::Unknown => Answer::from(fact(item).kind.is_unknown()),
                    Test::Kind(word) => kind_is(&fact(item).kind, *word),
                    Test::Names(name) => Answer::from(is_attribute(item, name)),
                    Test::Column => Answer::from(is_column(item, fact)),
                    _ => Answer::No,
                },
                _ => match test {
                    Test::Literal => Answer::from(items.iter().all(|item| is_literal(item))),
                    Test::Simple => Answer::from(items.iter().all(|item| is_simple(item))),
                    Test::Kind(Word::Int) => items.iter().map(|item| kind_is(&fact(item).kind, Word::Int)).fold(Answer::Yes, both),
                    Test::Kind(Word::Tensor) if items.len() > 1 => {
                        items.iter().map(|item| kind_is(&fact(item).kind, Word::Tensor)).fold(Answer::Yes, both)
                    }
                    _ => Answer::No,
                },
            },
        };
        if self.negated { answer.not() } else { answer }
    }
}

fn both(a: Answer, b: Answer) -> Answer {
    match (a, b) {
        (Answer::No, _) | (_, Answer::No) => Answer::No,
        (Answer::Undecided, _) | (_, Answer::Undecided) => Answer::Undecided,
        _ => Answer::Yes,
    }
}

fn is_sequence(kind: &Kind) -> bool {
    matches!(kind, Kind::List(_) | Kind::Tuple(_) | Kind::Seq(_) | Kind::Size)
}

pub(super) fn is_numpy(kind: &Kind) -> bool {
    matches!(kind, Kind::Ndarray | Kind::Numpy(_))
}

/// `np.prod(shape)`: one integer of NumPy's own types.
pub fn is_numpy_int(kind: &Kind) -> bool {
    matches!(kind, Kind::Numpy(NumpyKind { is_number: true, is_float: false }))
}

fn is_fraction(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok_and(|number| (0.0..=1.0).contains(&number))
}

/// Sums of such numbers are not rounded: their binary digits end soon.
fn is_halving(text: &str) -> bool {
    text.trim().parse::<u32>().is_ok_and(|number| number.checked_sub(1).is_some_and(u32::is_power_of_two))
}

fn is_exact(text: &str) -> bool {
    text.trim().parse::<f64>().is_ok_and(|number| (number * 256.0).fract() == 0.0 && number.abs() < 65536.0)
}

fn is_narrow(kind: &Kind) -> bool {
    matches!(kind, Kind::Tensor(TensorKind { dtype: Some(DType::UInt8 | DType::Int8 | DType::Int16 | DType::Int32), .. }))
}

pub fn is_untyped(kind: &Kind) -> bool {
    match kind {
        Kind::Unknown => true,
        Kind::Tensor(tensor) => tensor.dtype.is_none(),
        Kind::Optional(inner) => is_untyped(inner),
        _ => false,
    }
}

/// The dtype of a tensor, or of one that may be None, if anything tells it.
pub fn known_dtype(kind: &Kind) -> Option<DType> {
    match kind {
        Kind::Tensor(tensor) => tensor.dtype,
        Kind::Optional(inner) => known_dtype(inner),
        _ => None,
    }
}

fn has_dtype(kind: &Kind, dtype: DType) -> bool {
    matches!(kind, Kind::Tensor(tensor) if tensor.dtype == Some(dtype))
}

/// Literals compare by text, but for the quotes of strings and the spelling of numbers.
fn same_literal(a: &str, b: &str) -> bool {
    let normal = |text: &str| text.trim().replace('"', "'");
    let (a, b) = (normal(a), normal(b));
    a == b || matches!((a.parse::<f64>(), b.parse::<f64>()), (Ok(a), Ok(b)) if a == b)
}

/// `.item()` gives some number: an int or not.
fn int_is(kind: &Kind) -> Answer {
    match kind {
        Kind::Number | Kind::Numpy(_) => Answer::Undecided,
        kind => Answer::from(matches!(kind, Kind::Int)),
    }
}

/// Whether a value of this kind is what the word says.
pub fn kind_is(kind: &Kind, word: Word) -> Answer {
    if let Kind::Optional(inner) = kind {
        // `None` aside, which the caller's own code rules out or handles.
        return if word == Word::None { Answer::Undecided } else { kind_is(inner, word) };
    }
    if kind.is_unknown() {
        return if matches!(word, Word::Any | Word::Ignored) { Answer::Yes } else { Answer::Undecided };
    }
    if let Kind::Numpy(NumpyKind { is_number: false, .. }) = kind
        && !matches!(word, Word::Any | Word::Ignored | Word::Unsupported | Word::Tensor)
    {
        return Answer::Undecided;
    }
    let sequence = is_sequence(kind);
    Answer::from(match word {
        Word::Any | Word::Ignored => true,
        Word::Unsupported => false,
        Word::Tensor => kind.is_tensor(),
        Word::Scalar => kind.is_number(),
        Word::Int | Word::Axis => return int_is(kind),
        Word::Float => kind.is_number() && !matches!(kind, Kind::Bool),
        Word::Bool => matches!(kind, Kind::Bool),
        Word::Str => matches!(kind, Kind::Str),
        Word::None => matches!(kind, Kind::None),
        Word::DType => matches!(kind, Kind::DType | Kind::Name(_)),
        Word::Device => matches!(kind, Kind::Device | Kind::Str),
        Word::Axes => matches!(kind, Kind::Int) || sequence,
        Word::Shape | Word::Tensors | Word::List => sequence || matches!(kind, Kind::ModuleList(_)),
        Word::Size => matches!(kind, Kind::Size),
        // An object of the project that is given as a function has `__call__`.
        Word::Fn => matches!(kind, Kind::Function(_) | Kind::Name(_) | Kind::Instance(_) | Kind::Class(_)) || kind.is_layer(),
        Word::Class => matches!(kind, Kind::Class(_) | Kind::Name(_)),
        Word::Module => kind.is_layer() || matches!(kind, Kind::Instance(_)),
        Word::Generator => matches!(kind, Kind::Library(_)),
        Word::Ndarray => matches!(kind, Kind::Ndarray),
    })
}
