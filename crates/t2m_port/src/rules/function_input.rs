//! `x *= 2` in the `forward` of an `autograd.Function`: the caller sees its tensor change. In the port `forward` gets arrays of its own, and only those that
//! `ctx.mark_dirty` names are written back.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::{Hook, Rule};
use crate::claim::StmtClaim;
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::{receiver, storage, views};

pub(super) const RULE: Rule = Rule { name: "function-input", doc: include_str!("function_input.md"), hook: Hook::Stmt(written) };

fn written<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<StmtClaim<'a>> {
    if !matches!(stmt, ast::Stmt::AugAssign(_) | ast::Stmt::Assign(_) | ast::Stmt::Expr(_) | ast::Stmt::Return(_)) {
        return None;
    }
    let forward = forward_around(cx, stmt)?;
    let mut params = forward.args.posonlyargs.iter().chain(&forward.args.args).map(|arg| arg.def.arg.as_str());
    let name = params.find(|name| {
        let is_own = || views::bindings(&forward.body, name).iter().any(|(_, value)| value.range().start() < stmt.range().start());
        storage::is_written_in(stmt, name) && may_be_tensor(cx, stmt) && !is_own() && !is_marked(cx, forward, name)
    })?;
    let reason = format!("the caller of this `autograd.Function` sees `{name}` change in PyTorch; here `forward` has an array of its own");
    let finding = Finding::todo(codes::WRITE_THROUGH_VIEW, stmt.range(), reason);
    Some(StmtClaim::keep().finding(finding.help(format!("name it in `ctx.mark_dirty({name})` and give it back, or write to a copy"))))
}

/// `forward(ctx, x)` of an `autograd.Function`, where it holds a statement itself.
fn forward_around<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> Option<&'a ast::StmtFunctionDef> {
    let def = cx.ancestors(Node::Stmt(stmt)).find_map(|up| match up {
        Node::Stmt(ast::Stmt::FunctionDef(def)) => Some(def),
        _ => None,
    })?;
    if def.name.as_str() != "forward" {
        return None;
    }
    let class = receiver::enclosing_class(cx, Node::Stmt(stmt))?;
    cx.project_facts.class(class).library_bases.iter().any(|base| base == "torch.autograd.Function").then_some(def)
}

/// `count += 1` writes to nothing.
fn may_be_tensor(cx: &Cx<'_>, stmt: &ast::Stmt) -> bool {
    let ast::Stmt::AugAssign(assign) = stmt else { return true };
    let kind = cx.kind(&assign.target);
    kind.is_tensor() || kind.is_unknown()
}

/// Whether `ctx.mark_dirty` names an input; in `setup_context` it has other names.
fn is_marked<'a>(cx: &Cx<'a>, forward: &'a ast::StmtFunctionDef, name: &str) -> bool {
    let mut found = false;
    let mut look = |body: &'a [ast::Stmt], is_input: &dyn Fn(&ast::Expr) -> bool| {
        for stmt in body {
            Node::Stmt(stmt).walk(&mut |node| {
                if let Node::Expr(ast::Expr::Call(call)) = node
                    && matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "mark_dirty")
                {
                    found |= call.args.iter().any(is_input);
                }
            });
        }
    };
    look(&forward.body, &|arg| views::is_same_name(arg, name));
    let class = forward.body.first().and_then(|first| receiver::enclosing_class(cx, Node::Stmt(first)));
    let setup = class.and_then(|class| cx.project_facts.lookup_method(class, "setup_context")).map(|id| cx.project_facts.function(id));
    if let Some(setup) = setup.filter(|setup| setup.file == cx.id).and_then(|setup| storage::function_at(&cx.file.suite, setup.range)) {
        look(&setup.body, &|_| true);
    }
    found
}
