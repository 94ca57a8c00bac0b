//! MLX gradients are values of one pass: a call that clears them has nothing to do.

use t2m_syntax::ast;
use t2m_syntax::{Node, NodeId};

use super::unknown_list::is_module_list;
use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;

pub(super) const RULE: Rule = Rule { name: "zero-grad", doc: include_str!("zero_grad.md"), hook: Hook::Stmt(zero_grad) };

fn zero_grad<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    let ast::Stmt::Expr(s) = stmt else { return None };
    let ast::Expr::Call(call) = &*s.value else { return None };
    let ast::Expr::Attribute(method) = &*call.func else { return None };
    let kind = cx.kind(&method.value);
    let clears = method.attr.as_str() == "zero_grad"
        && (kind.is_optimizer() || cx.project_facts.is_module(&kind) || is_module_list(cx, &method.value) || is_any(cx, &kind));
    (clears && !is_beside_unported_step(cx, stmt)).then(StmtClaim::delete)
}

/// Whatever is not known and has this method is an optimizer or a module, where no class of the project gives it another meaning.
fn is_any(cx: &Cx<'_>, kind: &t2m_semantic::Kind) -> bool {
    kind.is_unknown() && !cx.shared.has_method(cx.project_facts, "zero_grad")
}

/// A step that stays whole keeps the calls that belong to it.
fn is_beside_unported_step<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let function =
        cx.ancestors(Node::Stmt(stmt)).find(|node| matches!(node, Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_))));
    let body: Vec<Node<'a>> = function.map_or_else(|| cx.file.suite.iter().map(Node::Stmt).collect(), |function| vec![function]);
    let mut found = false;
    for node in body {
        node.walk(&mut |node| {
            if let Node::Stmt(stmt) = node
                && let Some((claim, _)) = cx.stmts.get(&NodeId::from(stmt))
            {
                found |= claim.findings.iter().any(|finding| finding.code == codes::TRAINING_STEP);
            }
        });
    }
    found
}
