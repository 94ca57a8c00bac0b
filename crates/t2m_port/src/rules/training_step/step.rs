//! The parts of a step: what is looked for around one `backward`, and whether it can be ported.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::{Node, TextRange, node};

use super::carried::{self, Carried};
use super::checks::{Between, between, movable, no_grad_blocks, outer_gradients};
use super::closure::{self, Closure};
use super::earlier::{self, Earlier};
use super::events::{MethodCall, method, statement};
use super::flow::{self, Flow, Names};
use super::gathering::{self, Gathering};
use super::gradient_function::GradientCall;
use super::guarded;
use super::mentions::Mentions;
use super::model::Scopes;
use super::optimizer_wrapper::Wrapper;
use super::part::Part;
use super::phase::{self, Place, Update};
use super::{
    backward_arguments, clearing, holds, idle, in_order, incoming, is_definition, left_out, leftover, loss_name, outputs, region, root_of,
};
use super::{scaler, thawed, unnamed, unrolled, watched, weights};
use crate::cx::Cx;

/// The parts of a step that can be ported.
pub(super) struct Step<'a> {
    pub(super) place: Place<'a>,
    /// The first statement that uses the model, and the end of those that decide about the loss.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether other statements stand between them and `backward`: they stay where they are.
    pub(super) has_tail: bool,
    /// Whether the condition around `backward`, or what stands in front of it, reads the loss: its gradients are taken before, and may not be wanted.
    pub(super) is_early: bool,
    pub(super) updates: Vec<Update<'a>>,
    /// Arrays whose gradients are looked at, beside those of the model, where nothing is updated.
    pub(super) watched_arrays: Vec<String>,
    /// Where the gradients of several passes are added up for one step.
    pub(super) gathering: Option<Gathering<'a>>,
    /// The function that holds the step, where the optimizer calls it.
    pub(super) closure: Option<Closure<'a>>,
    pub(super) zero_grads: Vec<&'a ast::Stmt>,
    /// What is done with the gradients before the update.
    pub(super) with_gradients: Between<'a>,
    /// What a gradient scaler does beside.
    pub(super) scaling: Vec<&'a ast::Stmt>,
    /// As they are written here; most often one.
    pub(super) models: Vec<String>,
    /// The modules whose arrays are evaluated at the end: the models, or what one is a part of.
    pub(super) outermost: Vec<String>,
    /// Whether some parameters may take no part in the loss.
    pub(super) may_idle: bool,
    pub(super) loss: &'a ast::Expr,
    /// Other losses, whose gradients are wanted as well.
    pub(super) more: Vec<&'a ast::Expr>,
    /// Passes before this one that are one with it.
    pub(super) earlier: Vec<Earlier<'a>>,
    /// What the gradients of each loss are multiplied with: `one` of `loss.backward(one)`.
    pub(super) weights: Vec<Option<&'a ast::Expr>>,
    /// Whether the loss is an attribute that the statements assign: `self.loss`.
    pub(super) has_place: bool,
    /// What the loss function computes once more, of what an earlier pass has.
    pub(super) carried: Option<Carried<'a>>,
    /// Parameters of the loss function: names that the statements both read and bind.
    pub(super) inputs: Vec<&'a str>,
    /// Values that are used afterwards.
    pub(super) outputs: Vec<&'a str>,
    /// New names of them.
    pub(super) given: Vec<String>,
}

