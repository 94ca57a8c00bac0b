//! What must not stand in a training step: statements that can't move into a function, values without a gradient, other uses of gradients.

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use super::called;
use super::clipped;
use super::events::{self, Clip, argument, clip, leaves, method, walk};
use super::flow::{self, Flow, Names};
use super::gradient_function::GradientCall;
use super::gradient_reads::GradientReads;
use super::holds;
use super::left_out;
use super::mentions::Mentions;
use super::phase::Update;
use super::region;
use super::scaler::is_upkeep;
use super::taint::Taint;
use super::trained;
use super::used_up::{self, Left};
use crate::cx::Cx;
use crate::rules::contexts::is_no_grad;

/// Whether statements may run inside of a function of their own.
pub(super) fn movable<'a>(
    cx: &Cx<'a>,
    run: &'a [ast::Stmt],
    cleared: &[&'a ast::Stmt],
    models: &[String],
    updates: &[Update<'a>],
) -> Result<(), String> {
    if let (Some(first), Some(last)) = (run.first(), run.last())
        && !(cx.file.starts_line(first.range().start()) && cx.ends_its_line(last))
    {
        return Err("its statements share a line with others".into());
    }
    if !cx.file.in_one_cell(run) {
        return Err("it is spread over cells: put all from the forward pass to the loss into one".into());
    }
    if let Some((_, word)) = leaves(run, false) {
        return Err(format!("`{word}` stands between the forward pass and `backward`, which can't move into a loss function"));
    }
    let optimizers: Vec<&str> = updates.iter().filter_map(Update::stepped).map(|optimizer| cx.source(optimizer)).collect();
    let mut problem = None;
    for stmt in run.iter().filter(|stmt| !cleared.iter().any(|own| std::ptr::eq(*own, *stmt))) {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Expr(expr @ (ast::Expr::Name(_) | ast::Expr::Attribute(_))) if optimizers.contains(&cx.source(expr)) => {
                let groups = matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Attribute(e))) if matches!(e.attr.as_str(), "param_groups" | "learning_rate"));
                let is_cleared = matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(call))) if only_clears(cx, call, expr));
                if !groups && !is_cleared {
                    problem = Some(format!("`{}` is used between the forward pass and `backward`", cx.source(expr)));
                }
            }
            // A list of the parameters that is made outside holds other arrays than those that are differentiated.
            Node::Expr(expr @ ast::Expr::Name(name)) if matches!(name.ctx, ast::ExprContext::Load) && events::holds_parameters(cx, expr) => {
                problem = Some(format!("`{}` holds the parameters as they were when it was made", name.id));
            }
            Node::Expr(ast::Expr::Attribute(e)) if e.attr.as_str() == "grad" && cx.qualified(&e.value).is_none() => {
                problem = Some("`.grad` is read before `backward`".into());
            }
            Node::Expr(expr) if method(cx, expr, "zero_grad").is_some_and(|call| models.iter().any(|model| cx.source(call.receiver) == model.as_str())) => {
                problem = Some("gradients are cleared under a condition".into());
            }
            _ => {}
        });
    }
    problem.map_or(Ok(()), Err)
}

/// Whether all that a function does with an optimizer is to clear its gradients: `trades_loss(model, x, y, optimizer)`.
fn only_clears<'a>(cx: &Cx<'a>, call: &'a ast::ExprCall, optimizer: &'a ast::Expr) -> bool {
    match called::definition(cx, call) {
        Some((def, _)) => only_clears_in(def, call, optimizer),
        // `model.train_step(batch, optimizer)` of a model that is not known: all methods of this name.
        None => {
            let methods = called::methods_named(cx, call);
            !methods.is_empty() && methods.into_iter().all(|def| only_clears_in(def, call, optimizer))
        }
    }
}

fn only_clears_in<'a>(def: &'a ast::StmtFunctionDef, call: &'a ast::ExprCall, optimizer: &'a ast::Expr) -> bool {
    let Some(parameter) = called::parameter(def, call, optimizer) else { return false };
    let (mut mentions, mut clears) = (0, 0);
    walk(&def.body, &mut |node| match node {
        Node::Expr(ast::Expr::Name(name)) => mentions += usize::from(name.id.as_str() == parameter),
        Node::Stmt(ast::Stmt::Expr(s)) => {
            clears += usize::from(matches!(&*s.value, ast::Expr::Call(call) if is_clearing(call, parameter)));
        }
        _ => {}
    });
    mentions == clears
}

/// `optimizer.zero_grad()`
fn is_clearing(call: &ast::ExprCall, optimizer: &str) -> bool {
    matches!(&*call.func, ast::Expr::Attribute(method) if method.attr.as_str() == "zero_grad" && events::is_name(&method.value, optimizer))
}

