//! The phases of a suite: one or more backward passes, and the optimizer steps that take their gradients. A plain step is one phase; a GAN has two.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange};

use super::by_hand::{self, ByHand};
use super::by_use;
use super::clearing;
use super::closure::Closure;
use super::each_optimizer::{self, Each, Turns};
use super::events::{self, MethodCall, statement};
use super::flow::Flow;
use super::fresh;
use super::gathering::{self, Gathering};
use super::guarded;
use super::holder::part_of;
use super::indexed_optimizer;
use super::mentions::Mentions;
use super::model::{self, Scopes, Trained};
use super::optimizer_wrapper::{self, Wrapper};
use super::shared_model;
use super::taint::Taint;
use super::trained;
use super::twin;
use super::watched;
use super::{is_definition, is_tape, loss_name, region, scaler, without_step};
use crate::cx::Cx;
use crate::rules::last_name;

/// Where a backward pass stands. It may stand under a condition that the forward pass does not: `if train: loss.backward(); ...`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The suite of the forward pass, whose statements begin at `from` and end before `upto`.
    pub(super) forward: &'a [ast::Stmt],
    pub(super) from: usize,
    pub(super) upto: usize,
    /// The suite of `backward` and `step`.
    pub(super) block: &'a [ast::Stmt],
    pub(super) backward: usize,
    /// How many more stand right behind it, whose gradients it takes as well: `a.backward(retain_graph=True)`, `b.backward()`.
    pub(super) beside: usize,
    pub(super) guard: Option<&'a ast::Stmt>,
    /// The backward passes of the phase, and its end.
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) until: usize,
    /// The end of the last statement with a backward pass.
    pub(super) passed: usize,
    /// Whether the passes before its own, from `first` on, are taken with it.
    pub(super) merged: bool,
    /// The other branch of the condition, where it has the same pass and the same step.
    pub(super) twin: Option<&'a [ast::Stmt]>,
}

impl<'a> Update<'a> {
    /// The optimizer, if there is one.
    pub(super) fn stepped(&self) -> Option<&'a ast::Expr> {
        self.by_hand.is_none().then_some(self.optimizer)
    }
}

/// One optimizer's step.
#[derive(Debug)]
pub(super) struct Update<'a> {
    pub(super) at: usize,
    pub(super) stmt: &'a ast::Stmt,
    pub(super) optimizer: &'a ast::Expr,
    pub(super) models: Vec<String>,
    /// What stands for the optimizer where there is none.
    pub(super) by_hand: Option<ByHand<'a>>,
    /// Those of the models that are arrays, which no module holds.
    pub(super) arrays: Vec<String>,
    /// Whether it would move a parameter whose gradient is zero.
    pub(super) moves_idle: bool,
    /// The loop that steps it beside others.
    pub(super) each: Option<Turns<'a>>,
}

/// The phases of a suite, each with its backward passes; and those whose `backward` stands under a condition of its own.
pub(super) fn all<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> Vec<Vec<(Place<'a>, MethodCall<'a>)>> {
    let mut phases = of_suite(cx, suite);
    // A suite under a condition is visited as well, where its phase already belongs to the suite around it.
    phases.retain(|places| !places.iter().any(|(place, _)| cx.stmt_claim(place.own()).is_some()));
    phases
}

