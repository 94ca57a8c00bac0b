//! A value that is a parameter in one case and a plain tensor in another: `if learned: s = nn.Parameter(s)`. To MLX both are arrays.

use t2m_semantic::FileFacts;
use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, node};

use super::{function_values, given_value};
use crate::callee::{Callee, callee};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::{receiver, storage, views};

/// The mark of a statement that gives a module such a value.
pub(super) fn found<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, value: &'a ast::Expr) -> Option<StmtClaim<'a>> {
    (is_either(cx, value) || given_value::is_given_parameter(cx, value)).then(|| {
        let value = cx.snippet(value);
        let reason = format!("`{value}` is a parameter in one case and a plain tensor in another, which are the same to MLX");
        StmtClaim::todo(Finding::todo(codes::PLAIN_TENSOR, stmt.range(), reason).help("assign the attribute in each case on its own"))
    })
}

fn is_either<'a>(cx: &Cx<'a>, value: &'a ast::Expr) -> bool {
    // Of several functions one makes a parameter, another one a tensor.
    let made = function_values::made(cx, value);
    if made.tensor && made.parameter {
        return true;
    }
    let ast::Expr::Call(call) = value else { return is_made(cx.facts, views::enclosing_body(cx, value), value) };
    if let ast::Expr::Attribute(method) = &*call.func
        && let Some(class) = receiver::self_class(cx, &method.value)
        && let made = function_values::given_by_method(cx, class, &method.attr)
        && made.tensor
        && made.parameter
    {
        return true;
    }
    let Some(Callee { function, .. }) = callee(cx, call) else { return is_made(cx.facts, &[], value) };
    let Some(def) = storage::function_at(&cx.project.file(function.file).source.suite, function.range) else { return false };
    let facts = cx.project_facts.file(function.file);
    let mut either = false;
    node::statements(&def.body, &mut |stmt| {
        if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
            either |= is_made(facts, &def.body, value);
        }
    });
    either
}

/// Whether a value of this body may be `nn.Parameter(t)`, by itself, as one of two values, or by what its name was bound to.
fn is_made(facts: &FileFacts, body: &[ast::Stmt], value: &ast::Expr) -> bool {
    match value {
        ast::Expr::IfExp(choice) => is_made(facts, body, &choice.body) || is_made(facts, body, &choice.orelse),
        ast::Expr::Name(name) => {
            let is_always_run = |at: Node<'_>| matches!(at, Node::Stmt(at) if body.iter().any(|stmt| std::ptr::eq(stmt, at)));
            let earlier = views::bindings(body, &name.id);
            let earlier = earlier.iter().filter(|(_, bound)| bound.range().start() < value.range().start());
            earlier.fold(false, |made, (at, bound)| !bound.is_name_expr() && is_made(facts, &[], bound) || made && !is_always_run(*at))
        }
        _ => receiver::parameter(facts, value).is_some() || receiver::is_initialised_parameter(facts, value),
    }
}
