//! Writes a training step: the loss function, its gradients, the update.

use t2m_syntax::ast::{self, Ranged};
use t2m_syntax::piece::Action;
use t2m_syntax::{Edit, Nest, Piece, Prec};

use super::Step;
use super::each_optimizer::Turns;
use super::earlier::Earlier;
use super::events::{Clip, argument, clip};
use super::holder::{self, Holder};
use super::one_element;
use super::optimizer_wrapper::Wrapper;
use super::phase::Update;
use super::twin::Twin;
use super::unnamed;
use crate::claim::StmtClaim;
use crate::cx::{Cx, contains_word};
use crate::names::{Module, Uses};
use crate::rules::SuiteClaims;

/// The claims on the statements of a step.
pub(super) fn claims<'a>(cx: &Cx<'a>, step: &Step<'a>) -> Result<SuiteClaims<'a>, String> {
    let names = Written {
        function: unused(cx, &["loss_fn", "compute_loss", "forward_loss", "step_loss"]),
        gradients: unused(cx, &["grads", "gradients", "model_grads"]),
        total: unused(cx, &["total_grads", "summed_grads", "all_grads"]),
        loss: match step.loss {
            _ if step.has_own_value() => unused(cx, &["loss", "total_loss", "step_loss_value"]),
            ast::Expr::Name(_) => cx.source(step.loss).to_owned(),
            ast::Expr::Attribute(_) if step.has_place => cx.source(step.loss).to_owned(),
            _ => unused(cx, &["loss", "total_loss", "step_loss_value"]),
        },
    };
    let mut claims: SuiteClaims<'a> =
        step.scaling.iter().chain(&step.with_gradients.gone).map(|gone| (*gone, StmtClaim::delete())).collect();
    let none = format!("{} = None", names.total);
    let cleared = || if step.gathering.is_some() { StmtClaim::replace(vec![Piece::text(none.clone())]) } else { StmtClaim::delete() };
    claims.extend(step.zero_grads.iter().map(|zero| (*zero, cleared())));
    if let Some(starts) = step.gathering.as_ref().and_then(|gathering| gathering.starts) {
        let mut claim = StmtClaim::keep();
        claim.decision.before = vec![none.clone()];
        claims.push((starts, claim));
    }
    claims.push((step.place.own(), backward(cx, step, &names)?));
    claims.extend(step.place.joined().iter().map(|beside| (beside, StmtClaim::delete())));
    claims.extend(step.earlier.iter().map(Earlier::claim));
    if let Some(carried) = &step.carried
        && let Some(claim) = carried.noted(cx, &step.models)
    {
        claims.push(claim);
    }
    if let Some(guard) = step.place.guard.filter(|_| !step.is_early) {
        claims.push((guard, otherwise(step, &names)));
    }
    let holder = step.holder(cx);
    let model_of = |part: usize| step.models.get(part).map_or("", String::as_str);
    let taken =
        |part: Option<usize>| part.map_or_else(|| names.taken(step).to_owned(), |part| holder.of_model(names.taken(step), model_of(part)));
    claims.extend(step.with_gradients.reads.iter().flat_map(|reads| reads.claims(cx, &taken)));
    for call in &step.with_gradients.calls {
        claims.push((call.stmt, call.claim(cx, &taken(call.part))));
    }
    if step.place.backward != step.place.last {
        return Ok(claims);
    }
    for clip in &step.with_gradients.clips {
        let gradients = taken(clip.part);
        claims.push((clip.stmt, clipping(cx, clip, &gradients)?));
    }
    for flush in step.gathering.iter().flat_map(|gathering| &gathering.flushes) {
        claims.push((*flush, flushed(cx, step, &names)));
    }
    if let (Some(closure), [update]) = (&step.closure, &step.updates[..]) {
        let update_with = |loss: &str| {
            let names = Written { loss: loss.to_owned(), ..names.clone() };
            updated(cx, step, update, &names, true)
        };
        let holder = step.holder(cx);
        let free = unused(cx, &["step_loss", "closure_loss", "loss_of_step"]);
        claims.extend(closure.claims(cx, update.stmt, (&names.loss, &names.gradients, &free), &holder.text(cx), &update_with));
        return Ok(claims);
    }
    if let (Some(twin), [update]) = (step.place.twin.and_then(|suite| Twin::of(cx, suite)), &step.updates[..]) {
        claims.extend(twin.upkeep.iter().chain([&twin.backward]).map(|gone| (*gone, StmtClaim::delete())));
        if twin.clips.len() != step.with_gradients.clips.len() {
            return Err("its gradients are clipped in another way in the other branch".into());
        }
        for (stmt, own) in twin.clips.iter().zip(&step.with_gradients.clips) {
            let Some(clip) = clip(cx, stmt) else { continue };
            claims.push((*stmt, clipping(cx, &clip, &taken(own.part))?));
        }
        claims.push((twin.step, updated(cx, step, update, &names, true)));
    }
    for (at, update) in step.updates.iter().enumerate() {
        if at > 0 && update.each.is_some() && step.updates[at - 1].at == update.at {
            continue;
        }
        let is_last = step.updates.last().is_some_and(|last| last.at == update.at);
        let mut claim = updated(cx, step, update, &names, is_last);
        if let Some(by_hand) = update.by_hand {
            let gradients = match by_hand.is_list {
                true => format!("{}[\"arrays\"]", holder.of_layer(names.taken(step), &update.models)),
                false => holder.of_model(names.taken(step), cx.source(by_hand.model)),
            };
            let mut written = by_hand.claims(cx, update.stmt, &gradients);
            if let Some((_, first)) = written.first_mut() {
                first.decision.after = std::mem::take(&mut claim.decision.after);
                first.uses.extend(&claim.uses);
            }
            claims.extend(written);
        } else {
            if let Some(turns) = update.each
                && let (Some(inner), Some((_, _, stepped))) = (updated_each(cx, step, turns, &names).1, turns.beside)
            {
                claims.push((stepped, inner));
            }
            claims.push((update.stmt, claim));
        }
    }
    Ok(claims)
}

