//! `self.head.weight = self.emb.weight`: one parameter under two names.

use t2m_semantic::Kind;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::names::Module;

pub(super) const RULE: Rule = Rule { name: "tied-weight", doc: include_str!("tied_weight.md"), hook: Hook::Stmt(tie) };

fn tie<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Assign(assign) = stmt else { return None };
    let [target @ ast::Expr::Attribute(to)] = &assign.targets[..] else { return None };
    let value @ ast::Expr::Attribute(from) = &*assign.value else { return None };
    let is_weight = |name: &str| matches!(name, "weight" | "bias");
    let kind = cx.kind(value);
    let may_tie = kind == Kind::Parameter || is_weight(&to.attr) && is_weight(&from.attr);
    if !may_tie || !(kind.is_unknown() || kind.is_tensor()) {
        return None;
    }
    let todo = |reason: &str| Some(StmtClaim::todo(Finding::todo(codes::TIED_WEIGHT, stmt.range(), reason)));
    let (Some((root, target)), Some((source_root, source))) = (path(target), path(value)) else {
        return todo("weights are tied under computed names: use `compat.tie_weights(module, target, source)`");
    };
    if root.id != source_root.id {
        return todo("weights of two modules are tied: use `compat.tie_weights` on a module that holds both");
    }
    let (helper, uses) = cx.member(Module::Compat, "tie_weights");
    let text = format!("{helper}({}, \"{target}\", \"{source}\")", root.id);
    Some(StmtClaim::replace(vec![t2m_syntax::Piece::text(text)]).uses(uses))
}

/// `self.layers[0].weight`: the name at the root and the path below it, `layers.0.weight`.
fn path(expr: &ast::Expr) -> Option<(&ast::ExprName, String)> {
    let join = |(root, path): (_, String), name: &str| (root, if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") });
    match expr {
        ast::Expr::Name(name) => Some((name, String::new())),
        ast::Expr::Attribute(attribute) => Some(join(path(&attribute.value)?, &attribute.attr)),
        ast::Expr::Subscript(subscript) => match &*subscript.slice {
            ast::Expr::Constant(constant) => match &constant.value {
                ast::Constant::Int(index) => Some(join(path(&subscript.value)?, &index.to_string())),
                ast::Constant::Str(key) => Some(join(path(&subscript.value)?, key)),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}
