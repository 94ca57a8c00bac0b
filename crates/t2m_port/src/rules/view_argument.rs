//! A view as an argument of a function that changes its parameter: in MLX it changes a copy.

use t2m_semantic::Entity;
use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::stale_view::is_in_place;
use super::{Hook, Rule};
use crate::claim::Claim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::views;

pub(super) const RULE: Rule = Rule { name: "view-argument", doc: include_str!("view_argument.md"), hook: Hook::Expr(expr) };

fn expr<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    let ast::Expr::Call(call) = expr else { return None };
    let Some(Entity::Function(id)) = cx.entity(&call.func) else { return None };
    let function = cx.project_facts.function(*id);
    if function.class.is_some() {
        return None;
    }
    let by_place = call.args.iter().enumerate().filter_map(|(at, arg)| Some((function.params.get(at)?.name.as_str(), arg)));
    let by_name = call.keywords.iter().filter_map(|keyword| Some((keyword.arg.as_deref()?, &keyword.value)));
    let (_, base) = by_place.chain(by_name).find_map(|(param, arg)| {
        let base = views::base(cx, arg).filter(|base| !views::is_fresh(cx, base))?;
        let is_tensor = cx.kind(base).is_tensor() || cx.kind(arg).is_tensor();
        (is_tensor && changes(cx.project.file(function.file).source.suite.as_slice(), function.range, param)).then_some((param, base))
    })?;
    let base = cx.snippet(base);
    let reason =
        format!("the function writes to its argument, a view of `{base}`; an MLX view is a copy, so `{base}` would keep its values");
    let finding = Finding::todo(codes::WRITE_THROUGH_VIEW, call.range(), reason);
    Some(Claim::todo(finding.help(format!("pass `{base}` itself, or give the new value back and store it"))))
}

/// Whether the function at `range` writes to what its parameter holds, before it binds the name anew.
fn changes(suite: &[ast::Stmt], range: t2m_syntax::TextRange, param: &str) -> bool {
    let mut changes = false;
    for stmt in suite {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Stmt(ast::Stmt::FunctionDef(def)) = node else { return };
            if def.range != range {
                return;
            }
            let rebound = views::bindings(&def.body, param).first().map(|(_, value)| value.range().start());
            for stmt in &def.body {
                Node::Stmt(stmt).walk(&mut |node| {
                    changes |= writes(node, param) && rebound.is_none_or(|at| node.range().start() < at);
                });
            }
        });
    }
    changes
}

/// `param += 1`, `param[0] = 1`, `param.add_(1)`.
fn writes(node: Node<'_>, param: &str) -> bool {
    let to_param = |target: &ast::Expr| match target {
        ast::Expr::Subscript(subscript) => views::is_same_name(&subscript.value, param),
        _ => false,
    };
    match node {
        Node::Stmt(ast::Stmt::Assign(assign)) => assign.targets.iter().any(to_param),
        Node::Stmt(ast::Stmt::AugAssign(assign)) => to_param(&assign.target) || views::is_same_name(&assign.target, param),
        Node::Expr(ast::Expr::Call(call)) => {
            matches!(&*call.func, ast::Expr::Attribute(method) if is_in_place(&method.attr) && views::is_same_name(&method.value, param))
        }
        _ => false,
    }
}
