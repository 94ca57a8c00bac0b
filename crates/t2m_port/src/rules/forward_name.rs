//! `"forward"` as the name of an attribute: `getattr(cls, "forward")`, `"forward" in cls.__dict__`. The method is called `__call__` in the port.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::Node;
use t2m_syntax::Prec;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule, Shape, replaced_forward};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "forward-name", doc: include_str!("forward_name.md"), hook: Hook::Expr(&[Shape::Constant], name) };

fn name<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Constant(constant) = expr else { return None };
    if constant.value.as_str().is_none_or(|text| text != "forward") {
        return None;
    }
    let (object, stores) = place(cx, expr)?;
    if receiver::class_of(cx, object).is_some_and(|class| replaced_forward::dispatches(cx, class)) {
        return None;
    }
    if receiver::is_module_class(cx, object) || !stores && receiver::is_module(cx, object) {
        let quote = cx.source(expr).chars().next().filter(|c| matches!(c, '"' | '\''))?;
        return Some(Claim::text(format!("{quote}__call__{quote}"), Prec::Atom));
    }
    let is_unknown = cx.entity(object).is_none() && matches!(cx.kind(object), Kind::Unknown | Kind::Optional(_));
    if !is_unknown && !receiver::is_module(cx, object) {
        return None;
    }
    let reason = match stores {
        true => "`forward` is replaced on an object: MLX looks `__call__` up on the class; make a subclass, or call the function itself",
        false => "`forward` of a module is `__call__` in the port, and nothing says whether this is one",
    };
    Some(Claim::todo(Finding::todo(codes::FORWARD, expr.range(), reason)))
}

/// The object whose attribute a text names, and whether it is stored or deleted.
fn place<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(&'a ast::Expr, bool)> {
    let Node::Expr(parent) = cx.parent(expr)? else { return None };
    match parent {
        ast::Expr::Call(call) if call.args.get(1).is_some_and(|arg| std::ptr::eq(arg, expr)) => {
            let object = call.args.first()?;
            match cx.entity(&call.func)? {
                Entity::Builtin(name) if matches!(name.as_str(), "getattr" | "hasattr") => Some((object, false)),
                Entity::Builtin(name) if matches!(name.as_str(), "setattr" | "delattr") => Some((object, true)),
                Entity::Library(name) if *name == "inspect.getattr_static" => Some((object, false)),
                _ => None,
            }
        }
        // `cls.__dict__.get("forward")`
        ast::Expr::Call(call) if call.args.first().is_some_and(|arg| std::ptr::eq(arg, expr)) => match &*call.func {
            ast::Expr::Attribute(method) if matches!(method.attr.as_str(), "get" | "pop") => {
                Some((namespace(cx, &method.value)?, method.attr.as_str() == "pop"))
            }
            _ => None,
        },
        ast::Expr::Subscript(item) => Some((namespace(cx, &item.value)?, !matches!(item.ctx, ast::ExprContext::Load))),
        ast::Expr::Compare(compare) if std::ptr::eq(&*compare.left, expr) => match (&compare.ops[..], &compare.comparators[..]) {
            ([ast::CmpOp::In | ast::CmpOp::NotIn], [names]) => Some((namespace(cx, names)?, false)),
            _ => None,
        },
        _ => None,
    }
}

/// The object of `object.__dict__`, `vars(object)` and `dir(object)`.
fn namespace<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    match expr {
        ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "__dict__" => Some(&attribute.value),
        ast::Expr::Call(call) => match (cx.entity(&call.func)?, &call.args[..]) {
            (Entity::Builtin(name), [object]) if matches!(name.as_str(), "vars" | "dir") => Some(object),
            _ => None,
        },
        _ => None,
    }
}
