//! `hasattr(F, "scaled_dot_product_attention")`: a program asks what this version of PyTorch has. In the port the answer is what the tables have.

use t2m_semantic::tables::{Row, Then};
use t2m_semantic::{Entity, canonical_name};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec};

use super::{Hook, Rule, Shape};
use crate::claim::Claim;
use crate::cx::Cx;
use crate::imports::is_torch_family;
use crate::names::Module;
use crate::{receiver, rows};

pub(super) const RULE: Rule =
    Rule { name: "feature-probe", doc: include_str!("feature_probe.md"), hook: Hook::Expr(&[Shape::Call], probe) };
pub(super) const ABSENT: Rule =
    Rule { name: "feature-probe", doc: include_str!("feature_probe.md"), hook: Hook::Expr(&[Shape::Operation], absent) };

fn probe<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if let Some(claim) = optimizer_signature(cx, expr) {
        return Some(claim);
    }
    let (member, default) = match builtin_call(cx, expr)? {
        ("hasattr", [module, name]) => (member_of(cx, module, name)?, None),
        ("getattr", [module, name]) => (member_of(cx, module, name)?, None),
        ("getattr", [module, name, default]) => (member_of(cx, module, name)?, Some(default)),
        _ => return None,
    };
    if matches!(builtin_call(cx, expr), Some(("hasattr", _))) {
        let answer = if is_ported(cx, &member) || is_module(cx, &member) { "True" } else { "False" };
        return Some(Claim::text(answer, Prec::Atom));
    }
    // What is called at once is bound to a row's parameters only if the name is written plainly.
    if let Some((text, uses)) = rows::value_text(cx, &member).filter(|_| !receiver::is_callee(cx, expr)) {
        return Some(Claim::text(text, Prec::Atom).uses(uses));
    }
    Some(Claim::build(vec![Piece::Expr(default?, Prec::Atom)], Prec::Atom))
}

/// `new_fft is None`, behind `try: import torch.fft as new_fft`: a module of torch that is imported is there.
fn absent<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Compare(compare) = expr else { return None };
    if let Some(claim) = loaded(cx, compare) {
        return Some(claim);
    }
    let ([op], [ast::Expr::Constant(right)]) = (&compare.ops[..], &compare.comparators[..]) else { return None };
    let name = cx.qualified(&compare.left).filter(|name| is_torch_family(name) && right.value.is_none())?;
    let answer = match op {
        ast::CmpOp::Is | ast::CmpOp::Eq => "False",
        ast::CmpOp::IsNot | ast::CmpOp::NotEq => "True",
        _ => return None,
    };
    is_module(cx, name).then(|| Claim::text(answer, Prec::Atom))
}

/// `"torch.fft" in sys.modules`: what PyTorch brings along is there; the package itself is MLX's.
fn loaded<'a>(cx: &Cx<'a>, compare: &'a ast::ExprCompare) -> Option<Claim<'a>> {
    let ([op], [modules]) = (&compare.ops[..], &compare.comparators[..]) else { return None };
    if cx.qualified(modules) != Some("sys.modules") {
        return None;
    }
    let name = receiver::string(&compare.left)?;
    if name == "torch" {
        return Some(Claim::edit(vec![Edit::text(compare.left.range(), "\"mlx\"")]));
    }
    let answer = match op {
        ast::CmpOp::In => "True",
        ast::CmpOp::NotIn => "False",
        _ => return None,
    };
    (name.starts_with("torch.") && is_module(cx, name)).then(|| Claim::text(answer, Prec::Atom))
}

/// `inspect.signature(torch.optim.AdamW)`: asks which options there are, and the helper of that name has those that mean something.
fn optimizer_signature<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let call = cx.call_of(expr, "inspect.signature")?;
    let [class] = &call.args[..] else { return None };
    let name = cx.qualified(class)?;
    let is_optimizer = |row: &Row| row.check.as_deref() == Some("optimizer");
    if !cx.tables.lookup(name).any(|(row, _)| is_optimizer(row)) {
        return None;
    }
    let (text, uses) = cx.member(Module::Compat, name.rsplit('.').next()?);
    Some(Claim::edit(vec![Edit::text(class.range(), text)]).uses(uses))
}

/// A call of a builtin function, with plain arguments.
fn builtin_call<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<(&'a str, &'a [ast::Expr])> {
    let ast::Expr::Call(call) = expr else { return None };
    match cx.entity(&call.func)? {
        Entity::Builtin(name) if call.keywords.is_empty() => Some((name.as_str(), &call.args[..])),
        _ => None,
    }
}

/// The full name of a member of a torch module: of `torch.compiler` and `"disable"`.
fn member_of<'a>(cx: &Cx<'a>, module: &'a ast::Expr, name: &'a ast::Expr) -> Option<String> {
    let module = match builtin_call(cx, module) {
        Some(("getattr", [outer, inner] | [outer, inner, _])) => member_of(cx, outer, inner)?,
        _ => cx.qualified(module)?.to_owned(),
    };
    let name = receiver::string(name)?;
    (is_torch_family(&module) && is_module(cx, &module)).then(|| canonical_name(&format!("{module}.{name}")))
}

/// A name below which the tables know names, and which is none of them itself.
fn is_module(cx: &Cx<'_>, name: &str) -> bool {
    let is_below = |full: &str| full.strip_prefix(name).is_some_and(|rest| rest.starts_with('.'));
    !cx.tables.contains(name) && cx.tables.rows().iter().flat_map(|row| &row.signatures).any(|signature| is_below(&signature.name))
}

/// Whether a row can say the name, or a rule speaks for it.
fn is_ported(cx: &Cx<'_>, name: &str) -> bool {
    crate::support::is_by_rule(name)
        || cx.tables.lookup(name).any(|(row, _)| row.cases.iter().any(|case| !matches!(case.then, Then::Todo { .. })))
}