impl<'a> Step<'a> {
    pub(super) fn find(cx: &Cx<'a>, place: Place<'a>, call: MethodCall<'a>) -> Result<Self, String> {
        let (mut keeps, weight) = backward_arguments::of(cx, &call)?;
        let mut weights = vec![weight];
        let mut more = Vec::new();
        for pass in place.joined().iter().filter_map(|stmt| statement(cx, stmt, "backward")) {
            let weight;
            (keeps, weight) = backward_arguments::of(cx, &pass)?;
            weights.push(weight);
            more.push(pass.receiver);
        }
        let Place { forward, from, upto, block, backward, last, .. } = place;
        let own = place.own();
        if place.others(cx).any(|stmt| holds(stmt, &mut |expr| method(cx, expr, "backward").is_some())) {
            return Err("it holds more than one backward pass".into());
        }
        let scopes = Scopes::around(cx, own);
        let closure = closure::of(cx, &scopes, &place);
        let (updates, mut gathering) = phase::updates(cx, &scopes, &place, closure.as_ref())?;
        let mut models = phase::models(&updates);
        let is_watched = updates.is_empty();
        let mut watched_arrays = Vec::new();
        if is_watched && let Some((model, arrays)) = watched::models(cx, &scopes, &place) {
            models.push(model);
            models.extend(arrays.iter().cloned());
            watched_arrays = arrays;
        }
        let shown = models.join("` and `");
        let mentions = Mentions::of(cx, &scopes, &models);
        let mut zero_grads = match &gathering {
            Some(gathering) => gathering.zeros.clone(),
            None if is_watched => phase::zero_grads_of_watched(cx, &scopes, &place, &models)?,
            None => match phase::zero_grads(cx, &scopes, &place, &updates) {
                Ok(zero_grads) if !skips(cx, &mentions, &place, &updates, &zero_grads) => zero_grads,
                cleared => {
                    let mut found = gathering::beside(&place, &updates).ok_or_else(|| cleared.err().unwrap_or_else(|| SKIPS.into()))?;
                    found.clear(cx, &mentions, &place)?;
                    gathering.insert(found).zeros.clone()
                }
            },
        };
        let guard = guarded::branch(&place, &updates);
        zero_grads.extend(guard.map(|guard| guarded::zeros(cx, &mentions, guard, &updates)).unwrap_or_default());
        if !is_watched && let Some(other) = leftover::left_before(cx, &mentions, &block[place.first]) {
            let other = cx.snippet(other);
            return Err(format!("its first turn adds to the gradients that `{other}.backward()` elsewhere may leave: clear them before"));
        }
        let loss = call.receiver;
        let start = region::first_use(cx, &mentions, (forward, from), upto, &updates);
        let is_own = |stmt: &ast::Stmt| !zero_grads.iter().any(|zero| std::ptr::eq(*zero, stmt));
        let end_with = |start: usize, loss: &'a ast::Expr| region::end(cx, forward, start, upto, &is_own, loss);
        let end_of = |start: usize| more.iter().fold(end_with(start, loss), |end, other| end.max(end_with(start, other)));
        let carried = carried::of(cx, &mentions, &place, &updates, (start, &end_of), loss)?;
        let start = carried.as_ref().map_or(start, |carried| carried.start);
        if start == upto && carried.is_none() && (place.guard.is_some() || !mentions.in_expr(loss)) {
            if from > 0 && region::comes_from(cx, &mentions, &forward[upto - 1], loss) {
                return Err(format!(
                    "its loss goes on from what `{shown}` gave before another pass: compute that anew behind the other step"
                ));
            }
            return Err(format!("`{shown}` is not used between the start of this block and `backward`"));
        }
        let (earlier, behind) = earlier::of(cx, &mentions, &place, start)?;
        let end = end_of(start).max(behind);
        if carried.is_none() && !mentions.runs(&forward[start..end], loss) {
            return Err(format!(
                "the loss comes from what `{shown}` gave before: keep the inputs and choices instead, and compute its values from them inside of the loss function"
            ));
        }
        let has_tail = forward[end..upto].iter().any(is_own);
        let run = &forward[start..end];
        movable(cx, run, &zero_grads, &models, &updates)?;
        if let Some(stmt) = run.iter().filter(|stmt| is_own(stmt)).find(|stmt| weights::changed(&mentions, stmt)) {
            return Err(format!("`{}` changes what is trained between the forward pass and `backward`", cx.snippet(stmt)));
        }
        for loss in std::iter::once(loss).chain(more.iter().copied()).chain(earlier.iter().map(|earlier| earlier.loss)) {
            no_grad_blocks(cx, &mentions, run, loss)?;
        }
        let cleared_before = is_watched || zero_grads.iter().any(|zero| zero.range().end() <= own.range().start());
        let scaler = scaler::of(cx, &call);
        let mut with_gradients = Between::default();
        if let Some(gathering) = &gathering {
            let (of_one, of_all) = gathering.between(&place);
            let one = between(cx, &mentions, of_one, (&updates, scaler), true)?;
            if !one.reads.is_empty() || !one.calls.is_empty() {
                return Err("the gradients of single passes are read before they add up".into());
            }
            with_gradients = between(cx, &mentions, of_all, (&updates, scaler), true)?;
            // What clips behind each pass clips the sum so far.
            with_gradients.extend(one);
        } else if backward == last {
            with_gradients = between(cx, &mentions, &block[backward + 1..place.last_step(&updates)], (&updates, scaler), cleared_before)?;
            if let Some(guard) = guard {
                with_gradients.extend(guarded::between_guard(cx, &mentions, guard, (&updates, scaler), cleared_before)?);
            }
        } else if backward == place.first {
            // Ex) `fgm.attack()`, which moves weights along the gradients of the first pass.
            let rest = &block[backward + 1..last];
            let next = rest.iter().position(|stmt| statement(cx, stmt, "backward").is_some()).unwrap_or(rest.len());
            for stmt in rest[..next].iter().filter(|stmt| GradientCall::of(cx, stmt).is_some()) {
                let own = between(cx, &mentions, std::slice::from_ref(stmt), (&updates, scaler), cleared_before)?;
                with_gradients.calls.extend(own.calls);
            }
        }
        let is_array = |model: &String| watched_arrays.contains(model) || updates.iter().any(|update| update.arrays.contains(model));
        // LBFGS takes zeros for gradients that are not there.
        let is_repeated = closure.as_ref().is_some_and(|closure| closure.is_repeated);
        let moves_idle = !is_repeated && updates.iter().any(|update| update.moves_idle);
        let takes_no_part = (is_watched && !is_repeated || moves_idle)
            && (models.iter().filter(|model| !is_array(model)).any(|model| {
                let own = Mentions::of(cx, &scopes, std::slice::from_ref(model));
                let (kind, part) = (idle::kind_of(cx, run, loss, model), Part::of(&own, run, loss));
                idle::may_idle(cx, &kind, &part) || outputs::are_unread(cx, &own, &kind, (run, loss), &part.used)
            }) || models.len() > 1 && !idle::uses_all(cx, run, loss, &models));
        if moves_idle
            && let Some(zero) = zero_grads.iter().find(|zero| clearing::leaves_zeros(cx, zero))
            && (takes_no_part || thawed::freezes(cx, &scopes, &updates))
        {
            let zero = cx.snippet(*zero);
            return Err(format!("`{zero}` leaves zeros as gradients, which move parameters that take no part in the loss: leave `None`"));
        }
        let drops = with_gradients.calls.iter().any(|call| call.drops);
        let may_idle = thawed::meets(cx, &scopes, &updates)? || takes_no_part || drops;
        if may_idle && is_watched {
            return Err("some parameters may have no gradient, and gradients are looked at".into());
        }
        if may_idle && updates.iter().any(|update| Wrapper::of(cx, update.optimizer).is_some()) {
            return Err("some parameters may have no gradient, and another class steps the optimizer, which moves them".into());
        }
        if may_idle && updates.iter().any(|update| update.by_hand.is_some_and(|by_hand| !by_hand.leaves_out_idle(cx))) {
            return Err("some parameters may have no gradient, and the update by hand moves them".into());
        }
        let outermost = mentions.outermost();
        let mut found = Self {
            place,
            start,
            end,
            has_tail,
            is_early: false,
            zero_grads,
            scaling: scaler
                .map(|scaler| {
                    let behind = gathering.as_ref().map_or(&[][..], |gathering| gathering.suite);
                    [scaler::upkeep(cx, &block[backward + 1..], scaler), scaler::upkeep(cx, behind, scaler)].concat()
                })
                .unwrap_or_default(),
            with_gradients,
            outermost,
            may_idle,
            loss,
            more,
            earlier,
            weights,
            has_place: false,
            carried,
            closure,
            inputs: Vec::new(),
            outputs: Vec::new(),
            given: Vec::new(),
            watched_arrays,
            updates,
            gathering,
            models: models.clone(),
        };
        found.names(cx, &mentions)?;
        unrolled::check(cx, &mentions, &found)?;
        if keeps && found.inputs.iter().any(|name| found.outputs.contains(name)) {
            return Err("its graph is kept, and values go from one pass to the next with their gradients".into());
        }
        incoming::check(cx, &mentions, &found)?;
        Ok(found)
    }

