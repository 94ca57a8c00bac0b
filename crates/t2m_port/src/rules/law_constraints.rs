//! `law.support`, `law.arg_constraints`: the laws of a port check no values, and have no constraints to ask.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;

pub(super) const RULE: Rule =
    Rule { name: "law-constraints", doc: include_str!("law_constraints.md"), hook: Hook::Expr(&[Shape::Attribute], asked) };

fn asked<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Attribute(read) = expr else { return None };
    if !matches!(read.attr.as_str(), "support" | "arg_constraints") {
        return None;
    }
    let Kind::Library(class) = cx.kind(&read.value) else { return None };
    class.as_static().starts_with("torch.distributions.").then(|| {
        let reason = format!("`{}`: distributions check no values in the port, and have no constraints", read.attr);
        Claim::todo(Finding::todo(codes::UNSUPPORTED, expr.range(), reason).help("compare the values with the bounds yourself"))
    })
}
