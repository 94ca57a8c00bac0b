//! `@lru_cache` on a method keeps results by `self`. PyTorch's modules have the hash of an object, MLX's are dicts, which have none.

use t2m_syntax::ast;
use t2m_syntax::{Edit, Node, Piece, TextRange, ranges};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::cx::Cx;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "cached-method", doc: include_str!("cached_method.md"), hook: Hook::Stmt(cached) };

fn cached<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if !is_cached(cx, stmt) {
        return None;
    }
    let Some(Node::Stmt(ast::Stmt::ClassDef(class))) = cx.parent(stmt) else { return None };
    let id = receiver::enclosing_class(cx, Node::Stmt(stmt)).filter(|class| receiver::makes_modules(cx, *class))?;
    let is_first = class.body.iter().find(|other| is_cached(cx, other)).is_some_and(|first| std::ptr::eq(first, stmt));
    let has_own = ["__hash__", "__eq__"].iter().any(|name| cx.project_facts.lookup_method(id, name).is_some());
    if !is_first || has_own {
        return None;
    }
    let at = TextRange::empty(ranges::decorated(cx.file, stmt).start());
    let hash = Piece::text("__hash__ = object.__hash__");
    Some(StmtClaim::edit(vec![Edit::new(at, vec![hash, Piece::NewLine(0)])]))
}

/// A method with `self` that `functools` keeps the results of.
fn is_cached(cx: &Cx<'_>, stmt: &ast::Stmt) -> bool {
    let ast::Stmt::FunctionDef(def) = stmt else { return false };
    let keeps = |decorator: &ast::Expr| {
        let decorator = if let ast::Expr::Call(call) = decorator { &*call.func } else { decorator };
        matches!(cx.qualified(decorator), Some("functools.lru_cache" | "functools.cache"))
    };
    let is_static =
        |decorator: &ast::Expr| matches!(decorator, ast::Expr::Name(name) if matches!(name.id.as_str(), "staticmethod" | "classmethod"));
    def.decorator_list.iter().any(keeps) && !def.decorator_list.iter().any(is_static)
}