    /// All losses whose gradients are taken.
    pub(super) fn losses(&self) -> impl Iterator<Item = &'a ast::Expr> + use<'a, '_> {
        std::iter::once(self.loss).chain(self.more.iter().copied())
    }

    /// Whether what is differentiated is none of the losses themselves: a sum, or one with a weight.
    pub(super) fn has_own_value(&self) -> bool {
        !self.more.is_empty() || !self.earlier.is_empty() || self.weights.iter().any(Option::is_some)
    }

    /// The statements of the loss function.
    pub(super) fn run(&self) -> &'a [ast::Stmt] {
        &self.place.forward[self.start..self.end]
    }

    /// What the loss function takes and gives.
    fn names(&mut self, cx: &Cx<'a>, mentions: &Mentions<'_, 'a>) -> Result<(), String> {
        let scopes = mentions.scopes;
        let Place { forward, upto, block, backward, guard, .. } = self.place;
        let run = self.run();
        let mut flow = Flow::of(run);
        self.losses().for_each(|loss| flow.read(loss));
        let mut rebound = Flow::of(&forward[self.start..upto]).bound;
        rebound.extend(Flow::of(&block[if guard.is_some() { 0 } else { backward }..self.place.last_step(&self.updates)]).bound);
        rebound.extend(guarded::branch(&self.place, &self.updates).into_iter().flat_map(|guard| Flow::of(&guard.body).bound));
        let unnamed: Vec<&str> = self.models.iter().flat_map(|model| unnamed::names(cx, scopes, model)).collect();
        let roots = self.models.iter().map(|model| model.split(['.', '[']).next().unwrap_or_default()).chain(unnamed);
        let lists = self.updates.iter().filter_map(|update| update.each).map(|each| root_of(cx, each.list));
        let mut roots = roots.chain(self.updates.iter().map(|update| root_of(cx, update.optimizer))).chain(lists);
        if let Some(root) = roots.find(|root| rebound.contains(root)) {
            return Err(format!("`{root}` is bound anew between the forward pass and `step`"));
        }
        if let Some(ast::Stmt::If(guard)) = guard {
            // Nothing is computed before it is known whether its gradients are wanted, unless that is told by the loss.
            let mut early = Flow::of(&forward[self.end..upto]);
            early.read(&guard.test);
            early.suite(&block[..backward]);
            self.is_early = early.exposed.intersection(&flow.bound).next().is_some() || !guard.orelse.is_empty();
            if !cx.file.starts_line(block[0].range().start()) {
                return Err("the condition around `backward` stands on one line with it".into());
            }
            if run.is_empty() && self.is_early {
                return Err("the condition around `backward` reads the loss, which the statement itself computes".into());
            }
        }
        for loss in self.losses() {
            let mut read = Names::new();
            flow::loads(loss, &mut read);
            let is_made_here = match loss {
                ast::Expr::Name(name) => flow.bound.contains(name.id.as_str()),
                // Ex) `outputs.loss`, of `outputs = model(x)`
                ast::Expr::Attribute(_) => region::assigns(cx, mentions, run, cx.source(loss)) || flow.bound.contains(root_of(cx, loss)),
                _ => run.is_empty() || run.iter().any(|stmt| region::decides(cx, stmt, loss, &read)),
            };
            if !is_made_here {
                return Err(format!("`{}` comes from elsewhere", cx.snippet(loss)));
            }
        }
        self.has_place = matches!(self.loss, ast::Expr::Attribute(_)) && region::assigns(cx, mentions, run, cx.source(self.loss));
        let mut outside: Names<'a> = flow.exposed.difference(&flow.bound).copied().collect();
        if let Some(carried) = &self.carried {
            if let Some(name) = carried.names.iter().chain(&carried.reads).find(|name| flow.bound.contains(*name)) {
                return Err(format!("its loss goes on from `{name}` of another pass, which it binds anew"));
            }
            outside.retain(|name| !carried.names.contains(name));
        }
        for weight in self.weights.iter().flatten() {
            let mut read = Names::new();
            flow::loads(weight, &mut read);
            let is_made_here = weight.is_name_expr() && read.intersection(&flow.bound).next().is_some();
            if is_made_here || guard.is_some() || self.closure.is_some() || self.has_place {
                return Err("`backward` has arguments".into());
            }
            flow.read(weight);
        }
        let has_arrays = !self.watched_arrays.is_empty() || self.updates.iter().any(|update| !update.arrays.is_empty());
        outer_gradients(cx, mentions, &forward[self.start], &outside, has_arrays)?;
        let last = if self.has_tail || guard.is_some() { &forward[self.end - 1] } else { self.place.own() };
        let whole = TextRange::new(forward[self.start].range().start(), last.range().end());
        // The loss function gives it first; a sum of several has a name of its own.
        let loss = loss_name(self.loss).filter(|_| !self.has_own_value());
        let wanted: Names<'a> = flow.bound.iter().copied().filter(|name| Some(*name) != loss).collect();
        let mut live = flow::read_afterwards(scopes.body(), whole, &wanted);
        live.extend(flow::declared(scopes.body()).intersection(&wanted));
        let mut inputs: Names<'a> = flow.exposed.intersection(&flow.bound).copied().collect();
        inputs.extend(live.iter().copied().chain(self.losses().filter_map(loss_name)).filter(|name| !flow.definite.contains(name)));
        let before = bound_before(cx, scopes, forward, self.start);
        // Where a loop binds it and never turns, the program fails at its next use, and so does the port.
        let mut turning = Flow::of_turning(run);
        self.losses().for_each(|loss| turning.read(loss));
        let is_there = |name: &str| before.contains(name) || scopes.starts_with(name);
        inputs.retain(|name| is_there(name) || !turning.definite.contains(name) || turning.exposed.contains(name));
        if let Some(name) = inputs.iter().find(|name| !is_there(name)) {
            return Err(format!("`{name}` may not be bound yet where the loss function would take it"));
        }
        self.inputs = in_order(run, inputs);
        self.outputs = in_order(run, live);
        Ok(())
    }
}

