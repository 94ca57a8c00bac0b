//! Reads of devices: an array lives in the one memory, which PyTorch would call the CPU.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast;
use t2m_syntax::{Node, Piece, Prec};

use super::places::{is_device, last_name, new_text};
use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule =
    Rule { name: "device", doc: include_str!("device.md"), hook: Hook::Expr(&[Shape::Attribute, Shape::Call, Shape::Operation], device) };

/// Objects that are told where to work: their attribute is their own.
const SETTINGS: &[&str] =
    &["self", "cls", "args", "opt", "opts", "options", "config", "cfg", "conf", "hparams", "flags", "params", "settings"];

fn device<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    match expr {
        ast::Expr::Attribute(attribute) if attribute.ctx.is_load() && cx.entity(expr).is_none() && !is_callee(cx, expr) => {
            match attribute.attr.as_str() {
                "device" => of_value(cx, &attribute.value),
                "type" if is_device(cx, &attribute.value) && !is_plain_string(&attribute.value) => {
                    Some(Claim::build(vec![Piece::Expr(&attribute.value, Prec::Tuple)], cx.prec(&attribute.value)))
                }
                "index" if last_name(&attribute.value).is_some_and(|name| name.to_lowercase().ends_with("device")) => {
                    Some(Claim::text("None", Prec::Atom))
                }
                _ => None,
            }
        }
        ast::Expr::Compare(compare) => comparison(cx, compare),
        ast::Expr::Call(call) => {
            let asks = matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "isinstance") && call.args.len() == 2;
            let is_str = asks && matches!(cx.entity(&call.args[1]), Some(Entity::Builtin(name)) if name == "str");
            let answer = is_str && cx.claim(&call.args[0]).is_some() && string(cx, &call.args[0]).is_some();
            answer.then(|| Claim::text("True", Prec::Atom))
        }
        _ => None,
    }
}

fn is_plain_string(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Constant(_))
}

/// `x.device`
fn of_value<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> Option<Claim<'a>> {
    let here = || Some(Claim::text("\"cpu\"", Prec::Atom));
    let is_array = match value {
        // `next(model.parameters())`
        ast::Expr::Call(call) => matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name == "next"),
        ast::Expr::Attribute(attribute) => matches!(attribute.attr.as_str(), "weight" | "bias"),
        _ => false,
    };
    let kind = cx.kind(value);
    if is_array || kind.is_tensor() {
        return here();
    }
    if receiver::is_module(cx, value) {
        let class = match kind {
            Kind::Instance(class) => Some(class),
            _ => receiver::self_class(cx, value),
        };
        return match class {
            Some(class) if has_attribute(cx, class, "device") => None,
            _ => here(),
        };
    }
    let is_setting = last_name(value).is_some_and(|name| SETTINGS.contains(&name.to_lowercase().as_str()));
    if !kind.is_unknown() || is_setting || matches!(value, ast::Expr::Constant(_)) {
        return None;
    }
    let (text, uses) = cx.member(Module::Compat, "device_of");
    let pieces = vec![Piece::text(format!("{text}(")), Piece::Expr(value, Prec::Test), Piece::text(")")];
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// Whether the class itself says what `self.device` is: an attribute, a property, or a name in its body.
fn has_attribute(cx: &Cx<'_>, class: t2m_semantic::ClassId, name: &str) -> bool {
    let facts = cx.project_facts;
    let known = facts.lookup_method(class, name).is_some() || !facts.lookup_attr(class, name).kind.is_unknown();
    // The attribute may be set in a way that gives it no kind.
    known
        || cx.file.text.contains(&format!("self.{name} ="))
        || facts.class(class).mro.iter().any(|base| facts.class(*base).attrs.contains_key(name))
}

fn is_callee<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(call))) if std::ptr::eq(&*call.func, expr))
}

/// `"cpu" == "cuda"`, after the left side came from a device.
fn comparison<'a>(cx: &Cx<'a>, compare: &'a ast::ExprCompare) -> Option<Claim<'a>> {
    let ([op], [right]) = (&compare.ops[..], &compare.comparators[..]) else { return None };
    let left = string(cx, &compare.left)?;
    cx.claim(&compare.left)?;
    let answer = match op {
        ast::CmpOp::Eq | ast::CmpOp::Is => left == string(cx, right)?,
        ast::CmpOp::NotEq | ast::CmpOp::IsNot => left != string(cx, right)?,
        ast::CmpOp::In | ast::CmpOp::NotIn => {
            let items = match right {
                ast::Expr::Tuple(tuple) => &tuple.elts,
                ast::Expr::List(list) => &list.elts,
                ast::Expr::Set(set) => &set.elts,
                _ => return None,
            };
            let items: Option<Vec<&str>> = items.iter().map(|item| string(cx, item)).collect();
            items?.contains(&left) == matches!(op, ast::CmpOp::In)
        }
        _ => return None,
    };
    Some(Claim::text(if answer { "True" } else { "False" }, Prec::Atom))
}

/// The text of a string that the expression is, or has become.
fn string<'c>(cx: &'c Cx<'_>, expr: &'c ast::Expr) -> Option<&'c str> {
    let left = super::places::residual_of(cx, expr);
    match left {
        ast::Expr::Constant(constant) => constant.value.as_str().map(String::as_str),
        _ => new_text(cx, left)?.strip_prefix('"')?.strip_suffix('"'),
    }
}
