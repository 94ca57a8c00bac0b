//! `m.p = 0.1` of a dropout: MLX's own layer keeps the setting otherwise, and would not read what is assigned.

use t2m_semantic::Kind;
use t2m_syntax::ast;
use t2m_syntax::{Piece, Prec};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;

pub(super) const RULE: Rule = Rule { name: "layer-setting", doc: include_str!("layer_setting.md"), hook: Hook::Stmt(set) };

fn set<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [ast::Expr::Attribute(target)] = &assign.targets[..] else { return None };
    let layer = match cx.kind(&target.value) {
        Kind::Layer(layer) => layer.to_string(),
        Kind::Module => "Layer".to_owned(),
        _ => return None,
    };
    let name = format!("{layer}.{}", target.attr);
    let helper = cx.tables.lookup(&name).find_map(|(row, _)| row.store.as_deref()?.strip_prefix("compat."))?;
    let (helper, uses) = cx.member(Module::Compat, helper);
    let pieces = vec![
        Piece::text(format!("{helper}(")),
        Piece::Expr(&target.value, Prec::Test),
        Piece::text(", "),
        Piece::Expr(&assign.value, Prec::Test),
        Piece::text(")"),
    ];
    Some(StmtClaim::replace(pieces).uses(uses))
}
