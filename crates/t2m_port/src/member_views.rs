//! Views of what an object holds that its own methods give: `grid.row(0)`, `grid.diagonal`, `grid[0]`. In MLX they are copies.

use t2m_semantic::{FileFacts, FunctionInfo, Kind, Role};
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use crate::aliases::{self, DEEPEST_CALL};
use crate::cx::Cx;
use crate::{receiver, storage, views, written_arguments};

/// The object whose tensor an expression is a view of.
pub(crate) fn owner<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let (object, member, role) = match expr {
        ast::Expr::Call(call) => match &*call.func {
            ast::Expr::Attribute(method) => (&*method.value, method.attr.as_str(), Role::Method),
            _ => return None,
        },
        ast::Expr::Attribute(property) => (&*property.value, property.attr.as_str(), Role::Property),
        ast::Expr::Subscript(item) => (&*item.value, "__getitem__", Role::Method),
        _ => return None,
    };
    let class = receiver::class_of(cx, object)?;
    let function = cx.project_facts.function(cx.project_facts.lookup_method(class, member)?);
    // Also what other methods give: `return self._row(0)`
    let passes_on = || aliases::summary(cx, function, Vec::new(), DEEPEST_CALL).gives_members();
    (function.role == role && (gives_view(cx, function) || passes_on())).then_some(object)
}

/// Whether a method gives a part of a tensor that `self` holds.
fn gives_view(cx: &Cx<'_>, function: &FunctionInfo) -> bool {
    let Some(def) = storage::function_at(&cx.project.file(function.file).source.suite, function.range) else { return false };
    let facts = cx.project_facts.file(function.file);
    let is_held = |expr: &ast::Expr| match expr {
        ast::Expr::Attribute(own) => views::is_same_name(&own.value, "self") && facts.fact(expr).kind.is_tensor(),
        _ => false,
    };
    let mut found = false;
    node::statements(&def.body, &mut |stmt| {
        if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
            let value = storage::only_value(def, value);
            found |= views::written_view(value).or_else(|| item(facts, value)).is_some_and(is_held);
        }
    });
    found
}

/// What holds an item that is no copy: one by an array is.
fn item<'a>(facts: &FileFacts, value: &'a ast::Expr) -> Option<&'a ast::Expr> {
    let ast::Expr::Subscript(item) = value else { return None };
    matches!(facts.fact(&item.slice).kind, Kind::Int | Kind::Unknown).then_some(&item.value)
}

/// The tensors of an object that a call of its method writes to, as expressions around: `grid.cells` of `grid.clear()`.
pub(crate) fn written<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall) -> Vec<&'a ast::Expr> {
    let ast::Expr::Attribute(method) = &*call.func else { return Vec::new() };
    let Some(class) = receiver::class_of(cx, &method.value) else { return Vec::new() };
    let Some(id) = cx.project_facts.lookup_method(class, &method.attr) else { return Vec::new() };
    let function = cx.project_facts.function(id);
    let Some(def) = storage::function_at(&cx.project.file(function.file).source.suite, function.range) else { return Vec::new() };
    if !written_arguments::writes_member(def, None) {
        return Vec::new();
    }
    let object = cx.source(&*method.value);
    let mut found: Vec<&'a ast::Expr> = Vec::new();
    for stmt in views::enclosing_body(cx, &call.func) {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(expr @ ast::Expr::Attribute(member)) = node else { return };
            let is_new = || found.iter().all(|known| cx.source(*known) != cx.source(expr));
            if expr.range().end() < call.range.start() && cx.source(&*member.value) == object && cx.kind(expr).is_tensor() && is_new() {
                found.push(expr);
            }
        });
    }
    found.retain(|expr| matches!(expr, ast::Expr::Attribute(member) if written_arguments::writes_member(def, Some(&member.attr))));
    found
}
