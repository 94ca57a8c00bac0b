//! `self.gate(x) > 0`: what a comparison reads has no gradient in PyTorch, not even one of zeros.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, TextRange};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::hard_uses;
use crate::names::Module;

pub(super) const RULE: Rule =
    Rule { name: "hard-use", doc: include_str!("hard_use.md"), hook: Hook::Expr(&[Shape::Operation], compared_parameters) };

fn compared_parameters<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Compare(compare) = expr else { return None };
    if !hard_uses::compares_values(compare) {
        return None;
    }
    let operands = std::iter::once(&*compare.left).chain(&compare.comparators);
    let hard: Vec<_> = operands.filter(|operand| !operand.is_constant_expr() && hard_uses::has_hard_parameters(cx, operand)).collect();
    if hard.is_empty() {
        return None;
    }
    let (stop, uses) = cx.member(Module::Core, "stop_gradient");
    let edits = hard.into_iter().flat_map(|operand| {
        let (start, end) = (operand.range().start(), operand.range().end());
        [Edit::text(TextRange::empty(start), format!("{stop}(")), Edit::text(TextRange::empty(end), ")")]
    });
    Some(Claim::edit(edits.collect()).uses(uses))
}
