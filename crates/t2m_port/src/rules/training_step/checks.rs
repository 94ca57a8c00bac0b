//! What must not stand in a training step: statements that can't move into a function, values without a gradient, other uses of gradients.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::events::{Clip, argument, clip, leaves, method, walk};
use super::flow::{self, Flow, Names};
use super::holds;
use super::model::{self, Mentions};
use crate::cx::Cx;

/// Whether statements may run inside of a function of their own.
pub(super) fn movable<'a>(
    cx: &Cx<'a>,
    run: &'a [ast::Stmt],
    cleared: &[&'a ast::Stmt],
    model: &str,
    optimizer: &ast::Expr,
) -> Result<(), String> {
    if let (Some(first), Some(last)) = (run.first(), run.last())
        && !(cx.file.starts_line(first.range().start()) && cx.ends_its_line(last))
    {
        return Err("its statements share a line with others".into());
    }
    if let Some((_, word)) = leaves(run, false) {
        return Err(format!("`{word}` stands between the forward pass and `backward`, which can't move into a loss function"));
    }
    let optimizer = cx.source(optimizer);
    let mut problem = None;
    for stmt in run.iter().filter(|stmt| !cleared.iter().any(|own| std::ptr::eq(*own, *stmt))) {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(expr @ (ast::Expr::Name(_) | ast::Expr::Attribute(_))) if cx.source(expr) == optimizer => {
                let groups = matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Attribute(e))) if matches!(e.attr.as_str(), "param_groups" | "learning_rate"));
                if !groups {
                    problem = Some(format!("`{optimizer}` is used between the forward pass and `backward`"));
                }
            }
            // A list of the parameters that is made outside holds other arrays than those that are differentiated.
            Node::Expr(expr @ ast::Expr::Name(name)) if matches!(name.ctx, ast::ExprContext::Load) && model::resolved(cx, expr).is_some() => {
                problem = Some(format!("`{}` holds the parameters as they were when it was made", name.id));
            }
            Node::Expr(ast::Expr::Attribute(e)) if e.attr.as_str() == "grad" && cx.qualified(&e.value).is_none() => {
                problem = Some("`.grad` is read before `backward`".into());
            }
            Node::Expr(expr) if method(cx, expr, "zero_grad").is_some_and(|call| cx.source(call.receiver) == model) => {
                problem = Some("gradients are cleared under a condition".into());
            }
            _ => {}
        });
    }
    problem.map_or(Ok(()), Err)
}

/// A value that is computed from the model without a gradient must not reach the loss: the block around it goes.
pub(super) fn no_grad_blocks<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    run: &'a [ast::Stmt],
    loss: &'a ast::Expr,
) -> Result<(), String> {
    let switches_off = |item: &ast::WithItem| {
        let ast::Expr::Call(call) = &item.context_expr else { return false };
        matches!(
            cx.qualified(&call.func),
            Some("torch.no_grad" | "torch.inference_mode" | "torch.set_grad_enabled" | "torch.autograd.no_grad")
        )
    };
    let all = Flow::of(run);
    let mut blocks: Vec<&'a ast::StmtWith> = Vec::new();
    walk(run, &mut |node| {
        if let Node::Stmt(ast::Stmt::With(with)) = node
            && with.items.iter().any(switches_off)
        {
            blocks.push(with);
        }
    });
    for block in blocks {
        let inside = Flow::of(&block.body);
        let depends = block.body.iter().any(|stmt| mentions.in_stmt(stmt)) || inside.exposed.intersection(&all.bound).next().is_some();
        let mut read = Names::new();
        flow::loads(loss, &mut read);
        walk(run, &mut |node| {
            if let Node::Expr(expr @ ast::Expr::Name(_)) = node
                && !block.range.contains_range(expr.range())
            {
                flow::loads(expr, &mut read);
            }
        });
        if depends && let Some(name) = inside.bound.intersection(&read).next() {
            return Err(format!("`{name}` is computed without a gradient from the model: stop it with mx.stop_gradient"));
        }
    }
    Ok(())
}

/// What stands between `backward` and `step`: clipping, and statements that touch neither model nor optimizer.
pub(super) fn between<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    stmts: &'a [ast::Stmt],
    optimizer: &ast::Expr,
) -> Result<Vec<Clip<'a>>, String> {
    let mut clips = Vec::new();
    for stmt in stmts {
        if let Some(clip) = clip(cx, stmt) {
            let params = argument(clip.call, 0, "parameters");
            match params.and_then(|params| model::resolved(cx, params)) {
                Some(model) if cx.source(model) == mentions.model => clips.push(clip),
                _ => return Err(format!("the gradients are clipped over something else than all parameters of `{}`", mentions.model)),
            }
            continue;
        }
        if let ast::Stmt::If(branch) = stmt {
            clips.extend(between(cx, mentions, &branch.body, optimizer)?);
            clips.extend(between(cx, mentions, &branch.orelse, optimizer)?);
            continue;
        }
        let place = cx.source(optimizer);
        let touches = holds(stmt, &mut |expr| match expr {
            ast::Expr::Name(_) | ast::Expr::Attribute(_) if cx.source(expr) == place => {
                !matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Attribute(e))) if e.attr.as_str() == "param_groups")
            }
            ast::Expr::Attribute(e) => e.attr.as_str() == "grad",
            _ => false,
        });
        if touches || mentions.in_stmt(stmt) || leaves(std::slice::from_ref(stmt), true).is_some() {
            return Err(format!("`{}` stands between `backward` and `step`", cx.snippet(stmt)));
        }
    }
    Ok(clips)
}
