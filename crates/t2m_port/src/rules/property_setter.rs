//! `@size.setter` of a module's property. `Module.__setattr__` of MLX puts arrays, lists, tuples and dictionaries past it into the module's own dict.

use t2m_syntax::ast;
use t2m_syntax::{Edit, Node, Piece, TextRange, ranges};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "property-setter", doc: include_str!("property_setter.md"), hook: Hook::Stmt(setter) };

fn setter<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if !is_setter(stmt) {
        return None;
    }
    let Some(Node::Stmt(ast::Stmt::ClassDef(class))) = cx.parent(stmt) else { return None };
    let id = receiver::enclosing_class(cx, Node::Stmt(stmt)).filter(|class| receiver::makes_modules(cx, *class))?;
    let is_first = class.body.iter().find(|other| is_setter(other)).is_some_and(|first| std::ptr::eq(first, stmt));
    if !is_first || cx.project_facts.lookup_method(id, "__setattr__").is_some() {
        return None;
    }
    let at = TextRange::empty(ranges::decorated(cx.file, stmt).start());
    let (set, uses) = cx.member(Module::Compat, "set_by_property");
    Some(StmtClaim::edit(vec![Edit::new(at, vec![Piece::text(format!("__setattr__ = {set}()")), Piece::NewLine(0)])]).uses(uses))
}

/// `@name.setter`
fn is_setter(stmt: &ast::Stmt) -> bool {
    let ast::Stmt::FunctionDef(def) = stmt else { return false };
    def.decorator_list.iter().any(|decorator| matches!(decorator, ast::Expr::Attribute(of) if of.attr.as_str() == "setter"))
}
