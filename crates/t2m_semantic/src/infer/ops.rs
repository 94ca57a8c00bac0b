//! Operators.

use t2m_syntax::ast;

use super::stmts::Interp;
use crate::kind::{DType, Evidence, Fact, Kind, NumpyKind, TensorKind};
use crate::lattice::{known, present};

fn tensor(kind: &Kind) -> Option<TensorKind> {
    match present(kind) {
        Kind::Tensor(tensor) => Some(*tensor),
        Kind::Parameter => Some(TensorKind::default()),
        _ => None,
    }
}

pub(super) fn is_float(dtype: DType) -> bool {
    matches!(dtype, DType::Float16 | DType::BFloat16 | DType::Float32 | DType::Float64)
}

/// Rank of the result of broadcasting; a Python number has none of its own.
fn rank(left: Option<TensorKind>, right: Option<TensorKind>, other_is_number: bool) -> Option<u8> {
    match (left, right) {
        (Some(a), Some(b)) => a.rank.zip(b.rank).map(|(a, b)| a.max(b)),
        (Some(one), None) | (None, Some(one)) if other_is_number => one.rank,
        _ => None,
    }
}

/// The method behind an operator: `add` of `__add__`, `__radd__` and `__iadd__`.
fn method_name(op: ast::Operator) -> &'static str {
    match op {
        ast::Operator::Add => "add",
        ast::Operator::Sub => "sub",
        ast::Operator::Mult => "mul",
        ast::Operator::MatMult => "matmul",
        ast::Operator::Div => "truediv",
        ast::Operator::Mod => "mod",
        ast::Operator::Pow => "pow",
        ast::Operator::LShift => "lshift",
        ast::Operator::RShift => "rshift",
        ast::Operator::BitOr => "or",
        ast::Operator::BitXor => "xor",
        ast::Operator::BitAnd => "and",
        ast::Operator::FloorDiv => "floordiv",
    }
}

impl Interp<'_, '_> {
    /// Whether `x += y` leaves an object of the project where it is: its class has the method for it.
    pub(super) fn changes_itself(&self, kind: &Kind, op: ast::Operator) -> bool {
        let Kind::Instance(class) = kind else { return false };
        self.world.definitions.method(*class, &format!("__i{}__", method_name(op))).is_some()
    }

    /// What an operator of a class of the project gives: `a + b`, whose class has `__add__`.
    pub(super) fn own_operator(&mut self, left: &Fact, op: ast::Operator) -> Option<Fact> {
        let Kind::Instance(class) = left.kind else { return None };
        let method = self.world.definitions.method(class, &format!("__{}__", method_name(op)))?;
        Some(self.result(method))
    }

    pub(super) fn binary(&self, left: &Fact, right: &Fact, op: ast::Operator) -> Fact {
        let (a, b) = (present(&left.kind), present(&right.kind));
        let (ta, tb) = (tensor(a), tensor(b));
        if *a == Kind::Str {
            let ok =
                matches!(op, ast::Operator::Mod) || matches!((op, b), (ast::Operator::Add, Kind::Str) | (ast::Operator::Mult, Kind::Int));
            return if ok { Fact::new(Kind::Str, left.evidence) } else { Fact::default() };
        }
        if ta.is_some() || tb.is_some() {
            let odd = |kind: &Kind| {
                matches!(
                    kind,
                    Kind::Str | Kind::List(_) | Kind::Seq(_) | Kind::Tuple(_) | Kind::Dict(_) | Kind::Instance(_) | Kind::Ndarray
                )
            };
            if odd(a) || odd(b) {
                return Fact::default();
            }
            let evidence = match (ta, tb) {
                (Some(_), Some(_)) => left.evidence.max(right.evidence),
                (Some(_), None) => left.evidence,
                _ => right.evidence,
            };
            let other = if ta.is_some() { b } else { a };
            let rank = if matches!(op, ast::Operator::MatMult) { None } else { rank(ta, tb, other.is_number()) };
            return Fact::new(Kind::Tensor(TensorKind { rank, dtype: dtype(ta, tb, other, op) }), evidence);
        }
        let kind = match (a, b) {
            (Kind::Int | Kind::Bool, Kind::Int | Kind::Bool) => match op {
                ast::Operator::Div => Kind::Float,
                ast::Operator::Pow => Kind::Number,
                ast::Operator::BitAnd | ast::Operator::BitOr | ast::Operator::BitXor if *a == Kind::Bool && *b == Kind::Bool => Kind::Bool,
                _ => Kind::Int,
            },
            (Kind::Numpy(a), Kind::Numpy(b)) => Kind::Numpy(NumpyKind {
                is_number: a.is_number && b.is_number,
                is_float: a.is_float || b.is_float || matches!(op, ast::Operator::Div),
            }),
            (Kind::Numpy(numpy), number) | (number, Kind::Numpy(numpy)) if number.is_number() => {
                Kind::Numpy(NumpyKind { is_float: numpy.is_float || *number == Kind::Float || matches!(op, ast::Operator::Div), ..*numpy })
            }
            (Kind::Ndarray, Kind::Numpy(_)) | (Kind::Numpy(_), Kind::Ndarray) => Kind::Ndarray,
            _ if a.is_number() && b.is_number() => {
                let is_float = *a == Kind::Float || *b == Kind::Float || matches!(op, ast::Operator::Div);
                if is_float { Kind::Float } else { Kind::Number }
            }
            (Kind::List(_), Kind::List(_)) if matches!(op, ast::Operator::Add) => self.world.join_kinds(a, b),
            (Kind::List(_), Kind::Int) if matches!(op, ast::Operator::Mult) => *a,
            (Kind::Tuple(a), Kind::Tuple(b)) if matches!(op, ast::Operator::Add) => Kind::tuple(a.iter().chain(b.iter()).copied()),
            (Kind::Tuple(_) | Kind::Seq(_) | Kind::Size, Kind::Tuple(_) | Kind::Seq(_) | Kind::Size)
                if matches!(op, ast::Operator::Add) =>
            {
                let item = |kind: &Kind| self.world.item(&Fact::new(*kind, Evidence::Constructed)).kind;
                Kind::seq(self.world.join_kinds(&item(a), &item(b)))
            }
            (Kind::Tuple(_), Kind::Int) if matches!(op, ast::Operator::Mult) => {
                Kind::seq(self.world.item(&Fact::new(*a, left.evidence)).kind)
            }
            (Kind::Ndarray, other) | (other, Kind::Ndarray) if other.is_number() || *other == Kind::Ndarray => Kind::Ndarray,
            _ => Kind::Unknown,
        };
        known(kind, left.evidence.min(right.evidence))
    }