impl Step<'_> {
    /// What is differentiated.
    fn holder(&self, cx: &Cx<'_>) -> Holder {
        if self.updates.is_empty() {
            return Holder::of(cx, std::iter::once(&self.models[..]), &self.watched_arrays);
        }
        Holder::of(cx, self.updates.iter().map(|update| &update.models[..]), &self.arrays())
    }

    /// What the loss function gives beside the loss.
    fn given(&self) -> String {
        let outputs = self.outputs.iter().copied().chain(self.given.iter().map(String::as_str));
        outputs.map(|name| format!(", {name}")).collect()
    }

    fn arrays(&self) -> Vec<String> {
        self.updates.iter().flat_map(|update| update.arrays.iter().cloned()).collect()
    }
}

/// New names.
#[derive(Clone)]
struct Written {
    function: String,
    gradients: String,
    /// Those of several passes.
    total: String,
    loss: String,
}

impl Written {
    /// The gradients that an optimizer takes.
    fn taken(&self, step: &Step<'_>) -> &str {
        if step.gathering.is_some() { &self.total } else { &self.gradients }
    }
}

pub(super) fn unused(cx: &Cx<'_>, names: &[&str]) -> String {
    let free = names.iter().find(|name| !contains_word(&cx.file.text, name));
    free.map_or_else(|| cx.fresh_name(names[0]), |name| (*name).to_owned())
}