/// A value that is computed from the model without a gradient must not reach the loss: the block around it goes.
pub(super) fn no_grad_blocks<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    run: &'a [ast::Stmt],
    loss: &'a ast::Expr,
) -> Result<(), String> {
    let all = Flow::of(run);
    let mut loss_names = Names::new();
    flow::loads(loss, &mut loss_names);
    // A block of the step's own suite stops its gradients (see `no-grad`). `set_grad_enabled(flag)` around the loss itself is on
    // wherever `backward` runs.
    let is_own = |with: &ast::StmtWith| run.iter().any(|stmt| stmt.range() == with.range);
    let may_switch_off = |with: &'a ast::StmtWith, item: &ast::WithItem| {
        is_no_grad(cx, &item.context_expr) && !is_own(with)
            || is_switch(cx, &item.context_expr) && Flow::of(&with.body).bound.intersection(&loss_names).next().is_none()
    };
    let mut blocks: Vec<&'a ast::StmtWith> = Vec::new();
    walk(run, &mut |node| {
        if let Node::Stmt(ast::Stmt::With(with)) = node
            && with.items.iter().any(|item| may_switch_off(with, item))
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

/// `torch.set_grad_enabled(flag)`
fn is_switch(cx: &Cx<'_>, expr: &ast::Expr) -> bool {
    let ast::Expr::Call(call) = expr else { return false };
    let is_on = |value: &ast::Expr| matches!(value, ast::Expr::Constant(c) if c.value == ast::Constant::Bool(true));
    cx.is_qualified(&call.func, "torch.set_grad_enabled") && !call.args.iter().chain(call.keywords.iter().map(|k| &k.value)).any(is_on)
}

/// Values that the loss function would take from outside must not come from the model: no gradient flows through them.
pub(super) fn outer_gradients<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    first: &'a ast::Stmt,
    outside: &Names<'a>,
    has_arrays: bool,
) -> Result<(), String> {
    let mut problem = None;
    let mut outermost: &'a [ast::Stmt] = &[];
    region::turn(cx, first, &mut |suite| outermost = suite);
    let models = mentions.models();
    let tainted = Taint::before(mentions, outermost, first.range().start(), has_arrays);
    // An array that is trained may be made of what its name stood for before.
    let is_model = |name: &str| models.iter().any(|model| model == name);
    if let Some(name) = tainted.names().intersection(outside).find(|name| !is_model(name)) {
        return Err(format!("`{name}` is computed from `{}` outside of the block with `backward`", mentions.model));
    }
    for body in mentions.scopes.bodies() {
        walk(body, &mut |node| {
            let Node::Stmt(stmt @ (ast::Stmt::Assign(_) | ast::Stmt::AnnAssign(_))) = node else { return };
            let bound = Flow::of(std::slice::from_ref(stmt)).bound;
            let Some(name) = bound.intersection(outside).next() else { return };
            let value = match stmt {
                ast::Stmt::Assign(s) => &*s.value,
                ast::Stmt::AnnAssign(s) => match &s.value {
                    Some(value) => &**value,
                    None => return,
                },
                _ => return,
            };
            if mentions.is_part(value) && is_array(cx, value) {
                problem = Some(format!("`{name}` holds a parameter as it was when it was taken from the model"));
            }
        });
    }
    problem.map_or(Ok(()), Err)
}

/// `model.fc.weight`: an array as far as is known.
fn is_array(cx: &Cx<'_>, value: &ast::Expr) -> bool {
    let kind = cx.kind(value);
    kind.is_tensor() || kind.is_unknown() && matches!(value, ast::Expr::Attribute(e) if matches!(e.attr.as_str(), "weight" | "bias"))
}

/// What stands between `backward` and `step`: clipping, and statements that touch neither gradients nor optimizer.
pub(super) fn between<'a>(
    cx: &Cx<'a>,
    mentions: &Mentions<'_, 'a>,
    stmts: &'a [ast::Stmt],
    (updates, scaler): (&[Update<'a>], Option<&ast::Expr>),
    cleared_before: bool,
) -> Result<Between<'a>, String> {
    let mut found = Between::default();
    let optimizers: Vec<&str> = updates.iter().filter_map(Update::stepped).map(|optimizer| cx.source(optimizer)).collect();
    for stmt in stmts.iter().filter(|stmt| !updates.iter().any(|update| std::ptr::eq(update.stmt, *stmt))) {
        if scaler.is_some_and(|scaler| is_upkeep(cx, stmt, scaler)) {
            continue;
        }
        if let Some(clip) = clipped::of_groups(cx, mentions.scopes, updates, stmt) {
            found.clips.push(clip);
            continue;
        }
        if let Some(mut clip) = clip(cx, stmt) {
            let params = argument(clip.call, 0, "parameters");
            match used_up::of_clip(cx, params) {
                Left::All => {}
                // The norm of nothing.
                Left::Nothing if clip.norm.is_none() && !clip.is_embedded && !clip.by_value => {
                    found.gone.push(stmt);
                    continue;
                }
                _ => {
                    let params = params.map(|params| cx.snippet(params)).unwrap_or_default();
                    return Err(format!(
                        "`{params}` is an iterator, and who reads it a second time clips nothing: make it a list, if all are meant"
                    ));
                }
            }
            let clipped = params.and_then(|params| trained::of(cx, params)).filter(|clipped| clipped.is_whole);
            match clipped.and_then(|clipped| part(mentions, &clipped.models)) {
                Some(part) => {
                    if let Some(chosen) =
                        clipped::chosen(cx, mentions, updates).filter(|_| !clip.by_value && !clears_all(cx, mentions, stmt))
                    {
                        let chosen = cx.snippet(chosen);
                        return Err(format!(
                            "the norm of all gradients is taken, and those of parameters beside `{chosen}` add up from step to step"
                        ));
                    }
                    clip.part = part;
                    found.clips.push(clip);
                }
                None if clipped::is_rest_frozen(cx, mentions, &clip) => found.clips.push(clip),
                None => return Err(format!("the gradients are clipped over something else than all parameters of `{}`", mentions.model)),
            }
            continue;
        }
        if let ast::Stmt::If(branch) = stmt {
            for suite in [&branch.body, &branch.orelse] {
                // Where it is cleared in each turn as well, who clears a part of it here changes nothing.
                let forgets = cleared_before || left_out::forgets(cx, mentions, suite, updates);
                let zeros = if forgets { left_out::clears(cx, mentions, suite, updates) } else { Vec::new() };
                for stmt in suite.iter().filter(|stmt| !zeros.iter().any(|zero| std::ptr::eq(*zero, *stmt))) {
                    found.extend(between(cx, mentions, std::slice::from_ref(stmt), (updates, scaler), forgets)?);
                }
                found.gone.extend(zeros);
            }
            continue;
        }
        if let Some(mut call) = GradientCall::of(cx, stmt) {
            let part = match call.is_optimizer {
                true => updates
                    .iter()
                    .find(|update| cx.source(update.optimizer) == cx.source(call.owner))
                    .and_then(|update| part(mentions, &update.models)),
                false => part(mentions, &[cx.source(call.owner).to_owned()]),
            };
            let adds_up = !call.is_optimizer && clipped::chosen(cx, mentions, updates).is_some() && !clears_all(cx, mentions, stmt);
            let Some(part) = part.filter(|_| scaler.is_none() && !adds_up) else {
                return Err(format!("`{}` stands between `backward` and `step`", cx.snippet(stmt)));
            };
            call.part = part;
            found.calls.push(call);
            continue;
        }
        let touches = holds(stmt, &mut |expr| match expr {
            ast::Expr::Name(_) | ast::Expr::Attribute(_) if optimizers.contains(&cx.source(expr)) => {
                !matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Attribute(e))) if e.attr.as_str() == "param_groups")
            }
            _ => false,
        });
        let reads = holds(stmt, &mut |expr| matches!(expr, ast::Expr::Attribute(e) if e.attr.as_str() == "grad"));
        // A step that is left out keeps its gradients for the next one, unless they are cleared first.
        let leaves = !cleared_before && leaves(std::slice::from_ref(stmt), false).is_some();
        // A scaler's gradients are larger than ours.
        let reads = match reads {
            true => GradientReads::of(cx, mentions, stmt).filter(|_| scaler.is_none()).map(|reads| vec![reads]),
            false => Some(Vec::new()),
        };
        let Some(reads) = reads.filter(|_| !touches && !leaves) else {
            return Err(format!("`{}` stands between `backward` and `step`", cx.snippet(stmt)));
        };
        found.reads.extend(reads);
    }
    Ok(found)
}

