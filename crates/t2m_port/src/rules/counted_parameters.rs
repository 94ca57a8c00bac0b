//! `p for p in model.parameters() if p.requires_grad`: the arrays that are trained.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec, TextRange};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "counted-parameters", doc: include_str!("counted_parameters.md"), hook: Hook::Expr(&[Shape::Other], counted) };

fn counted<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let generators = match expr {
        ast::Expr::GeneratorExp(e) => &e.generators,
        ast::Expr::ListComp(e) => &e.generators,
        _ => return None,
    };
    let [generator] = &generators[..] else { return None };
    let [test] = &generator.ifs[..] else { return None };
    let ast::Expr::Attribute(condition) = true_part(test) else { return None };
    let ast::Expr::Name(parameter) = &generator.target else { return None };
    let ast::Expr::Call(call) = &generator.iter else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let tests_it =
        condition.attr.as_str() == "requires_grad" && matches!(&*condition.value, ast::Expr::Name(name) if name.id == parameter.id);
    let model = &*method.value;
    let is_module = receiver::is_module(cx, model) || matches!(cx.kind(model), Kind::Unknown) && cx.entity(model).is_none();
    if !tests_it || method.attr.as_str() != "parameters" || !call.args.is_empty() || !call.keywords.is_empty() || !is_module {
        return None;
    }
    let (trainable, uses) = cx.member(Module::Compat, "trainable_parameters");
    let pieces = vec![Piece::text(format!("{} in {trainable}(", parameter.id)), Piece::Expr(model, Prec::Named), Piece::text(")")];
    let range = TextRange::new(parameter.range.start(), test.range().end());
    Some(Claim::edit(vec![Edit::new(range, pieces)]).uses(uses))
}

/// What `x is True` and `x == True` ask.
pub(in crate::rules) fn true_part(test: &ast::Expr) -> &ast::Expr {
    match test {
        ast::Expr::Compare(compare) => match (&compare.ops[..], &compare.comparators[..]) {
            ([ast::CmpOp::Is | ast::CmpOp::Eq], [ast::Expr::Constant(flag)]) if flag.value == ast::Constant::Bool(true) => &compare.left,
            _ => test,
        },
        _ => test,
    }
}