/// `def loss_fn(): ...` and `loss, grads = nn.value_and_grad(model, loss_fn)()`.
fn backward<'a>(cx: &Cx<'a>, step: &Step<'a>, names: &Written) -> Result<StmtClaim<'a>, String> {
    let Written { function, gradients, loss, total } = names;
    let inputs = step.inputs.join(", ");
    let header = format!("def {function}({inputs}):");
    let outputs = step.given();
    let mut footer = vec![Piece::text("return ")];
    footer.extend(step.earlier.iter().flat_map(Earlier::term));
    for (at, loss) in step.losses().enumerate() {
        if at > 0 {
            footer.push(Piece::text(" + "));
        }
        if let Some(weight) = step.weights[at] {
            let product = [
                Piece::text("("),
                Piece::Expr(loss, Prec::Term),
                Piece::text(" * "),
                Piece::Expr(weight, Prec::Unary),
                Piece::text(").sum()"),
            ];
            footer.extend(product);
            continue;
        }
        // PyTorch takes one element of whatever shape.
        let is_vector = one_element::is_vector(cx, &step.place.forward[step.place.from..step.place.upto], loss);
        footer.push(Piece::Expr(loss, if is_vector { Prec::Atom } else { Prec::Named }));
        footer.extend(is_vector.then(|| Piece::text(".squeeze()")));
    }
    footer.push(Piece::text(outputs.clone()));
    let value = if outputs.is_empty() { loss.clone() } else { format!("({loss}{outputs})") };
    let (value_and_grad, mut uses) = cx.member(if step.may_idle { Module::Compat } else { Module::Nn }, "value_and_grad");
    let holder = step.holder(cx);
    uses.extend(&holder.uses);
    let models = holder.text(cx);
    let call = |gradients: &str| format!("{value}, {gradients} = {value_and_grad}({models}, {function})({inputs})");
    let call = if step.gathering.is_some() {
        let (add, more) = cx.member(Module::Compat, "add_gradients");
        uses.extend(&more);
        let (eval, more) = cx.member(Module::Core, "eval");
        uses.extend(&more);
        let sum = format!("{total} = {add}({total}, {gradients})");
        let evaluated = format!("{eval}({loss}, {total})");
        vec![Piece::text(call(gradients)), Piece::NewLine(0), Piece::text(sum), Piece::NewLine(0), Piece::text(evaluated)]
    } else if step.place.backward == step.place.first || step.place.merged {
        vec![Piece::text(call(gradients))]
    } else {
        // The gradients of another pass of the same step.
        let (add, more) = cx.member(Module::Compat, "add_gradients");
        uses.extend(&more);
        let own = unused(cx, &["more_grads", "added_grads", "more_gradients"]);
        let sum = format!("{gradients} = {add}({gradients}, {own})");
        vec![Piece::text(call(&own)), Piece::NewLine(0), Piece::text(sum)]
    };
    let stmts = step.run();
    let claim = if stmts.is_empty() {
        if !cx.owns_its_lines(step.place.own()) {
            return Err("its statements share a line with others".into());
        }
        let mut pieces = vec![Piece::text(header), Piece::NewLine(1)];
        if let Some(carried) = &step.carried {
            pieces.extend(carried.lines(1));
            pieces.push(Piece::NewLine(1));
        }
        pieces.extend(footer);
        pieces.push(Piece::NewLine(0));
        pieces.extend(call);
        StmtClaim::replace(pieces)
    } else {
        let is_apart = step.is_early || step.has_tail && step.place.guard.is_none();
        let (mut claim, below) = if is_apart { (StmtClaim::delete(), Some(call)) } else { (StmtClaim::replace(call), None) };
        claim.nest = Some(Nest { header, stmts, footer, below, first: step.carried.iter().flat_map(|carried| carried.lines(0)).collect() });
        claim
    };
    Ok(claim.uses(uses))
}

/// Where the gradients are not wanted, the loss function is called as it is.
fn otherwise<'a>(step: &Step<'a>, names: &Written) -> StmtClaim<'a> {
    let outputs = step.given();
    let call = format!("{}{outputs} = {}({})", names.loss, names.function, step.inputs.join(", "));
    let mut claim = StmtClaim::keep();
    claim.decision.after = vec![vec![Piece::text("else:"), Piece::NewLine(1), Piece::text(call)]];
    claim
}

/// `clip_grad_norm_(params, **settings)`: the helper takes the same names.
fn clipping_by_settings<'a>(cx: &Cx<'a>, clip: &Clip<'a>, gradients: &str) -> Option<StmtClaim<'a>> {
    let ([_], [settings]) = (&clip.call.args[..], &clip.call.keywords[..]) else { return None };
    if settings.arg.is_some() || clip.by_value || clip.is_embedded {
        return None;
    }
    let (function, uses) = cx.member(Module::Compat, "clip_grad_norm_");
    let norm = clip.norm.map_or("_", |norm| cx.source(norm));
    let open = Piece::text(format!("{gradients}, {norm} = {function}({gradients}, **"));
    Some(StmtClaim::replace(vec![open, Piece::Expr(&settings.value, Prec::Atom), Piece::text(")")]).uses(uses))
}