/// The same, with those that belong to the suite around it.
pub(super) fn of_suite<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> Vec<Vec<(Place<'a>, MethodCall<'a>)>> {
    let backward = |stmt: &'a ast::Stmt| statement(cx, stmt, "backward").filter(|call| is_tape(cx, call));
    let mut phases = Vec::new();
    let (mut from, mut open, mut steps) = (0, Vec::new(), Vec::new());
    let mut close = |from: &mut usize, open: &mut Vec<(usize, MethodCall<'a>)>, steps: &mut Vec<usize>, end: usize| {
        let until = steps.last().map_or(end, |last| last + 1);
        let joined = joined(cx, open);
        if let (Some(&(first, ..)), Some(&(last, beside, _))) = (joined.first(), joined.last()) {
            let passed = last + beside + 1;
            let mut from = *from;
            let mut places = Vec::new();
            for (at, beside, call) in joined {
                let (forward, block) = (suite, suite);
                let place = Place {
                    forward,
                    from,
                    upto: at,
                    block,
                    backward: at,
                    beside,
                    guard: None,
                    first,
                    last,
                    until,
                    passed,
                    merged: false,
                    twin: None,
                };
                places.push((place, call));
                from = at + beside + 1;
            }
            phases.push(places);
        }
        open.clear();
        steps.clear();
        *from = until;
    };
    for (at, stmt) in suite.iter().enumerate() {
        if let Some(call) = backward(stmt) {
            if !steps.is_empty() {
                close(&mut from, &mut open, &mut steps, at);
            }
            open.push((at, call));
        } else if !open.is_empty()
            && (stepped(cx, stmt, &open).is_some_and(|optimizer| is_optimizer(cx, suite, optimizer))
                || by_hand::of(cx, stmt).is_some()
                || steps_each(cx, suite, stmt).is_some())
        {
            steps.push(at);
        } else if open.is_empty() && has_own_pass(cx, stmt) {
            from = at + 1;
        }
    }
    close(&mut from, &mut open, &mut steps, suite.len());
    for (at, stmt) in suite.iter().enumerate() {
        let ast::Stmt::If(guard) = stmt else { continue };
        let Some((own, call)) = guard.body.iter().enumerate().find_map(|(own, stmt)| backward(stmt).map(|call| (own, call))) else {
            continue;
        };
        let Some(loss) = loss_name(call.receiver) else { continue };
        let is_made_before = !Flow::of(&guard.body[..own]).bound.contains(loss) && Flow::of(&suite[..at]).bound.contains(loss);
        let block = &guard.body[..];
        let place = Place {
            forward: suite,
            from: 0,
            upto: at,
            block,
            backward: own,
            beside: 0,
            guard: Some(stmt),
            first: own,
            last: own,
            until: block.len(),
            passed: own + 1,
            merged: false,
            twin: twin::beside(cx, guard),
        };
        if is_made_before {
            phases.push(vec![(place, call)]);
        }
    }
    phases
}

/// Backward passes with nothing between them are one, of the sum of their losses: gradients add up.
fn joined<'a>(cx: &Cx<'a>, passes: &[(usize, MethodCall<'a>)]) -> Vec<(usize, usize, MethodCall<'a>)> {
    let is_place = |call: &MethodCall<'a>| call.runs.is_some() || matches!(call.receiver, ast::Expr::Name(_) | ast::Expr::Attribute(_));
    let scaler = |call: &MethodCall<'a>| scaler::of(cx, call).map(|scaler| cx.source(scaler));
    let mut found: Vec<(usize, usize, MethodCall<'a>)> = Vec::new();
    for &(at, call) in passes {
        match found.last_mut() {
            Some((first, beside, own))
                if *first + *beside + 1 == at && is_place(own) && is_place(&call) && scaler(own) == scaler(&call) =>
            {
                *beside += 1;
            }
            _ => found.push((at, 0, call)),
        }
    }
    found
}

/// Whether a statement has a step of another pass inside: the critic's, in a loop of its own before the generator's.
fn has_own_pass<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let has = |name: &str| super::holds(stmt, &mut |expr| events::method(cx, expr, name).is_some());
    matches!(stmt, ast::Stmt::For(_) | ast::Stmt::While(_)) && has("backward") && has("step")
}

/// The optimizer that a statement steps, if it is one: `optimizer.step()`, `scaler.step(optimizer)`.
pub(super) fn stepped<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt, backwards: &[(usize, MethodCall<'a>)]) -> Option<&'a ast::Expr> {
    let scaler = backwards.last().and_then(|(_, call)| scaler::of(cx, call));
    match scaler {
        Some(scaler) => scaler::stepped(cx, stmt, scaler),
        None => statement(cx, stmt, "step").map(|call| call.receiver).or_else(|| optimizer_wrapper::stepped(cx, stmt)),
    }
}

/// `for optimizer in optimizers: optimizer.step()`
fn steps_each<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], stmt: &'a ast::Stmt) -> Option<Each<'a>> {
    each_optimizer::of(cx, stmt, "step").filter(|each| each.optimizers.iter().all(|optimizer| is_optimizer(cx, suite, optimizer)))
}

pub(super) fn is_optimizer<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], place: &'a ast::Expr) -> bool {
    let is_cleared =
        || suite.iter().filter_map(|stmt| statement(cx, stmt, "zero_grad")).any(|call| cx.source(call.receiver) == cx.source(place));
    let is_made = || {
        let Some(stmt) = cx.statement(place) else { return false };
        matches!(model::of_optimizer(cx, &Scopes::around(cx, stmt), place), Trained::Models(..) | Trained::Other(_))
    };
    // What else has that name has no `update(model, gradients)`, and says so.
    let is_named = || cx.kind(place).is_unknown() && last_name(place).is_some_and(optimizer_wrapper::sounds_like_optimizer);
    cx.kind(place).is_optimizer() || is_cleared() || is_made() || Wrapper::of(cx, place).is_some() || is_named()
}