const SKIPS: &str = "some turns leave before `step`, and their gradients add to those of the next one";

/// Whether some turns of a loop leave between `backward` and `step`, and nothing clears their gradients before the next pass.
fn skips<'a>(cx: &Cx<'a>, mentions: &Mentions<'_, 'a>, place: &Place<'a>, updates: &[Update<'a>], zero_grads: &[&'a ast::Stmt]) -> bool {
    let Place { block, backward, last, guard: None, .. } = *place else { return false };
    let is_cleared = zero_grads.iter().any(|zero| zero.range().end() <= block[backward].range().start());
    let between = &block[backward + 1..place.last_step(updates)];
    backward == last && !is_cleared && between.iter().any(|stmt| left_out::skips(cx, mentions, stmt, updates))
}

/// The names that are surely bound where the statement at `at` starts, parameters left out.
fn bound_before<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, suite: &'a [ast::Stmt], at: usize) -> Names<'a> {
    let mut names = flow::declared(scopes.body());
    names.extend(Flow::of(&suite[..at]).definite);
    let mut inner = &suite[at];
    for node in cx.ancestors(Node::Stmt(inner)) {
        let Node::Stmt(outer) = node else { continue };
        if let ast::Stmt::For(s) = outer
            && s.body.iter().any(|stmt| std::ptr::eq(stmt, inner))
        {
            flow::targets(&s.target, &mut names);
        }
        if let ast::Stmt::With(s) = outer {
            s.items.iter().filter_map(|item| item.optional_vars.as_deref()).for_each(|target| flow::targets(target, &mut names));
        }
        for suite in node::suites(outer) {
            if let Some(at) = suite.iter().position(|stmt| std::ptr::eq(stmt, inner)) {
                names.extend(Flow::of(&suite[..at]).definite);
            }
        }
        if is_definition(outer) {
            return names;
        }
        inner = outer;
    }
    if let Some(at) = scopes.module.iter().position(|stmt| std::ptr::eq(stmt, inner)) {
        names.extend(Flow::of(&scopes.module[..at]).definite);
    }
    names
}
