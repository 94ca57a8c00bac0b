//! `m.p = 0.1` of a dropout: MLX's own layer keeps the setting otherwise, and would not read what is assigned.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec};

use super::{Hook, Rule, Shape, is_configuration, layer_dict, may_lack_arrays};
use crate::claim::{Claim, StmtClaim};
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "layer-setting", doc: include_str!("layer_setting.md"), hook: Hook::Stmt(set) };
pub(super) const PROBE: Rule =
    Rule { name: "layer-setting", doc: include_str!("layer_setting.md"), hook: Hook::Expr(&[Shape::Call], asked) };

/// `m.p = 0.1`, `m.p *= 0.5`, `setattr(m, "p", 0.1)`
fn set<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    match stmt {
        ast::Stmt::Assign(assign) => {
            let [target] = &assign.targets[..] else { return None };
            let ast::Expr::Attribute(target) = target else { return layer_dict::kept(cx, target, &assign.value) };
            stored(cx, &target.value, &target.attr, |_| Some(vec![Piece::Expr(&assign.value, Prec::Test)]))
        }
        ast::Stmt::AugAssign(assign) => {
            if let Some(claim) = layer_dict::changed(cx, stmt, assign) {
                return Some(claim);
            }
            let ast::Expr::Attribute(target) = &*assign.target else { return None };
            stored(cx, &target.value, &target.attr, |reader| {
                let sign = sign(cx, stmt, assign)?;
                let object = Piece::Expr(&target.value, Prec::Test);
                let value = Piece::Expr(&assign.value, Prec::Unary);
                cx.is_simple(&target.value)
                    .then(|| vec![Piece::text(format!("{reader}(")), object, Piece::text(format!(") {sign} ")), value])
            })
        }
        ast::Stmt::Expr(stmt) => {
            if let ast::Expr::Call(call) = &*stmt.value
                && let Some(claim) = layer_dict::updated(cx, call)
            {
                return Some(claim);
            }
            let (object, name, [value]) = probe(cx, &stmt.value, "setattr")? else { return None };
            stored(cx, object, name, |_| Some(vec![Piece::Expr(value, Prec::Test)]))
        }
        _ => None,
    }
}

/// `*` of `m.p *= 0.5`
pub(super) fn sign<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, assign: &'a ast::StmtAugAssign) -> Option<&'a str> {
    Some(cx.source(stmt).get((assign.target.end() - stmt.start()).to_usize()..)?.trim_start().split_once('=')?.0)
}

/// `hasattr(m, "p")`, `getattr(m, "p", 0)`
fn asked<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if let Some((object, name, [] | [_])) = probe(cx, expr, "getattr") {
        return read(cx, expr, object, name);
    }
    let (object, name, []) = probe(cx, expr, "hasattr")? else { return None };
    let may_lack = setter(cx, object, name).is_some() || may_lack(cx, object, name) && !is_asked_again(cx, expr, object, name);
    let ast::Expr::Call(call) = expr else { return None };
    if !may_lack {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "has_layer_setting");
    Some(Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses))
}

/// A setting that MLX's own layers keep otherwise, by its name: the default would stand for it.
fn read<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, object: &'a ast::Expr, name: &str) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    if !cx.tables.contains(&format!("Layer.{name}")) || !may_lack(cx, object, name) {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "get_attribute");
    Some(Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses))
}

/// Whether the object may be a layer of MLX's own that lacks an attribute which PyTorch's has.
fn may_lack<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &str) -> bool {
    let is_array = matches!(name, "bias" | "weight");
    let has_row = |layer: &str| cx.tables.lookup(&format!("{layer}.{name}")).next().is_some();
    match cx.kind(object) {
        Kind::Layer(layer) => is_array && may_lack_arrays(layer.as_str()) || has_row(layer.as_str()),
        Kind::Module | Kind::Unknown => {
            let is_own = cx.entity(object).is_some() || receiver::self_class(cx, object).is_some() || is_configuration(object);
            !is_own && (is_array || has_row("Layer"))
        }
        _ => false,
    }
}

/// `hasattr(m, "bias") and m.bias is not None`: together they say the same of a bias that is `None` and of one that is absent.
fn is_asked_again<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, object: &'a ast::Expr, name: &str) -> bool {
    let Some(Node::Expr(ast::Expr::BoolOp(both))) = cx.parent(expr) else { return false };
    let asks = |value: &ast::Expr| {
        let ast::Expr::Compare(compare) = value else { return false };
        let ([ast::CmpOp::IsNot | ast::CmpOp::NotEq], ast::Expr::Attribute(read)) = (&compare.ops[..], &*compare.left) else {
            return false;
        };
        read.attr.as_str() == name && cx.source(&*read.value) == cx.source(object)
    };
    matches!(both.op, ast::BoolOp::And) && both.values.iter().skip_while(|value| !std::ptr::eq(*value, expr)).any(asks)
}

/// The object, the name and what follows, of a call of `hasattr` or the like with a known name.
fn probe<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, function: &str) -> Option<(&'a ast::Expr, &'a str, &'a [ast::Expr])> {
    let ast::Expr::Call(call) = expr else { return None };
    let [object, name, rest @ ..] = &call.args[..] else { return None };
    let is_it = matches!(cx.entity(&call.func), Some(Entity::Builtin(builtin)) if builtin.as_str() == function);
    is_it.then_some((object, receiver::string(name)?, rest))
}

/// `compat.set_dropout_rate(m, value)`; `value` gets the helper that reads the setting.
fn stored<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &str, value: impl FnOnce(&str) -> Option<Vec<Piece<'a>>>) -> Option<StmtClaim<'a>> {
    let setter = setter(cx, object, name)?;
    let (helper, mut uses) = cx.member(Module::Compat, setter);
    let (reader, reads) = cx.member(Module::Compat, setter.strip_prefix("set_")?);
    let mut pieces = vec![Piece::text(format!("{helper}(")), Piece::Expr(object, Prec::Test), Piece::text(", ")];
    let value = value(&reader)?;
    if value.len() > 1 {
        uses.extend(&reads);
    }
    pieces.extend(value);
    pieces.push(Piece::text(")"));
    Some(StmtClaim::replace(pieces).uses(uses))
}

/// The helper that sets what PyTorch calls `name`, where the layer is or may be MLX's own.
pub(super) fn setter<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &str) -> Option<&'a str> {
    let layer = match cx.kind(object) {
        Kind::Layer(layer) => layer.to_string(),
        Kind::Module => "Layer".to_owned(),
        _ => return None,
    };
    cx.tables.lookup(&format!("{layer}.{name}")).find_map(|(row, _)| row.store.as_deref()?.strip_prefix("compat."))
}
