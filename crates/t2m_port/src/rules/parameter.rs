//! `nn.Parameter(t)`: in MLX every array attribute of a module is a parameter.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "parameter", doc: include_str!("parameter.md"), hook: Hook::Expr(&[Shape::Call], parameter) };

fn parameter<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let call = cx.call_of(expr, "torch.nn.Parameter")?;
    let Some(data) = receiver::argument(call, 0, "data") else {
        let (name, uses) = cx.member(Module::Compat, "Parameter");
        return (call.args.is_empty() && call.keywords.is_empty())
            .then(|| Claim::edit(vec![Edit::text(call.func.range(), name)]).uses(uses));
    };
    let claim = Claim::build(vec![Piece::Expr(data, Prec::Test)], cx.prec(data).max(Prec::Test));
    match receiver::argument(call, 1, "requires_grad") {
        Some(flag) if cx.source(flag) != "True" => {
            let reason = "an array can't carry `requires_grad`: freeze it in the module that holds it";
            Some(claim.finding(Finding::todo(codes::FROZEN_PARAMETER, expr.range(), reason)))
        }
        _ => Some(claim),
    }
}
