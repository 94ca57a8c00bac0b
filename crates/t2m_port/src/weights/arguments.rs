//! What a call says of the arguments of a layer's constructor.

use t2m_semantic::tables::{Signature, Tables};
use t2m_syntax::ast;

pub(super) struct Arguments<'a> {
    /// `None` for a layer that is made somewhere else.
    call: Option<&'a ast::ExprCall>,
    signature: Option<&'a Signature>,
}

/// One argument.
pub(super) enum Argument<'a> {
    Given(&'a ast::Expr),
    /// Left out: the text of its default.
    Default(&'a str),
    /// It may be anything.
    Unknown,
}

impl<'a> Arguments<'a> {
    pub(super) fn of(tables: &'a Tables, layer: &str, call: Option<&'a ast::ExprCall>) -> Self {
        let is_spread = |call: &&ast::ExprCall| {
            call.keywords.iter().any(|keyword| keyword.arg.is_none()) || call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_)))
        };
        let signature = tables.lookup(layer).next().map(|(_, signature)| signature);
        Self { call: call.filter(|call| !is_spread(call)), signature }
    }

    /// Of an argument whose place is not known, nothing is.
    pub(super) fn find(&self, name: &str) -> Argument<'a> {
        let Some(call) = self.call else { return Argument::Unknown };
        if let Some(keyword) = call.keywords.iter().find(|keyword| keyword.arg.as_deref() == Some(name)) {
            return Argument::Given(&keyword.value);
        }
        let params = self.signature.map_or(&[][..], |signature| &signature.params);
        let Some(place) = params.iter().position(|param| param.name == name) else { return Argument::Unknown };
        match call.args.get(place) {
            Some(value) => Argument::Given(value),
            None => Argument::Default(params[place].default.as_deref().unwrap_or_default()),
        }
    }
}

impl Argument<'_> {
    /// Left out, or `True`.
    pub(super) fn is_usual(&self) -> bool {
        matches!(self, Self::Default(_)) || self.is_true()
    }

    /// The call says so itself.
    pub(super) fn is_true(&self) -> bool {
        matches!(self, Self::Given(ast::Expr::Constant(constant)) if constant.value == ast::Constant::Bool(true))
    }

    /// A whole number that the call says, or that is the default.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Given(value) => size(value),
            Self::Default(text) => text.parse().ok(),
            Self::Unknown => None,
        }
    }

    /// One of several sizes, or the one for all of them.
    pub(super) fn item(&self, place: usize) -> Option<u64> {
        match self {
            Self::Given(value) => match items(value) {
                Some(items) => size(items.get(place)?),
                None => size(value),
            },
            _ => self.size(),
        }
    }

    /// `[3, 4]` of `normalized_shape=(3, 4)`, `[4]` of a number.
    pub(super) fn sizes(&self) -> Option<Vec<Option<u64>>> {
        match self {
            Self::Given(value) => match items(value) {
                Some(items) if !items.iter().any(ast::Expr::is_starred_expr) => Some(items.iter().map(size).collect()),
                _ => size(value).map(|size| vec![Some(size)]),
            },
            _ => self.size().map(|size| vec![Some(size)]),
        }
    }
}

fn items(value: &ast::Expr) -> Option<&[ast::Expr]> {
    match value {
        ast::Expr::Tuple(tuple) => Some(&tuple.elts),
        ast::Expr::List(list) => Some(&list.elts),
        _ => None,
    }
}

/// `16 * 5 * 5`
fn size(value: &ast::Expr) -> Option<u64> {
    match value {
        ast::Expr::Constant(constant) => match &constant.value {
            ast::Constant::Int(value) => value.to_string().parse().ok(),
            _ => None,
        },
        ast::Expr::BinOp(sum) => {
            let (left, right) = (size(&sum.left)?, size(&sum.right)?);
            match sum.op {
                ast::Operator::Add => left.checked_add(right),
                ast::Operator::Sub => left.checked_sub(right),
                ast::Operator::Mult => left.checked_mul(right),
                ast::Operator::FloorDiv => left.checked_div(right),
                ast::Operator::Pow => left.checked_pow(u32::try_from(right).ok()?),
                _ => None,
            }
        }
        _ => None,
    }
}
