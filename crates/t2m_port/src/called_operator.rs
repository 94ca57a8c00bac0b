//! Operators that are called: `torch.mul(x, scale)`, `x.sub(y)`. Which functions are operators, their rows say.

use t2m_semantic::tables::Then;
use t2m_syntax::Prec;
use t2m_syntax::ast;

use crate::cx::Cx;

pub(crate) struct CalledOperator<'a> {
    /// Ex) `*`
    pub(crate) sign: &'a str,
    pub(crate) prec: Prec,
    pub(crate) left: &'a ast::Expr,
    pub(crate) right: &'a ast::Expr,
}

impl<'a> CalledOperator<'a> {
    /// Of a call without keywords: `alpha` and `rounding_mode` make it another operation.
    pub(crate) fn of(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<Self> {
        let (name, left, right) = match (cx.qualified(&call.func), &*call.func, &call.args[..]) {
            (Some(name), _, [left, right]) => (name.to_owned(), left, right),
            (None, ast::Expr::Attribute(method), [right]) if cx.kind(&method.value).is_tensor() => {
                (format!("Tensor.{}", method.attr), &*method.value, right)
            }
            _ => return None,
        };
        if !call.keywords.is_empty() {
            return None;
        }
        let mut cases = cx.tables.lookup(&name).filter(|(row, _)| !row.in_place).flat_map(|(row, _)| &row.cases);
        let (sign, prec) = cases.find_map(|case| match &case.then {
            Then::Template(text) => arithmetic(text.strip_prefix("{input} ")?.strip_suffix(" {other}")?),
            _ => None,
        })?;
        Some(Self { sign, prec, left, right })
    }

    /// The operand beside this one.
    pub(crate) fn beside(&self, operand: &ast::Expr) -> &'a ast::Expr {
        if std::ptr::eq(self.left, operand) { self.right } else { self.left }
    }
}

fn arithmetic(sign: &str) -> Option<(&str, Prec)> {
    match sign {
        "+" | "-" => Some((sign, Prec::Arith)),
        "*" | "/" => Some((sign, Prec::Term)),
        _ => None,
    }
}
