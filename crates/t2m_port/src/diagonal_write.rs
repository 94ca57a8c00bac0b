//! `x.diagonal().add_(y)`: the diagonal is a view in PyTorch and a copy in MLX, so the write says where the values go.

use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use crate::cx::Cx;
use crate::names::{Module, Uses};

/// A diagonal that is written to: of which tensor, and which one.
pub(crate) struct Diagonal<'a> {
    pub(crate) base: &'a ast::Expr,
    args: &'a [ast::Expr],
    keywords: &'a [ast::Keyword],
}

/// `x.diagonal(...)` and `torch.diagonal(x, ...)` of what can be named again.
pub(crate) fn diagonal<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<Diagonal<'a>> {
    let ast::Expr::Call(call) = target else { return None };
    let (base, args) = if cx.is_qualified(&call.func, "torch.diagonal") {
        let (base, args) = call.args.split_first()?;
        (base, args)
    } else {
        let ast::Expr::Attribute(method) = &*call.func else { return None };
        let is_method = method.attr.as_str() == "diagonal" && cx.entity(&call.func).is_none();
        (is_method.then_some(&*method.value)?, &call.args[..])
    };
    let is_plain = !args.iter().any(ast::Expr::is_starred_expr)
        && call.keywords.iter().all(|keyword| keyword.arg.as_deref().is_some_and(|name| ["offset", "dim1", "dim2"].contains(&name)));
    let is_owner = matches!(base, ast::Expr::Name(_) | ast::Expr::Attribute(_)) && cx.is_simple(base);
    (is_plain && is_owner).then_some(Diagonal { base, args, keywords: &call.keywords })
}

impl<'a> Diagonal<'a> {
    /// The call of a helper that puts these values on the diagonal: of a copy, or of the tensor itself.
    pub(crate) fn by(&self, cx: &Cx<'a>, helper: &str, value: Vec<Piece<'a>>, prec: Prec) -> (Vec<Piece<'a>>, Uses) {
        let (helper, uses) = cx.member(Module::Compat, helper);
        let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(self.base, Prec::Named), Piece::text(", ")];
        let is_tuple = prec == Prec::Tuple;
        pieces.extend(is_tuple.then(|| Piece::text("(")));
        pieces.extend(value);
        pieces.extend(is_tuple.then(|| Piece::text(")")));
        for arg in self.args {
            pieces.extend([Piece::text(", "), Piece::Expr(arg, Prec::Named)]);
        }
        for keyword in self.keywords {
            let name = keyword.arg.as_deref().unwrap_or_default();
            pieces.extend([Piece::text(format!(", {name}=")), Piece::Expr(&keyword.value, Prec::Test)]);
        }
        pieces.push(Piece::text(")"));
        (pieces, uses)
    }
}