/// `grads, norm = optim.clip_grad_norm(grads, max_norm=1.0)`: gradients are values, so clipping gives new ones.
fn clipping<'a>(cx: &Cx<'a>, clip: &Clip<'a>, gradients: &str) -> Result<StmtClaim<'a>, String> {
    if let Some(claim) = clipping_by_settings(cx, clip, gradients) {
        return Ok(claim);
    }
    let starred =
        clip.call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_))) || clip.call.keywords.iter().any(|k| k.arg.is_none());
    let (limit, names) =
        if clip.by_value { ("clip_value", &["foreach"][..]) } else { ("max_norm", &["foreach", "error_if_nonfinite", "norm_type"][..]) };
    let Some(value) = argument(clip.call, 1, limit).filter(|_| !starred) else {
        return Err("the limit of the clipping is not plain".into());
    };
    if clip
        .call
        .keywords
        .iter()
        .filter_map(|k| k.arg.as_deref())
        .any(|name| name != limit && name != "parameters" && !names.contains(&name))
    {
        return Err("the clipping has an argument that MLX does not take".into());
    }
    if clip.by_value {
        let (function, uses) = cx.member(Module::Compat, "clip_grad_value_");
        let pieces =
            vec![Piece::text(format!("{gradients} = {function}({gradients}, ")), Piece::Expr(value, Prec::Named), Piece::text(")")];
        return Ok(StmtClaim::replace(pieces).uses(uses));
    }
    let norm_type = argument(clip.call, 2, "norm_type").filter(|value| !matches!(cx.source(*value), "2" | "2.0"));
    let nonfinite = argument(clip.call, 3, "error_if_nonfinite").filter(|value| cx.source(*value) != "False");
    let is_plain = norm_type.is_none() && nonfinite.is_none() && !cx.has_complex_parameters();
    let (function, uses) =
        if is_plain { cx.member(Module::Optimizers, "clip_grad_norm") } else { cx.member(Module::Compat, "clip_grad_norm_") };
    if clip.is_embedded {
        let is_text = |value: &ast::Expr| cx.is_simple(value) && cx.entity(value).is_none();
        if !is_plain || !is_text(value) {
            return Err(format!("`{}` does more than clip", cx.snippet(clip.stmt)));
        }
        let norm = unused(cx, &["grad_norm", "total_norm", "gradient_norm"]);
        let line = format!("{gradients}, {norm} = {function}({gradients}, max_norm={})", cx.source(value));
        let mut claim = StmtClaim::edit(vec![Edit::text(clip.call.range, norm)]);
        claim.decision.before = vec![line];
        return Ok(claim.uses(uses));
    }
    let norm = clip.norm.map_or("_", |norm| cx.source(norm));
    let mut pieces = vec![Piece::text(format!("{gradients}, {norm} = {function}({gradients}, max_norm=")), Piece::Expr(value, Prec::Named)];
    for (name, value) in [("norm_type", norm_type), ("error_if_nonfinite", nonfinite)] {
        if let Some(value) = value {
            pieces.extend([Piece::text(format!(", {name}=")), Piece::Expr(value, Prec::Named)]);
        }
    }
    pieces.push(Piece::text(")"));
    Ok(StmtClaim::replace(pieces).uses(uses))
}

/// `optimizer.update(model, grads)`, and at the end the evaluation of everything that the step changed.
fn updated<'a>(cx: &Cx<'a>, step: &Step<'a>, update: &Update<'a>, names: &Written, is_last: bool) -> StmtClaim<'a> {
    let optimizer = cx.source(update.optimizer);
    let own = Holder::of(cx, std::iter::once(&update.models[..]), &update.arrays);
    let gradients = match step.updates.len() {
        1 => names.taken(step).to_owned(),
        _ => step.holder(cx).of_layer(names.taken(step), &update.models),
    };
    let (models, mut uses) = (own.text(cx), own.uses);
    let text = match Wrapper::of(cx, update.optimizer) {
        Some(wrapper) => format!("{optimizer}.{}({models}, {gradients})", wrapper.method()),
        None => update_call(cx, step, [optimizer, &models, &gradients], &mut uses),
    };
    let mut claim = match update.each {
        Some(turns) => updated_each(cx, step, turns, names).0,
        None => StmtClaim::replace(vec![Piece::text(text)]),
    };
    if is_last {
        let (eval, more) = cx.member(Module::Core, "eval");
        uses.extend(&more);
        let arrays = step.arrays();
        let parameters = step.outermost.iter().map(|model| match arrays.contains(model) {
            // `*parameters`
            true => model.trim_start_matches(unnamed::STAR).to_owned(),
            false => format!("{}.parameters()", holder::in_port(cx, model)),
        });
        let mut states: Vec<String> =
            step.updates.iter().filter(|update| update.stepped().is_some()).map(|update| state(cx, update)).collect();
        states.dedup();
        let loss = step.gathering.is_none().then(|| names.loss.clone());
        let all: Vec<String> = loss.into_iter().chain(parameters).chain(states).collect();
        claim.decision.after = vec![vec![Piece::text(format!("{eval}({})", all.join(", ")))]];
    }
    claim.uses(uses)
}

