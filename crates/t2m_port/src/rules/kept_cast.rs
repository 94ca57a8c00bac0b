//! `y = x.float()` in front of `y.clamp_(0, 1)`: of the same dtype `y` is `x` itself, and `x` is clamped too.

use t2m_syntax::{Piece, Prec, ast};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::kept_casts::{self, To};
use crate::names::Module;
use crate::rows;

pub(super) const RULE: Rule = Rule { name: "kept-cast", doc: include_str!("kept_cast.md"), hook: Hook::Expr(&[Shape::Call], cast) };

fn cast<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (tensor, to) = kept_casts::kept(cx, expr)?;
    let (helper, mut uses) = cx.member(Module::Compat, "cast");
    let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(tensor, Prec::Test), Piece::text(", ")];
    match to {
        To::DType(name) => {
            let (text, more) = rows::value_text(cx, &name)?;
            uses.extend(&more);
            pieces.push(Piece::text(text));
        }
        To::Like(other) => pieces.extend([Piece::Expr(other, Prec::Atom), Piece::text(".dtype")]),
    }
    pieces.push(Piece::text(")"));
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}
