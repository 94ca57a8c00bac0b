//! `model.train()` and `model.eval()` in a project that overrides `train`: PyTorch calls it on every module, MLX on the outermost one only.

use t2m_semantic::{ClassId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange, ranges};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "training-mode", doc: include_str!("training_mode.md"), hook: Hook::Expr(&[Shape::Call], mode_call) };

fn mode_call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let is_train = method.attr.as_str() == "train";
    let is_eval = method.attr.as_str() == "eval" && call.args.is_empty() && call.keywords.is_empty();
    if !is_train && !is_eval || cx.entity(&call.func).is_some() || !cx.shared.overrides_train(cx.project_facts) {
        return None;
    }
    let object = &*method.value;
    let (helper, own) = if receiver::is_super(cx, object) {
        let class = receiver::enclosing_class(cx, Node::Expr(expr)).filter(|class| receiver::makes_modules(cx, *class))?;
        let above = &cx.project_facts.class(class).mro[1..];
        if above.iter().any(|base| defines(cx, *base, &method.attr)) {
            return None;
        }
        (if is_train { "train_below" } else { "eval_" }, Some(super::own_name(cx, object)?))
    } else {
        if !may_hold_others(cx, object) {
            return None;
        }
        (if is_train { "train_" } else { "eval_" }, None)
    };
    let (text, uses) = cx.member(Module::Compat, helper);
    let mut pieces = vec![Piece::text(format!("{text}("))];
    pieces.push(own.map_or(Piece::Expr(object, Prec::Named), Piece::text));
    let func = Edit::new(call.func.range(), pieces);
    let within = ranges::call_arguments(cx.file, call)?;
    let is_empty = call.args.is_empty() && call.keywords.is_empty();
    // The opening parenthesis stands before the object.
    let open = TextRange::new(call.func.range().end(), within.start());
    Some(Claim::edit(vec![func, Edit::text(open, if is_empty { "" } else { ", " })]).uses(uses))
}

/// Whether the mode of a value may have to reach modules of a class that overrides `train`, and the value's own `train` does not see to it.
fn may_hold_others<'a>(cx: &Cx<'a>, object: &'a ast::Expr) -> bool {
    if let Some(class) = receiver::class_of(cx, object) {
        let info = cx.project_facts.class(class);
        return receiver::makes_modules(cx, class) && !info.mro.iter().any(|base| defines(cx, *base, "train"));
    }
    match cx.kind(object) {
        Kind::Unknown => cx.entity(object).is_none(),
        // `nn.BatchNorm2d` holds no modules.
        Kind::Layer(_) => false,
        Kind::Optional(inner) => inner.is_unknown() || !matches!(*inner, Kind::Layer(_)) && cx.project_facts.is_module(&inner),
        kind => cx.project_facts.is_module(&kind),
    }
}

fn defines(cx: &Cx<'_>, class: ClassId, method: &str) -> bool {
    cx.project_facts.class(class).methods.contains_key(method)
}