/// `optimizer.state`
fn state(cx: &Cx<'_>, update: &Update<'_>) -> String {
    match update.each {
        Some(each) => format!("[{0}.state for {0} in {1}]", cx.source(each.one), cx.source(each.list)),
        None => {
            let held = Wrapper::of(cx, update.optimizer).map_or_else(String::new, |wrapper| format!(".{}", wrapper.attr));
            format!("{}{held}.state", cx.source(update.optimizer))
        }
    }
}

/// A loop over optimizers goes over their models and gradients as well.
fn updated_each<'a>(cx: &Cx<'a>, step: &Step<'a>, turns: Turns<'a>, names: &Written) -> (StmtClaim<'a>, Option<StmtClaim<'a>>) {
    let own = || step.updates.iter().filter(|update| update.each.is_some_and(|own| std::ptr::eq(own.stmt, turns.stmt)));
    let mut uses = Uses::default();
    let mut models = Vec::new();
    let mut gradients = Vec::new();
    for update in own() {
        let holder = Holder::of(cx, std::iter::once(&update.models[..]), &update.arrays);
        models.push(holder.text(cx));
        uses.extend(&holder.uses);
        gradients.push(if step.updates.len() == 1 {
            names.taken(step).to_owned()
        } else {
            step.holder(cx).of_layer(names.taken(step), &update.models)
        });
    }
    let is_all = models.len() > 1 && models.len() == step.updates.len() && models.len() == step.holder(cx).layers();
    let gradients = if is_all { format!("{}[\"layers\"]", names.taken(step)) } else { sequence(&gradients) };
    let (optimizer, model) = (cx.source(turns.one), unused(cx, &["module", "trained", "own_model"]));
    let part = unused(cx, &["own_grads", "module_grads", "part_grads"]);
    let over = |list: &ast::Expr| format!("zip({}, {}, {gradients})", cx.source(list), sequence(&models));
    let update = update_call(cx, step, [optimizer, &model, &part], &mut uses);
    match turns.beside {
        Some((target, iter, _)) => {
            let names = cx.source(target);
            let names = if names.starts_with('(') { names.to_owned() } else { format!("({names})") };
            let edits = vec![Edit::text(target.range(), format!("{names}, {model}, {part}")), Edit::text(iter.range(), over(iter))];
            (StmtClaim::edit(edits).uses(uses), Some(StmtClaim::replace(vec![Piece::text(update)])))
        }
        None => {
            let header = format!("for {optimizer}, {model}, {part} in {}:", over(turns.list));
            (StmtClaim::replace(vec![Piece::text(header), Piece::NewLine(1), Piece::text(update)]).uses(uses), None)
        }
    }
}

fn sequence(items: &[String]) -> String {
    format!("({}{})", items.join(", "), if items.len() == 1 { "," } else { "" })
}

/// A step behind the loop takes what is left.
fn flushed<'a>(cx: &Cx<'a>, step: &Step<'a>, names: &Written) -> StmtClaim<'a> {
    let mut pieces = vec![Piece::text(format!("if {} is not None:", names.total)), Piece::NewLine(1)];
    let mut uses = Uses::default();
    for update in &step.updates {
        let claim = updated(cx, step, update, names, true);
        uses.extend(&claim.uses);
        if let Action::Replace(text) = claim.decision.action {
            pieces.extend(text);
        }
        for line in claim.decision.after {
            pieces.push(Piece::NewLine(1));
            pieces.extend(line);
        }
    }
    StmtClaim::replace(pieces).uses(uses)
}

/// `optimizer.update(model, grads)`, or the helper's call where some parameters may take no part in a loss.
fn update_call(cx: &Cx<'_>, step: &Step<'_>, [optimizer, model, gradients]: [&str; 3], uses: &mut Uses) -> String {
    if !step.may_idle {
        return format!("{optimizer}.update({model}, {gradients})");
    }
    let (function, more) = cx.member(Module::Compat, "update_used");
    uses.extend(&more);
    format!("{function}({optimizer}, {model}, {gradients})")
}