/// Whether the gradients of the whole model are cleared in each turn.
fn clears_all<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, stmt: &'a ast::Stmt) -> bool {
    !region::zero_grads(cx, &mentions.names_and_owners(), None, stmt).is_empty()
}

/// What a step does with its gradients before the update.
#[derive(Default)]
pub(super) struct Between<'a> {
    pub(super) clips: Vec<Clip<'a>>,
    pub(super) reads: Vec<GradientReads<'a>>,
    pub(super) calls: Vec<GradientCall<'a>>,
    /// What does nothing.
    pub(super) gone: Vec<&'a ast::Stmt>,
}

impl Between<'_> {
    pub(super) fn extend(&mut self, more: Self) {
        self.clips.extend(more.clips);
        self.reads.extend(more.reads);
        self.calls.extend(more.calls);
        self.gone.extend(more.gone);
    }
}

/// Which gradients belong to the parameters of some modules: all of them (`Some(None)`), or those of one of several models.
pub(super) fn part(mentions: &Mentions<'_, '_>, clipped: &[String]) -> Option<Option<usize>> {
    let models = mentions.models();
    let is = |model: &String, other: &String| model == other || models.len() == 1 && mentions.names().contains(&other.as_str());
    if models.iter().all(|model| clipped.iter().any(|other| is(model, other))) && clipped.len() == models.len() {
        return Some(None);
    }
    match clipped {
        [one] => models.iter().position(|model| model == one).map(Some),
        _ => None,
    }
}