    pub(super) fn unary(&self, op: ast::UnaryOp, operand: &Fact) -> Fact {
        let kind = match (op, present(&operand.kind)) {
            (ast::UnaryOp::Not, _) => return Fact::new(Kind::Bool, Evidence::Constructed),
            (_, Kind::Parameter) => Kind::TENSOR,
            (_, kind @ (Kind::Tensor(_) | Kind::Int | Kind::Float | Kind::Number | Kind::Ndarray | Kind::Numpy(_))) => *kind,
            (_, Kind::Bool) => Kind::Int,
            _ => Kind::Unknown,
        };
        known(kind, operand.evidence)
    }

    pub(super) fn compare(&self, facts: &[Fact], ops: &[ast::CmpOp]) -> Fact {
        let yes_or_no = Fact::new(Kind::Bool, Evidence::Constructed);
        if ops.iter().all(|op| matches!(op, ast::CmpOp::Is | ast::CmpOp::IsNot | ast::CmpOp::In | ast::CmpOp::NotIn)) {
            return yes_or_no;
        }
        let tensors: Vec<_> = facts.iter().map(|fact| tensor(&fact.kind)).collect();
        if let [left, right] = tensors[..]
            && (left.is_some() || right.is_some())
        {
            if facts.iter().any(|fact| matches!(fact.kind, Kind::None | Kind::Str)) {
                return yes_or_no;
            }
            let other = if left.is_some() { &facts[1] } else { &facts[0] };
            let rank = rank(left, right, other.kind.is_number());
            let evidence = facts.iter().zip(&tensors).filter(|(_, tensor)| tensor.is_some()).map(|(fact, _)| fact.evidence).max();
            return Fact::new(Kind::Tensor(TensorKind { rank, dtype: Some(DType::Bool) }), evidence.unwrap_or_default());
        }
        if let [left, right] = facts
            && let (Kind::Ndarray, other) | (other, Kind::Ndarray) = (present(&left.kind), present(&right.kind))
            && (other.is_number() || *other == Kind::Ndarray)
        {
            return Fact::new(Kind::Ndarray, left.evidence.min(right.evidence));
        }
        if let [left, right] = facts
            && let (Kind::Numpy(numpy), other) | (other, Kind::Numpy(numpy)) = (present(&left.kind), present(&right.kind))
            && other.is_number()
        {
            let kind = Kind::Numpy(NumpyKind { is_number: numpy.is_number, is_float: false });
            return Fact::new(kind, left.evidence.min(right.evidence));
        }
        let plain = |kind: &Kind| {
            kind.is_number()
                || matches!(kind, Kind::Str | Kind::None | Kind::Device | Kind::DType | Kind::Size | Kind::Tuple(_) | Kind::List(_))
        };
        if facts.iter().all(|fact| plain(present(&fact.kind)))
            || facts.iter().any(|fact| matches!(fact.kind, Kind::Str | Kind::None | Kind::Size))
        {
            return yes_or_no;
        }
        Fact::default()
    }
}

/// The dtype where no promotion takes place.
fn dtype(left: Option<TensorKind>, right: Option<TensorKind>, other: &Kind, op: ast::Operator) -> Option<DType> {
    // Complex numbers beside others give complex ones; MLX has one kind of them.
    let is_complex = |side: Option<TensorKind>| side.is_some_and(|tensor| tensor.dtype == Some(DType::Complex64));
    if is_complex(left) || is_complex(right) {
        return Some(DType::Complex64);
    }
    let (one, is_pair) = match (left, right) {
        // A tensor without dimensions takes no part, if the other has some and is a float too.
        (Some(a), Some(b)) if a.dtype != b.dtype => {
            let (many, one) = match (a.rank, b.rank) {
                (Some(0), Some(rank)) if rank > 0 => (b, a),
                (Some(rank), Some(0)) if rank > 0 => (a, b),
                _ => return None,
            };
            (many.dtype.filter(|dtype| is_float(*dtype) && one.dtype.is_some())?, true)
        }
        (Some(a), Some(b)) => (a.dtype.filter(|_| a.dtype == b.dtype)?, true),
        (Some(one), None) | (None, Some(one)) => (one.dtype?, false),
        (None, None) => return None,
    };
    let divides = matches!(op, ast::Operator::Div);
    let keeps = is_float(one)
        || (!divides
            && match one {
                DType::Bool => {
                    matches!(op, ast::Operator::BitAnd | ast::Operator::BitOr | ast::Operator::BitXor) && (is_pair || *other == Kind::Bool)
                }
                DType::Complex64 => false,
                _ => is_pair || matches!(other, Kind::Int | Kind::Bool),
            });
    let known_other = is_pair || other.is_number();
    (keeps && known_other).then_some(one)
}
