//! `module.training = mode`: an attribute in PyTorch; in MLX a property that only `train` and `eval` set, for all modules below.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec, ranges};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "training-flag", doc: include_str!("training_flag.md"), hook: Hook::Stmt(assignment) };

fn assignment<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let flags: Vec<&'a ast::ExprAttribute> = assign.targets.iter().filter_map(|target| flag(cx, target)).collect();
    if flags.is_empty() {
        return None;
    }
    if flags.iter().all(|flag| receiver::is_module(cx, &flag.value)) {
        return Some(StmtClaim::edit(flags.into_iter().map(|flag| Edit::text(ranges::attribute_name(flag), "_training")).collect()));
    }
    let ([_], [flag]) = (&assign.targets[..], &flags[..]) else { return None };
    let (helper, uses) = cx.member(Module::Compat, "set_training");
    let pieces = vec![
        Piece::text(format!("{helper}(")),
        Piece::Expr(&flag.value, Prec::Test),
        Piece::text(", "),
        Piece::Expr(&assign.value, Prec::Test),
        Piece::text(")"),
    ];
    Some(StmtClaim::edit(vec![Edit::new(assign.range(), pieces)]).uses(uses))
}

/// `x.training` of a module, or of something that may be one.
fn flag<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Option<&'a ast::ExprAttribute> {
    let ast::Expr::Attribute(attribute) = target else { return None };
    let object = &*attribute.value;
    let may_be = receiver::is_module(cx, object)
        || receiver::self_class(cx, object).is_none()
            && cx.entity(object).is_none()
            && matches!(cx.kind(object), Kind::Unknown | Kind::Optional(_));
    (attribute.attr.as_str() == "training" && may_be).then_some(attribute)
}
