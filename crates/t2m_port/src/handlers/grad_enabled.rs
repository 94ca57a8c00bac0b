//! `torch.is_grad_enabled()` is true where nothing says otherwise, and false in a `no_grad` block or function. Where callers may have switched gradients off,
//! nothing in MLX tells: only who asks for no more than how to compute the same values gets an answer.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, Prec};

use super::Call;
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::rules::{NO_GRAD, is_off_at, last_name};

pub(super) fn grad_enabled<'a>(cx: &Cx<'a>, call: &Call<'_, 'a>) -> Result<Option<Claim<'a>>, Finding> {
    let func = &*call.call.func;
    if is_off_at(cx, func) {
        return Ok(Some(Claim::text("False", Prec::Atom)));
    }
    let Some(Node::Expr(asked)) = cx.parent(func) else { return Ok(None) };
    if decides(cx, asked, DEPTH) && may_be_off(cx, asked) {
        let reason = "callers may switch gradients off, which nothing in MLX tells: say it by an argument or an attribute";
        return Err(Finding::todo(codes::NO_GRAD_CHANGE, call.call.range(), reason));
    }
    Ok(None)
}

/// A name that holds the answer to another name's question: longer chains are taken to decide.
const DEPTH: usize = 3;

/// Whether a function around an expression may run where gradients are off.
fn may_be_off<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> bool {
    let around = cx.ancestors(Node::Expr(expr)).filter_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def.name.as_str()),
        Node::Stmt(ast::Stmt::AsyncFunctionDef(def)) => Some(def.name.as_str()),
        _ => None,
    });
    let around: Vec<&str> = around.collect();
    !around.is_empty() && cx.shared.switched_off(cx.project_facts).may_run(cx, &around)
}

/// What stands beside the question where it chooses between two ways to the same values, or is no question in MLX.
const SAME_VALUES: &[&str] = &["checkpoint", ".requires_grad", ".is_cuda"];

/// Whether values may depend on the answer.
fn decides<'a>(cx: &Cx<'a>, expr: &'a ast::Expr, depth: usize) -> bool {
    if depth == 0 {
        return true;
    }
    match cx.parent(expr) {
        Some(Node::Expr(up)) => match up {
            ast::Expr::BoolOp(both) => {
                let is_same = |other: &&ast::Expr| SAME_VALUES.iter().any(|name| cx.source(*other).contains(name));
                !(both.op == ast::BoolOp::And && both.values.iter().any(|value| is_same(&value))) && decides(cx, up, depth)
            }
            ast::Expr::UnaryOp(_) | ast::Expr::Compare(_) => decides(cx, up, depth),
            ast::Expr::Call(call) if !std::ptr::eq(&*call.func, expr) => !switches(cx, call) && !is_recorded(call, expr),
            _ => true,
        },
        Some(Node::Stmt(stmt)) => match stmt {
            ast::Stmt::If(choice) => !(computes_the_same(cx, &choice.body) && computes_the_same(cx, &choice.orelse)),
            ast::Stmt::Assert(_) | ast::Stmt::Expr(_) => false,
            ast::Stmt::Assign(assign) => match &assign.targets[..] {
                [target @ (ast::Expr::Name(_) | ast::Expr::Attribute(_))] => {
                    reads(cx, target).into_iter().any(|read| decides(cx, read, depth - 1))
                }
                _ => true,
            },
            _ => true,
        },
        _ => true,
    }
}

/// `torch.set_grad_enabled(torch.is_grad_enabled() and flag)`, `x.requires_grad_(torch.is_grad_enabled())`
fn switches(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    cx.qualified(&call.func).is_some_and(|name| NO_GRAD.contains(&name)) || last_name(&call.func) == Some("requires_grad_")
}

/// `torch.zeros(3, requires_grad=torch.is_grad_enabled())`
fn is_recorded(call: &ast::ExprCall, argument: &ast::Expr) -> bool {
    let name = call.keywords.iter().find(|keyword| std::ptr::eq(&keyword.value, argument)).and_then(|keyword| keyword.arg.as_deref());
    matches!(name, Some("requires_grad" | "create_graph" | "retain_graph"))
}

/// Where the file reads a name or attribute that holds the answer.
fn reads<'a>(cx: &Cx<'a>, target: &'a ast::Expr) -> Vec<&'a ast::Expr> {
    let mut found = Vec::new();
    for stmt in &cx.file.suite {
        Node::Stmt(stmt).walk(&mut |node| match (node, target) {
            (Node::Expr(expr @ ast::Expr::Name(read)), ast::Expr::Name(own)) if read.id == own.id && read.ctx.is_load() => found.push(expr),
            (Node::Expr(expr @ ast::Expr::Attribute(read)), ast::Expr::Attribute(own)) if read.attr == own.attr && read.ctx.is_load() => {
                found.push(expr);
            }
            _ => {}
        });
    }
    found
}

/// Methods that say what is to be recorded, and no more.
const RECORDS: &[&str] = &["retain_grad", "requires_grad_", "register_hook"];

/// Whether statements only recompute, record, or complain.
fn computes_the_same(cx: &Cx<'_>, suite: &[ast::Stmt]) -> bool {
    suite.iter().all(|stmt| match stmt {
        ast::Stmt::Pass(_) | ast::Stmt::Raise(_) | ast::Stmt::Assert(_) => true,
        ast::Stmt::Expr(statement) => match &*statement.value {
            ast::Expr::Call(call) => {
                last_name(&call.func).is_some_and(|name| RECORDS.contains(&name))
                    || matches!(cx.qualified(&call.func), Some("warnings.warn"))
            }
            _ => false,
        },
        _ => false,
    })
}
