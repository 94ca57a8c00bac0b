//! PyTorch calls `forward` through `Module.__call__`; MLX modules define `__call__` themselves.

use t2m_semantic::{ClassId, Entity};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Edit, Node, Piece, Prec, TextRange, ranges};

use super::{Hook, Rule, Shape, replaced_forward};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::imports::is_torch_family;
use crate::names::Module;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "forward", doc: include_str!("forward.md"), hook: Hook::Stmt(definition) };
pub(super) const NAME: Rule = Rule { name: "forward", doc: include_str!("forward.md"), hook: Hook::Expr(&[Shape::Name], named_in_body) };

fn definition<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let (name, range) = match stmt {
        ast::Stmt::FunctionDef(def) => (&def.name, ranges::definition_name(cx.file, stmt)?),
        ast::Stmt::AsyncFunctionDef(def) => (&def.name, ranges::definition_name(cx.file, stmt)?),
        // `forward = _forward_v2` in the class body.
        ast::Stmt::Assign(assign) => match &assign.targets[..] {
            [ast::Expr::Name(name)] => (&name.id, name.range),
            _ => return None,
        },
        _ => return None,
    };
    if name.as_str() != "forward" {
        return None;
    }
    let class = receiver::class_of_body(cx, stmt)?;
    if !receiver::makes_modules(cx, class) {
        return foreign_base(cx, class).map(|base| {
            let reason = format!("`{base}` is not part of the project: if it is a module, `forward` must become `__call__`");
            StmtClaim::todo(Finding::todo(codes::FOREIGN_BASE, range, reason))
        });
    }
    if replaced_forward::dispatches(cx, class) {
        return None;
    }
    if has_call(cx, class) {
        let reason = "the class defines `__call__` too: MLX has no `forward` beside it; merge the two";
        return Some(StmtClaim::todo(Finding::todo(codes::FORWARD, range, reason)));
    }
    let claim = StmtClaim::edit(vec![Edit::text(range, "__call__")]);
    if !looked_at_by_name(cx, stmt) {
        return Some(claim);
    }
    let (text, uses) = cx.member(Module::Compat, "as_forward");
    let decorator = Edit::new(TextRange::empty(stmt.range().start()), vec![Piece::Text(format!("@{text}")), Piece::NewLine(0)]);
    Some(StmtClaim::edit(vec![decorator, Edit::text(range, "__call__")]).uses(uses))
}

/// `f = forward`, in the class body: the method by its bare name.
fn named_in_body<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Name(name) = expr else { return None };
    let Some(Entity::Function(function)) = cx.entity(expr).filter(|_| name.ctx.is_load() && name.id.as_str() == "forward") else {
        return None;
    };
    let class = cx.project_facts.function(*function).class?;
    // Functions in the body, and comprehensions, don't see the names of a class.
    let around =
        cx.ancestors(Node::Expr(expr)).find(|node| matches!(node, Node::Stmt(ast::Stmt::ClassDef(_)) | Node::Expr(ast::Expr::Lambda(_))));
    let Some(Node::Stmt(body)) = around else { return None };
    let is_renamed = receiver::makes_modules(cx, class) && !replaced_forward::dispatches(cx, class) && !has_call(cx, class);
    (is_renamed && cx.project_facts.class_of_stmt(cx.id, body) == Some(class)).then(|| Claim::text("__call__", Prec::Atom))
}

fn has_call(cx: &Cx<'_>, class: ClassId) -> bool {
    let facts = cx.project_facts;
    facts.class(class).mro.iter().any(|base| facts.class(*base).methods.contains_key("__call__"))
}

/// Whether a function of the project decorates the method, in a file that asks for names of functions: it is to see the old name.
fn looked_at_by_name<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let decorators = match stmt {
        ast::Stmt::FunctionDef(def) => &def.decorator_list,
        ast::Stmt::AsyncFunctionDef(def) => &def.decorator_list,
        _ => return false,
    };
    decorators.iter().any(|decorator| {
        let name = if let ast::Expr::Call(call) = decorator { &*call.func } else { decorator };
        let Some(Entity::Function(function)) = cx.entity(name) else { return false };
        cx.shared.survey.compares_names(cx.project_facts.function(*function).file)
    })
}

/// A base from a package that is neither of the project nor known to have nothing to do with modules.
fn foreign_base(cx: &Cx<'_>, class: t2m_semantic::ClassId) -> Option<String> {
    const OTHERS: &[&str] = &["abc", "collections", "dataclasses", "enum", "typing", "typing_extensions", "threading", "unittest"];
    let facts = cx.project_facts;
    facts.class(class).mro.iter().flat_map(|base| &facts.class(*base).bases).flatten().find_map(|base| match base {
        Entity::Library(name) if !is_torch_family(name) && !OTHERS.contains(&name.split('.').next().unwrap_or(name)) => {
            Some(name.to_string())
        }
        _ => None,
    })
}