impl<'a> Place<'a> {
    pub(super) fn own(&self) -> &'a ast::Stmt {
        &self.block[self.backward]
    }

    /// The backward passes that are one with its own.
    pub(super) fn joined(&self) -> &'a [ast::Stmt] {
        &self.block[self.backward + 1..=self.backward + self.beside]
    }

    pub(super) fn last_step(&self, updates: &[Update<'a>]) -> usize {
        updates.last().map_or(self.until, |update| update.at)
    }

    /// The statements of the phase in both suites, without the condition between them and without its own backward passes.
    pub(super) fn others<'c>(&self, cx: &'c Cx<'a>) -> impl Iterator<Item = &'a ast::Stmt> + use<'c, 'a> {
        let (guard, own) = (self.guard, self.own());
        let (forward, block) = match guard {
            Some(_) => (self.forward, self.block),
            None => (&self.forward[self.from..self.until], &[][..]),
        };
        let is_other = move |stmt: &&'a ast::Stmt| match guard {
            Some(guard) => !std::ptr::eq(guard, *stmt) && !std::ptr::eq(own, *stmt),
            None => statement(cx, stmt, "backward").is_none(),
        };
        forward.iter().chain(block).filter(move |stmt| is_other(stmt) && !is_definition(stmt))
    }
}

