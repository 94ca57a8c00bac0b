//! `@dataclass class Scaled(nn.Module)`: the constructor that it generates stores tensors as they are given, and MLX would train them.

use t2m_semantic::ClassId;
use t2m_syntax::ast;

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "dataclass-module", doc: include_str!("dataclass_module.md"), hook: Hook::Stmt(class) };

fn class<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::ClassDef(def) = stmt else { return None };
    if def.decorator_list.is_empty() || !cx.text_has("dataclass") || !is_generated(cx, def) {
        return None;
    }
    let class = cx.project_facts.class_of_stmt(cx.id, stmt).filter(|class| receiver::makes_modules(cx, *class))?;
    // The constructor takes the fields of its bases, too.
    let names: Vec<&str> = cx.project_facts.class(class).mro.iter().rev().flat_map(|class| fields_of(cx, *class)).collect();
    if names.is_empty() {
        return None;
    }
    let (helper, uses) = cx.member(Module::Compat, "plain_fields");
    let names: Vec<String> = names.into_iter().map(|name| format!("\"{name}\"")).collect();
    let mut claim = StmtClaim::keep().uses(uses);
    claim.decision.before.push(format!("@{helper}({})", names.join(", ")));
    Some(claim)
}

fn fields_of<'a>(cx: &Cx<'a>, class: ClassId) -> Vec<&'a str> {
    let file = cx.project_facts.class(class).file;
    let def = cx.shared.survey.class_statements(file).iter().find(|(id, _)| *id == class);
    let own = Cx::new(cx.project, cx.project_facts, cx.tables, file, cx.shared);
    // What the class makes a parameter or a buffer itself says so.
    let is_plain = |name: &&str| receiver::family(cx, class).all(|class| cx.shared.survey.declared(class, name).is_none());
    def.map_or_else(Vec::new, |(_, def)| plain_fields(&own, def).into_iter().filter(is_plain).collect())
}

/// Whether `@dataclass` writes the constructor.
fn is_generated<'a>(cx: &Cx<'a>, def: &'a ast::StmtClassDef) -> bool {
    let is_dataclass = |decorator: &'a ast::Expr| match decorator {
        ast::Expr::Call(call) => cx.is_qualified(&call.func, "dataclasses.dataclass"),
        decorator => cx.is_qualified(decorator, "dataclasses.dataclass"),
    };
    let has_own = || def.body.iter().any(|stmt| matches!(stmt, ast::Stmt::FunctionDef(method) if method.name.as_str() == "__init__"));
    def.decorator_list.iter().any(is_dataclass) && !has_own()
}

/// The fields of such a class that may get tensors which are no parameters.
pub(super) fn plain_fields<'a>(cx: &Cx<'a>, def: &'a ast::StmtClassDef) -> Vec<&'a str> {
    if !is_generated(cx, def) {
        return Vec::new();
    }
    let field = |stmt: &'a ast::Stmt| {
        let ast::Stmt::AnnAssign(field) = stmt else { return None };
        let (name, said) = (field.target.as_name_expr()?, cx.source(&*field.annotation));
        let may_be_tensor = ["Tensor", "Any", "object"].iter().any(|word| said.contains(word)) && !said.contains("ClassVar");
        // MLX leaves names that start with an underscore alone.
        (may_be_tensor && !name.id.starts_with('_')).then(|| name.id.as_str())
    };
    def.body.iter().filter_map(field).collect()
}
