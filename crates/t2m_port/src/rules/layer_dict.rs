//! `m.__dict__["p"] = 0.1` of a dropout, whose rate MLX's own layer keeps otherwise.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Piece, Prec};

use super::layer_setting::{setter, sign};
use super::to::sounds_like_module;
use super::{Hook, Rule, Shape, is_configuration, last_name};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;
use crate::receiver;

pub(super) const READ: Rule =
    Rule { name: "layer-setting", doc: include_str!("layer_setting.md"), hook: Hook::Expr(&[Shape::Call, Shape::Subscript], read) };

/// `m.__dict__[name] = value`, `vars(m)[name] = value`
pub(super) fn kept<'a>(cx: &Cx<'a>, target: &'a ast::Expr, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    let ast::Expr::Subscript(item) = target else { return None };
    let object = owner_of_dict(cx, &item.value)?;
    if !may_be_setting(&item.slice) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "set_in_dict");
    let pieces = vec![
        Piece::text(format!("{helper}(")),
        Piece::Expr(object, Prec::Test),
        Piece::text(", {"),
        Piece::Expr(&item.slice, Prec::Test),
        Piece::text(": "),
        Piece::Expr(value, Prec::Test),
        Piece::text("})"),
    ];
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// `m.__dict__.update(settings)`
pub(super) fn updated<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Option<StmtClaim<'a>> {
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let object = if method.attr.as_str() == "update" { owner_of_dict(cx, &method.value)? } else { return None };
    let is_known = |keyword: &ast::Keyword| keyword.arg.as_deref().is_some_and(|name| name != "p");
    if call.args.is_empty() && call.keywords.iter().all(is_known) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "set_in_dict");
    let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(object, Prec::Test)];
    for arg in &call.args {
        pieces.extend([Piece::text(", "), Piece::Expr(arg, Prec::Test)]);
    }
    for keyword in &call.keywords {
        let name = keyword.arg.as_deref().map_or("**".to_owned(), |name| format!("{name}="));
        pieces.extend([Piece::text(format!(", {name}")), Piece::Expr(&keyword.value, Prec::Test)]);
    }
    pieces.push(Piece::text(")"));
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// `m.__dict__["p"] *= value`, `m.__dict__ |= settings`
pub(super) fn changed<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, assign: &'a ast::StmtAugAssign) -> Option<StmtClaim<'a>> {
    let (setter, mut uses) = cx.member(Module::Compat, "set_in_dict");
    if let Some(object) = owner_of_dict(cx, &assign.target) {
        let pieces = vec![
            Piece::text(format!("{setter}(")),
            Piece::Expr(object, Prec::Test),
            Piece::text(", "),
            Piece::Expr(&assign.value, Prec::Test),
            Piece::text(")"),
        ];
        return Some(StmtClaim::replace(pieces).uses(uses));
    }
    let ast::Expr::Subscript(item) = &*assign.target else { return None };
    let object = owner_of_dict(cx, &item.value)?;
    if !may_be_setting(&item.slice) {
        return None;
    }
    if !cx.is_simple(object) || !cx.is_simple(&item.slice) {
        let reason = "MLX's own dropout keeps its rate otherwise: `__dict__` has no `p`";
        return Some(StmtClaim::todo(Finding::todo(codes::UNSUPPORTED, stmt.range(), reason).help("give the layer a name of its own")));
    }
    let (getter, reads) = cx.member(Module::Compat, "get_in_dict");
    uses.extend(&reads);
    let (layer, key) = (cx.source(object), &*item.slice);
    let sign = sign(cx, stmt, assign)?;
    let pieces = vec![
        Piece::text(format!("{setter}({layer}, {{")),
        Piece::Expr(key, Prec::Test),
        Piece::text(format!(": {getter}({layer}, ")),
        Piece::Expr(key, Prec::Test),
        Piece::text(format!(") {sign} ")),
        Piece::Expr(&assign.value, Prec::Unary),
        Piece::text("})"),
    ];
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// `m.__dict__["p"]`, `m.__dict__.get("p")`, `m.__dict__.setdefault("p", 0.1)`
fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (dict, args, helper): (_, Vec<&ast::Expr>, _) = match expr {
        ast::Expr::Subscript(item) if item.ctx.is_load() => (&*item.value, vec![&*item.slice], "get_in_dict"),
        ast::Expr::Call(call) if call.keywords.is_empty() => {
            let ast::Expr::Attribute(method) = &*call.func else { return None };
            let helper = match method.attr.as_str() {
                "get" => "get_in_dict",
                "setdefault" => "set_default_in_dict",
                _ => return None,
            };
            (&*method.value, call.args.iter().collect(), helper)
        }
        _ => return None,
    };
    let object = owner_of_dict(cx, dict)?;
    if !args.first().is_some_and(|name| may_be_setting(name)) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, helper);
    let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(object, Prec::Test)];
    for arg in &args {
        pieces.extend([Piece::text(", "), Piece::Expr(arg, Prec::Test)]);
    }
    pieces.push(Piece::text(if expr.is_call_expr() && args.len() == 1 { ", None)" } else { ")" }));
    Some(Claim::build(pieces, Prec::Atom).uses(uses))
}

/// Whether a key may be that of a setting which MLX's own layers keep otherwise.
fn may_be_setting(key: &ast::Expr) -> bool {
    receiver::string(key).is_none_or(|name| name == "p")
}

/// The layer whose dictionary is read or written to from outside, if it may be MLX's own: `m` of `m.__dict__` and `vars(m)`.
fn owner_of_dict<'a>(cx: &Cx<'a>, dict: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let object = match dict {
        ast::Expr::Attribute(attribute) if attribute.attr.as_str() == "__dict__" => &*attribute.value,
        ast::Expr::Call(call) if matches!(cx.entity(&call.func), Some(Entity::Builtin(name)) if name.as_str() == "vars") => {
            call.args.first()?
        }
        _ => return None,
    };
    let may_be_layer = match cx.kind(object) {
        Kind::Layer(_) | Kind::Module => setter(cx, object, "p").is_some(),
        Kind::Unknown => cx.entity(object).is_none() && !is_configuration(object) && last_name(object).is_some_and(sounds_like_module),
        _ => false,
    };
    may_be_layer.then_some(object)
}