/// The optimizer steps behind the backward passes of a phase.
pub(super) fn updates<'a>(
    cx: &Cx<'a>,
    scopes: &Scopes<'a>,
    place: &Place<'a>,
    closure: Option<&Closure<'a>>,
) -> Result<(Vec<Update<'a>>, Option<Gathering<'a>>), String> {
    let Place { forward, from, upto, block, last, until, .. } = *place;
    let backwards: Vec<(usize, MethodCall<'a>)> = statement(cx, &block[last], "backward").map(|call| (last, call)).into_iter().collect();
    let has_scaler = backwards.last().is_some_and(|(_, call)| scaler::of(cx, call).is_some());
    let mut updates = Vec::new();
    for (at, stmt) in block.iter().enumerate().take(until).skip(if place.guard.is_some() { 0 } else { from }) {
        if at > last
            && let Some(update) = by_hand::of(cx, stmt)
        {
            let (optimizer, moves_idle) = (update.model, update.moves_idle);
            if has_scaler || !update.is_list && !model::is_place(optimizer) {
                return Err("the gradients that an update by hand takes are scaled, or its model is not a plain name".into());
            }
            updates.push(Update {
                at,
                stmt,
                optimizer,
                models: Vec::new(),
                arrays: Vec::new(),
                by_hand: Some(update),
                moves_idle,
                each: None,
            });
            continue;
        }
        if at > last
            && !has_scaler
            && let Some(each) = steps_each(cx, block, stmt)
        {
            for optimizer in each.optimizers {
                let constructors = model::constructors(cx, scopes, optimizer);
                let moves_idle = constructors.is_empty() || constructors.iter().any(|call| !is_plain_sgd(cx, call));
                let (models, arrays, each) = (Vec::new(), Vec::new(), Some(each.turns));
                updates.push(Update { at, stmt, optimizer, models, arrays, by_hand: None, moves_idle, each });
            }
            continue;
        }
        let Some(optimizer) = stepped(cx, stmt, &backwards).filter(|optimizer| is_optimizer(cx, block, optimizer)) else { continue };
        if at < last {
            return Err("an optimizer steps before `backward`".into());
        }
        if !model::is_place(optimizer) && !model::is_item(optimizer) && !indexed_optimizer::is_it(optimizer) {
            return Err("the optimizer is not a plain name".into());
        }
        let is_bare = || statement(cx, stmt, "step").is_some_and(|call| call.is_bare()) || optimizer_wrapper::stepped(cx, stmt).is_some();
        if !has_scaler && !is_bare() {
            return Err("`step` takes a closure".into());
        }
        if updates.iter().any(|update: &Update<'a>| cx.source(update.optimizer) == cx.source(optimizer)) {
            return Err("its optimizer steps more than once".into());
        }
        let moves_idle = model::constructors(cx, scopes, optimizer).iter().any(|call| !is_plain_sgd(cx, call))
            || model::constructors(cx, scopes, optimizer).is_empty();
        updates.push(Update { at, stmt, optimizer, models: Vec::new(), arrays: Vec::new(), by_hand: None, moves_idle, each: None });
    }
    let mut gathering = None;
    if let Some(closure) = closure.filter(|_| updates.is_empty() && !has_scaler) {
        let constructors = model::constructors(cx, scopes, closure.optimizer);
        let moves_idle = constructors.iter().any(|call| !is_plain_sgd(cx, call));
        let (at, optimizer) = (closure.returns, closure.optimizer);
        updates.push(Update {
            at,
            stmt: &block[at],
            optimizer,
            models: Vec::new(),
            arrays: Vec::new(),
            by_hand: None,
            moves_idle,
            each: None,
        });
    }
    if updates.is_empty() && watched::models(cx, scopes, place).is_some() {
        return Ok((updates, None));
    }
    if updates.is_empty() {
        let found = gathering::of(cx, scopes, place)?.ok_or_else(|| without_step::reason(cx, block, last))?;
        let (stmt, optimizer) = (found.step(), found.optimizer);
        if !has_scaler && !statement(cx, stmt, "step").is_some_and(|call| call.is_bare()) {
            return Err("`step` takes a closure".into());
        }
        let constructors = model::constructors(cx, scopes, optimizer);
        let moves_idle = constructors.is_empty() || constructors.iter().any(|call| !is_plain_sgd(cx, call));
        updates.push(Update { at: until, stmt, optimizer, models: Vec::new(), arrays: Vec::new(), by_hand: None, moves_idle, each: None });
        gathering = Some(found);
    }
    // Which module is used says whose optimizer it is, where there is one backward pass.
    let mut passes = 0;
    t2m_syntax::node::statements(scopes.body(), &mut |stmt| passes += usize::from(statement(cx, stmt, "backward").is_some()));
    let is_single = updates.len() == 1 && passes == 1 + place.beside + usize::from(place.twin.is_some());
    for update in &mut updates {
        if let Some(by_hand) = update.by_hand {
            update.arrays = if by_hand.is_list { trained::arrays_of(cx, by_hand.model).unwrap_or_default() } else { Vec::new() };
            update.models = if by_hand.is_list { update.arrays.clone() } else { vec![cx.source(by_hand.model).to_owned()] };
            continue;
        }
        if let Some(class) = wrapper(cx, update.optimizer) {
            let optimizer = cx.snippet(update.optimizer);
            return Err(format!(
                "`{optimizer}` is a `{class}`, which steps another optimizer: give its `step` the model and the gradients, for `update(model, grads)`"
            ));
        }
        update.models = match model::of_optimizer(cx, scopes, update.optimizer) {
            Trained::Models(models, arrays) => {
                update.arrays = arrays;
                models
            }
            Trained::Unknown if model::is_item(update.optimizer) || indexed_optimizer::is_it(update.optimizer) => {
                return Err(format!("which model `{}` trains is not known", cx.snippet(update.optimizer)));
            }
            Trained::Unknown if is_single => vec![by_use::model(cx, scopes, &forward[from..=upto])?],
            Trained::Unknown => {
                return Err(format!("which model `{}` trains is not known, and there are several passes", cx.snippet(update.optimizer)));
            }
            Trained::Other(reason) => return Err(format!("`{}`: {reason}", cx.snippet(update.optimizer))),
        };
    }
    let all = models(&updates);
    shared_model::check(cx, scopes, &updates)?;
    if updates.len() > 1 && updates.iter().any(|update| update.models.len() > 1 && update.models != update.arrays) {
        return Err("one of its optimizers trains several models".into());
    }
    if let (Some(found), [update]) = (&gathering, &updates[..])
        && update.by_hand.is_none()
        && guarded::is_of_one_pass(cx, scopes, place, found, &updates)
    {
        let upto = found.upto;
        updates.iter_mut().for_each(|update| update.at = upto);
        gathering = None;
    }
    if let Some(gathering) = &mut gathering {
        gathering.clear(cx, &Mentions::of(cx, scopes, &all), place)?;
    }
    Ok((updates, gathering))
}

/// The class of the project that an optimizer is an object of, if it is no optimizer but has a `step` of its own: `NoamOpt(Adam(...), warmup=4000)`.
fn wrapper<'a>(cx: &Cx<'a>, optimizer: &'a ast::Expr) -> Option<&'a str> {
    let t2m_semantic::Kind::Instance(id) = cx.kind(optimizer) else { return None };
    let class = cx.project_facts.class(id);
    let steps = !class.is_optimizer() && cx.project_facts.lookup_method(id, "step").is_some();
    (steps && Wrapper::of(cx, optimizer).is_none()).then_some(class.name.as_str())
}

/// `SGD` without momentum and weight decay: a gradient of zero moves nothing.
fn is_plain_sgd(cx: &Cx<'_>, call: &ast::ExprCall) -> bool {
    let names: Vec<&str> = call.keywords.iter().filter_map(|keyword| keyword.arg.as_deref()).collect();
    cx.is_qualified(&call.func, "torch.optim.SGD") && call.args.len() <= 2 && names.iter().all(|name| matches!(*name, "lr" | "params"))
}

/// All models that a phase trains, without parts of others.
pub(super) fn models(updates: &[Update<'_>]) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for model in updates.iter().flat_map(|update| &update.models) {
        if !all.contains(model) {
            all.push(model.clone());
        }
    }
    let is_part = |model: &String| all.iter().any(|above| part_of(model, above).is_some_and(|path| !path.is_empty()));
    all.iter().filter(|model| !is_part(model)).cloned().collect()
}

/// The statements that clear the gradients of all models of a phase, so that each of its passes starts from zero.
pub(super) fn zero_grads<'a>(
    cx: &Cx<'a>,
    scopes: &Scopes<'a>,
    place: &Place<'a>,
    updates: &[Update<'a>],
) -> Result<Vec<&'a ast::Stmt>, String> {
    let first = &place.block[place.first];
    let step = updates.last().map_or(first, |update| update.stmt);
    let mut found: Vec<&'a ast::Stmt> = Vec::new();
    for (at, update) in updates.iter().enumerate() {
        let mentions = Mentions::of(cx, scopes, &update.models);
        let own = region::zero_grads(cx, &mentions.names_and_owners(), Some(update.optimizer), first);
        let clears = update.by_hand.is_some_and(|update| update.clears);
        let takes_same = |other: &Update<'a>| other.models.iter().any(|model| update.models.contains(model));
        if clears && updates[at + 1..].iter().any(takes_same) {
            return Err("the gradients are cleared between `backward` and `step`".into());
        }
        if own.is_empty() && !clears && !fresh::is_first(cx, scopes, &update.models, first) {
            return Err("no `zero_grad` stands beside it, so gradients may add up over several passes".into());
        }
        if !own.is_empty() && !clears && !clearing::covers(cx, scopes, &update.models, update.optimizer, &own) {
            return Err("only some of what its optimizer trains is cleared, and the other gradients add up over several passes".into());
        }
        if own.iter().any(|zero| zero.range().start() > first.range().start() && zero.range().end() < step.range().end()) {
            return Err("the gradients are cleared between `backward` and `step`".into());
        }
        let cleared: Vec<&'a ast::Stmt> = own.iter().copied().chain(clears.then_some(update.stmt)).collect();
        if let Some(other) = adding(cx, &mentions, place, &cleared) {
            return Err(format!("the gradients of `{}` may reach `{}` too, and are not cleared before", cx.snippet(other), mentions.model));
        }
        found.extend(own.into_iter().filter(|zero| !found.iter().any(|known| std::ptr::eq(*known, *zero))).collect::<Vec<_>>());
    }
    Ok(found)
}

