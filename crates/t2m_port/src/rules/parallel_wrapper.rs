//! `model.module` of a model that `nn.DataParallel` wrapped: in a port nothing wraps it, so it is the model itself, and nothing is an instance of a wrapper.

use t2m_semantic::Entity;
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::survey::Store;
use crate::{receiver, views};

pub(super) const RULE: Rule = Rule {
    name: "parallel-wrapper",
    doc: include_str!("parallel_wrapper.md"),
    hook: Hook::Expr(&[Shape::Attribute, Shape::Call, Shape::Operation], unwrapped),
};

fn unwrapped<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    match expr {
        ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "module" && attribute.ctx.is_load() => {
            let model = wrapped(cx, attribute)?;
            Some(Claim::build(vec![Piece::Expr(model, Prec::Tuple)], cx.prec(model)))
        }
        ast::Expr::Call(call) if is_isinstance(cx, call) => match &call.args[..] {
            [object, class] if cx.is_pure(object) => are_wrappers(cx, class).then(|| Claim::text("False", Prec::Atom)),
            _ => None,
        },
        ast::Expr::Compare(compare) => {
            let ([op], [classes]) = (&compare.ops[..], &compare.comparators[..]) else { return None };
            let answer = match op {
                ast::CmpOp::In | ast::CmpOp::Is | ast::CmpOp::Eq => "False",
                ast::CmpOp::NotIn | ast::CmpOp::IsNot | ast::CmpOp::NotEq => "True",
                _ => return None,
            };
            (is_type_of_pure(cx, &compare.left) && are_wrappers(cx, classes)).then(|| Claim::text(answer, Prec::Atom))
        }
        _ => None,
    }
}

/// `model` of `model.module`, where it is wrapped.
fn wrapped<'a>(cx: &Cx<'a>, attribute: &'a ast::ExprAttribute) -> Option<&'a ast::Expr> {
    let model = &*attribute.value;
    let is_wrapped = attribute.attr.as_str() == "module"
        && match model {
            ast::Expr::Name(name) => is_bound_to_wrapper(cx, model, &name.id),
            ast::Expr::Attribute(held) => holds_wrapper(cx, held),
            _ => false,
        };
    is_wrapped.then_some(model)
}

/// The model itself, where a place is what a wrapper holds.
pub(super) fn unwrapped_model<'a>(cx: &Cx<'a>, place: &'a ast::Expr) -> &'a ast::Expr {
    place.as_attribute_expr().and_then(|attribute| wrapped(cx, attribute)).unwrap_or(place)
}

/// How a place is written in the port: `model.head` for `model.module.head`.
pub(super) fn place_text<'a>(cx: &Cx<'a>, place: &'a ast::Expr) -> String {
    let text = cx.source(place);
    match place {
        ast::Expr::Attribute(e) if text.contains(".module") => match wrapped(cx, e) {
            Some(model) => place_text(cx, model),
            None => format!("{}.{}", place_text(cx, &e.value), e.attr),
        },
        _ => text.to_owned(),
    }
}

/// `type(model)`
fn is_type_of_pure(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    let is_type = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "type");
    is_type && matches!(&call.args[..], [object] if cx.is_pure(object))
}

/// A wrapper, or several and nothing else.
fn are_wrappers(cx: &Cx<'_>, classes: &ast::Expr) -> bool {
    match classes {
        ast::Expr::Tuple(ast::ExprTuple { elts, .. }) | ast::Expr::List(ast::ExprList { elts, .. }) => {
            !elts.is_empty() && elts.iter().all(|class| is_wrapper(cx, class))
        }
        class => is_wrapper(cx, class),
    }
}

fn is_isinstance(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "isinstance")
}

/// A class that holds a model to run it on several devices, and gives its outputs.
fn is_wrapper(cx: &Cx<'_>, class: &ast::Expr) -> bool {
    cx.qualified(class).is_some_and(|name| name.starts_with("torch.") && name.ends_with("DataParallel") && cx.tables.contains(name))
}

/// `nn.DataParallel(model).cuda()`
pub(super) fn makes_wrapper(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = value else { return false };
    match &*call.func {
        func if is_wrapper(cx, func) => true,
        ast::Expr::Attribute(method) => {
            matches!(method.attr.as_str(), "cuda" | "to" | "train" | "eval") && makes_wrapper(cx, &method.value)
        }
        _ => false,
    }
}

/// In the function, or elsewhere in the file, where the function only uses it.
fn is_bound_to_wrapper<'a>(cx: &Cx<'a>, model: &'a ast::Expr, name: &str) -> bool {
    let makes = |bound: Vec<(Node<'a>, &'a ast::Expr)>| bound.iter().any(|(_, value)| makes_wrapper(cx, value));
    let own = views::bindings(views::enclosing_body(cx, model), name);
    makes(if own.is_empty() { views::bindings(&cx.file.suite, name) } else { own })
}

/// `self.model` of a class that wraps it.
fn holds_wrapper<'a>(cx: &Cx<'a>, held: &'a ast::ExprAttribute) -> bool {
    let Some(class) = receiver::class_of(cx, &held.value) else { return false };
    receiver::family(cx, class).filter(|class| cx.project_facts.class(*class).file == cx.id).any(|class| {
        let stores = cx.shared.survey.stores(class, held.attr.as_str());
        stores.iter().any(|store| matches!(store, Store::Whole(value) if makes_wrapper(cx, value)))
    })
}
