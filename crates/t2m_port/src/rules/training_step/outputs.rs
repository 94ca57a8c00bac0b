//! Outputs of a model that its loss does not read: `logits, _ = net(x)`, where `forward` ends with `return self.policy(h), self.value(h)`.

use t2m_semantic::Kind;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::flow::{self, Flow, Names};
use super::idle::{self, Used};
use super::mentions::Mentions;
use crate::cx::Cx;

/// Whether an output that is not read on some path is made by layers of its own; `used` is what is read on each.
pub(super) fn are_unread<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, model: &Kind, run: &'a [ast::Stmt], used: &Used<'a>) -> bool {
    let Kind::Instance(class) = model else { return false };
    let Some(forward) = idle::run_methods(cx, &Kind::Instance(*class)).into_iter().find(|def| is_forward_of(cx, *class, def)) else {
        return false;
    };
    let mut returns = Vec::new();
    t2m_syntax::node::statements(&forward.body, &mut |stmt| {
        if let ast::Stmt::Return(ast::StmtReturn { value: Some(value), .. }) = stmt {
            returns.push(&**value);
        }
    });
    let [ast::Expr::Tuple(given)] = returns[..] else { return false };
    run.iter().any(|stmt| {
        let ast::Stmt::Assign(assign) = stmt else { return false };
        let ([ast::Expr::Tuple(targets)], ast::Expr::Call(call)) = (&assign.targets[..], &*assign.value) else { return false };
        if !mentions.is_name(&call.func) || targets.elts.len() != given.elts.len() {
            return false;
        }
        let (mut read, mut unread) = (Names::new(), Names::new());
        for (target, output) in targets.elts.iter().zip(&given.elts) {
            let is_read = !matches!(target, ast::Expr::Name(name) if !used.contains(&(false, name.id.as_str())));
            layers(&forward.body, output, if is_read { &mut read } else { &mut unread });
        }
        unread.difference(&read).next().is_some()
    })
}

fn is_forward_of(cx: &Cx<'_>, class: t2m_semantic::ClassId, def: &ast::StmtFunctionDef) -> bool {
    def.name.as_str() == "forward" && cx.project_facts.class(class).range.contains_range(def.range())
}

/// The attributes of `self` that an output is made by.
fn layers<'a>(body: &'a [ast::Stmt], output: &'a ast::Expr, found: &mut Names<'a>) {
    let mut needed = Names::new();
    flow::loads(output, &mut needed);
    idle::attributes(Node::Expr(output), found);
    for stmt in body.iter().rev().filter(|stmt| !matches!(stmt, ast::Stmt::Return(_))) {
        if Flow::of(std::slice::from_ref(stmt)).bound.intersection(&needed).next().is_some() || calls_on(stmt, &needed) {
            flow::loads_of_stmt(stmt, &mut needed);
            idle::attributes(Node::Stmt(stmt), found);
        }
    }
}

/// `outputs.append(self.out(h))`
fn calls_on(stmt: &ast::Stmt, names: &Names<'_>) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(ast::Expr::Call(call)) = node
            && let ast::Expr::Attribute(method) = &*call.func
        {
            found |= matches!(&*method.value, ast::Expr::Name(name) if names.contains(name.id.as_str()));
        }
    });
    found
}
