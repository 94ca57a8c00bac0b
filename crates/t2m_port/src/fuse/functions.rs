//! Functions of the file: which one is called, and whether it only computes.

use t2m_semantic::{Entity, FunctionId, Kind};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use super::{assigned, flow};
use crate::cx::Cx;

pub(super) fn definition<'a>(cx: &Cx<'a>, id: FunctionId) -> Option<(&'a ast::StmtFunctionDef, &'a ast::Stmt)> {
    let info = cx.project_facts.function(id);
    if info.file != cx.id {
        return None;
    }
    function_at(&cx.file.suite, info.range)
}

fn function_at(suite: &[ast::Stmt], range: TextRange) -> Option<(&ast::StmtFunctionDef, &ast::Stmt)> {
    let around = suite.iter().find(|stmt| stmt.range().contains_range(range))?;
    match around {
        ast::Stmt::FunctionDef(def) if def.range == range => Some((def, around)),
        _ => t2m_syntax::node::suites(around).into_iter().find_map(|inner| function_at(inner, range)),
    }
}

/// Whether the body of a function of this file gives names to values, returns, and does nothing else.
pub(super) fn only_computes<'a>(cx: &Cx<'a>, id: FunctionId, depth: usize) -> bool {
    computes_past(cx, id, depth, &|_| false)
}

/// The same, but for statements that make no difference.
pub(super) fn computes_past<'a>(cx: &Cx<'a>, id: FunctionId, depth: usize, is_idle: &dyn Fn(&ast::Stmt) -> bool) -> bool {
    let Some((def, _)) = definition(cx, id) else { return false };
    let Some((last, before)) = def.body.split_last() else { return false };
    depth > 0
        && matches!(last, ast::Stmt::Return(_))
        && before.iter().all(|stmt| is_straight(stmt) || is_idle(stmt))
        && def.body.iter().all(|stmt| is_quiet(cx, stmt, depth))
}

/// A statement that gives names to values.
fn is_straight(stmt: &ast::Stmt) -> bool {
    match stmt {
        ast::Stmt::Assign(_) | ast::Stmt::AnnAssign(_) => assigned::assigned_names(stmt).is_some(),
        ast::Stmt::Assert(_) | ast::Stmt::Pass(_) => true,
        ast::Stmt::Expr(only) => matches!(&*only.value, ast::Expr::Constant(_)),
        _ => false,
    }
}

/// Whether nothing changes in place: no `x.mul_(2)`, `x := 1`, nor a call of something unknown.
fn is_quiet<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, depth: usize) -> bool {
    let mut quiet = true;
    Node::Stmt(stmt).walk(&mut |node| match node {
        Node::Expr(expr @ ast::Expr::Call(call)) if quiet => {
            quiet &= !call.keywords.iter().any(|kw| kw.arg.as_deref() == Some("out"));
            quiet &= match callee_of(cx, call) {
                Some(id) => only_computes(cx, id, depth - 1),
                None => flow::only_computes(cx, expr),
            };
        }
        Node::Expr(ast::Expr::NamedExpr(_) | ast::Expr::Await(_) | ast::Expr::Yield(_) | ast::Expr::YieldFrom(_)) => quiet = false,
        _ => {}
    });
    quiet
}

/// The function of the project that is called by its name or as a method of `self`, or the `forward` of one of its modules.
pub(super) fn callee_of(cx: &Cx<'_>, call: &ast::ExprCall) -> Option<FunctionId> {
    if let Some(Entity::Function(id)) = cx.entity(&call.func) {
        return Some(*id);
    }
    if let Kind::Instance(class) = cx.kind(&call.func) {
        return cx.project_facts.lookup_method(class, "forward");
    }
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let ast::Expr::Name(of) = &*method.value else { return None };
    let class = cx.project_facts.enclosing_class(cx.id, call.range()).filter(|_| of.id.as_str() == "self")?;
    cx.project_facts.lookup_method(class, &method.attr)
}