/// The statements that clear the gradients of a model which are only looked at.
pub(super) fn zero_grads_of_watched<'a>(
    cx: &Cx<'a>,
    scopes: &Scopes<'a>,
    place: &Place<'a>,
    models: &[String],
) -> Result<Vec<&'a ast::Stmt>, String> {
    // Arrays are made for the pass.
    let models = models.get(..1).unwrap_or_default();
    let mentions = Mentions::of(cx, scopes, models);
    let first = &place.block[place.first];
    let own = region::zero_grads(cx, &mentions.names_and_owners(), None, first);
    let is_before = own.iter().any(|zero| zero.range().end() <= first.range().start());
    if is_before || fresh::is_first(cx, scopes, models, first) {
        return Ok(own);
    }
    Err("nothing says that there are no gradients yet".into())
}

/// The loss of another backward pass that adds to the gradients of a model after they were cleared.
fn adding<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, place: &Place<'a>, zeros: &[&'a ast::Stmt]) -> Option<&'a ast::Expr> {
    let own = place.own();
    let first = &place.block[place.first];
    let scopes = mentions.scopes;
    let mut turn: &'a [ast::Stmt] = &[];
    region::turn(cx, own, &mut |suite| turn = suite);
    let is_own = |range: TextRange| {
        range.start() >= first.range().start() && range.end() <= place.block[place.passed - 1].range().end()
            || place.twin.is_some_and(|twin| twin.iter().any(|stmt| stmt.range() == range))
    };
    let before = zeros.iter().filter(|zero| zero.range().end() <= first.range().start()).map(|zero| zero.range().end()).max();
    let behind = zeros.iter().map(|zero| zero.range().end()).max();
    // Without a loop around them, and with a new model, passes behind this one add to nothing.
    let is_straight = !in_loop(cx, own) && (scopes.functions.is_empty() || fresh::is_first(cx, scopes, &mentions.models(), first));
    let is_between = |range: TextRange| match (before, behind) {
        (None, Some(_)) if is_straight => range.end() <= first.range().start(),
        (Some(zero), _) => range.start() >= zero && range.end() <= first.range().start(),
        (None, Some(zero)) => range.start() >= zero || range.end() <= first.range().start(),
        (None, None) => true,
    };
    let mut found = None;
    events::walk(turn, &mut |node| {
        let Node::Stmt(stmt) = node else { return };
        let Some(call) = statement(cx, stmt, "backward").filter(|call| is_tape(cx, call)) else { return };
        if is_own(stmt.range()) || !is_between(stmt.range()) {
            return;
        }
        if Taint::before(mentions, turn, stmt.range().start(), true).reaches(call.receiver) {
            found = Some(call.receiver);
        }
    });
    found
}

fn in_loop<'a>(cx: &Cx<'a>, stmt: &'a ast::Stmt) -> bool {
    let outer = cx.ancestors(Node::Stmt(stmt)).filter_map(|node| match node {
        Node::Stmt(stmt) => Some(stmt),
        Node::Expr(_) => None,
    });
    outer.take_while(|stmt| !is_definition(stmt)).any(|stmt| matches!(stmt, ast::Stmt::For(_) | ast::Stmt::While(_)))
}
