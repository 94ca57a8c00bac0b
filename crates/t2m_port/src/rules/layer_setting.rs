//! `m.p = 0.1` of a dropout: MLX's own layer keeps the setting otherwise, and would not read what is assigned.

use t2m_semantic::{Entity, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Piece, Prec};

use super::{Hook, Rule, Shape};
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
            let [ast::Expr::Attribute(target)] = &assign.targets[..] else { return None };
            stored(cx, &target.value, &target.attr, |_| Some(vec![Piece::Expr(&assign.value, Prec::Test)]))
        }
        ast::Stmt::AugAssign(assign) => {
            let ast::Expr::Attribute(target) = &*assign.target else { return None };
            stored(cx, &target.value, &target.attr, |reader| {
                let sign = cx.source(stmt).get((target.end() - stmt.start()).to_usize()..)?.trim_start().split_once('=')?.0.to_owned();
                let object = Piece::Expr(&target.value, Prec::Test);
                let value = Piece::Expr(&assign.value, Prec::Unary);
                cx.is_simple(&target.value)
                    .then(|| vec![Piece::text(format!("{reader}(")), object, Piece::text(format!(") {sign} ")), value])
            })
        }
        ast::Stmt::Expr(stmt) => {
            let (object, name, [value]) = probe(cx, &stmt.value, "setattr")? else { return None };
            stored(cx, object, name, |_| Some(vec![Piece::Expr(value, Prec::Test)]))
        }
        _ => None,
    }
}

/// `hasattr(m, "p")`
fn asked<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let (object, name, []) = probe(cx, expr, "hasattr")? else { return None };
    setter(cx, object, name)?;
    let ast::Expr::Call(call) = expr else { return None };
    let (helper, uses) = cx.member(Module::Compat, "has_layer_setting");
    Some(Claim::edit(vec![Edit::text(call.func.range(), helper)]).uses(uses))
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
fn setter<'a>(cx: &Cx<'a>, object: &'a ast::Expr, name: &str) -> Option<&'a str> {
    let layer = match cx.kind(object) {
        Kind::Layer(layer) => layer.to_string(),
        Kind::Module => "Layer".to_owned(),
        _ => return None,
    };
    cx.tables.lookup(&format!("{layer}.{name}")).find_map(|(row, _)| row.store.as_deref()?.strip_prefix("compat."))
}
