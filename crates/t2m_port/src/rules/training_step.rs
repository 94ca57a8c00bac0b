//! `zero_grad`, forward, `backward`, `step` in one suite: the statements up to the loss become a function, which `nn.value_and_grad` differentiates.
//!
//! A step is ported whole or stays whole, with one TODO at its `backward` that names what stands in the way.

mod aside;
mod backward_arguments;
mod backward_gradient;
mod build;
mod by_hand;
mod by_use;
mod called;
mod carried;
mod carried_attributes;
mod carrying;
mod chained_gradient;
mod checks;
mod clearing;
mod clipped;
mod closure;
mod depends;
mod each_optimizer;
mod earlier;
mod elsewhere;
mod events;
mod flow;
mod fresh;
mod gathering;
mod gradient_function;
mod gradient_reads;
mod guarded;
mod handed;
mod held_models;
mod holder;
mod idle;
mod incoming;
mod indexed_optimizer;
mod inner_gradient;
mod input_gradient;
mod kept;
mod late_layer;
mod leaves_nothing;
mod left_early;
mod left_out;
mod left_step;
mod leftover;
mod mentions;
mod model;
mod new_layer;
mod one_element;
mod optimizer_wrapper;
mod other_models;
mod outputs;
mod part;
mod pass_function;
mod passed_parameters;
mod phase;
mod reaching;
mod region;
mod repeats;
mod same_optimizer;
mod scaler;
mod shared_model;
mod step;
mod sure;
mod switchers;
mod taint;
mod thawed;
mod trained;
mod turn_inputs;
mod turns;
mod twin;
mod unnamed;
mod unrolled;
mod update_function;
mod used_up;
mod walked;
mod watched;
mod weights;
mod weights_alone;
mod without_step;

use t2m_syntax::Node;
use t2m_syntax::ast::{self, Ranged};

use self::events::{MethodCall, method, statement, walk};
use self::flow::Names;
use self::phase::Place;
use self::step::Step;
use super::{Hook, Rule, Shape, SuiteClaims};
use crate::claim::{Claim, StmtClaim};
use crate::codes;
use crate::cx::Cx;
use crate::finding::Finding;
use crate::receiver;

pub(super) const RULE: Rule = Rule { name: "training-step", doc: include_str!("training_step.md"), hook: Hook::Suite(training_steps) };

/// What stays of a step that is not ported: no row speaks for its calls, and a `backward` that is no statement is a TODO too.
pub(super) const REST: Rule = Rule {
    name: "backward",
    doc: include_str!("backward.md"),
    hook: Hook::Expr(&[Shape::Attribute, Shape::Call, Shape::Subscript, Shape::Other], rest),
};

pub(super) use self::backward_gradient::RULE as BACKWARD_GRADIENT;
pub(crate) use self::elsewhere::{norm_of_all, owner as owner_elsewhere};
pub(super) use self::gradient_function::RULE as GRADIENT_FUNCTION;
pub(crate) use self::holder::Holder;
pub(super) use self::input_gradient::RULE as INPUT_GRADIENT;
pub(super) use self::late_layer::RULE as LATE_LAYER;
pub(crate) use self::model::is_optimizer_class;
pub(super) use self::model::is_own_optimizer;
pub(super) use self::optimizer_wrapper::RULE as OPTIMIZER_WRAPPER;
pub(crate) use self::other_models::{named, trains_another};
pub(crate) use self::passed_parameters::are_whole as passed_whole;
pub(crate) use self::switchers::Switchers;
pub(crate) use self::trained::{TrainedModels, arrays_of, with_added as trained_by};
pub(super) use self::update_function::RULE as UPDATE_FUNCTION;
pub(super) use self::used_up::looped as over_used_up;

const HELP: &str = "write the loss as a function of the model and use nn.value_and_grad(model, loss_fn)";

fn training_steps<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt]) -> SuiteClaims<'a> {
    let own = pass_function::claims(cx, suite);
    if let Some(Ok(claims)) = own {
        return claims;
    }
    let of_callers = own.and_then(Result::err);
    let mut claims = Vec::new();
    for (places, written) in steps_of(cx, suite, phase::all(cx, suite)) {
        match written {
            Ok(step) => claims.extend(step),
            Err(reason) => {
                let reason = of_callers.as_ref().unwrap_or(&reason);
                let passes = places.iter().flat_map(|(place, _)| std::iter::once(place.own()).chain(place.joined()));
                // The TODO of a pass in a function of its own stands there.
                let passes = passes.filter(|own| statement(cx, own, "backward").is_none_or(|call| call.runs.is_none()));
                claims.extend(passes.map(|own| {
                    let reason = format!("this training step is not ported: {reason}");
                    let at = statement(cx, own, "backward").map_or(own.range(), |backward| backward.call.range);
                    (own, StmtClaim::todo(Finding::todo(codes::TRAINING_STEP, at, reason).help(HELP)))
                }))
            }
        }
    }
    claims
}

type Phase<'a> = Vec<(Place<'a>, MethodCall<'a>)>;

/// What the phases of a suite become, or why one stays as it is.
fn steps_of<'a>(cx: &Cx<'a>, suite: &'a [ast::Stmt], phases: Vec<Phase<'a>>) -> Vec<(Phase<'a>, Result<SuiteClaims<'a>, String>)> {
    let mut found: Vec<_> = phases
        .into_iter()
        .map(|places| {
            let steps = places.iter().map(|(place, backward)| Step::find(cx, *place, *backward)).collect::<Result<Vec<_>, _>>();
            let steps = steps.or_else(|reason| {
                let step = earlier::merged(cx, &places).and_then(|(place, backward)| Step::find(cx, place, backward).ok());
                step.map(|step| vec![step]).ok_or(reason)
            });
            let steps = steps.and_then(|steps| pass_function::check(cx, suite, &places).map(|()| steps));
            (places, steps)
        })
        .collect();
    for step in found.iter_mut().filter_map(|(_, steps)| steps.as_mut().ok()).flatten() {
        step.may_idle = step.may_idle || same_optimizer::idles(cx, step);
    }
    carried::give(found.iter_mut().filter_map(|(_, steps)| steps.as_mut().ok()).flatten().collect());
    let mut written: Vec<(Phase<'a>, Result<SuiteClaims<'a>, String>)> = found
        .into_iter()
        .map(|(places, steps)| {
            let claims = steps.and_then(|steps| {
                let all = steps.iter().map(|step| build::claims(cx, step)).collect::<Result<Vec<_>, _>>();
                all.map(|all| all.into_iter().flatten().collect::<SuiteClaims<'a>>())
            });
            (places, claims)
        })
        .collect();
    // Functions with passes of their own may serve several of them.
    let failed = written.iter().find_map(|(places, step)| step.as_ref().err().filter(|_| pass_function::is_in(cx, places)).cloned());
    if let Some(reason) = failed {
        for (_, step) in written.iter_mut().filter(|(places, step)| step.is_ok() && pass_function::is_in(cx, places)) {
            *step = Err(reason.clone());
        }
    }
    written
}

/// Whether a method named `backward` is PyTorch's: the project's own classes may have one too.
fn is_tape(cx: &Cx<'_>, backward: &MethodCall<'_>) -> bool {
    if backward.runs.is_some() {
        return true;
    }
    let kind = cx.kind(backward.receiver);
    let keywords = backward.call.keywords.iter().filter_map(|keyword| keyword.arg.as_deref());
    kind.is_tensor() || kind.is_unknown() && (backward.is_bare() || keywords.into_iter().any(|name| TAPE_KEYWORDS.contains(&name)))
}

const TAPE_KEYWORDS: &[&str] = &["retain_graph", "create_graph", "gradient", "inputs"];

fn rest<'a>(cx: &Cx<'a>, expr: &'a ast::Expr) -> Option<Claim<'a>> {
    if let Some(claim) =
        gradient_reads::inner(cx, expr).or_else(|| input_gradient::taken_at(cx, expr)).or_else(|| left_step::todo(cx, expr))
    {
        return Some(claim);
    }
    if let ast::Expr::Attribute(gradient) = expr
        && gradient.attr.as_str() == "grad"
        && let Some(Node::Stmt(ast::Stmt::Assign(assign))) = cx.parent(expr)
        && receiver::is_none(&assign.value)
        && cx.kind(&gradient.value) == t2m_semantic::Kind::Parameter
    {
        let reason = "`Tensor.grad`: MLX arrays hold no gradient: `nn.value_and_grad` gives gradients in the shape of the parameters";
        return Some(Claim::todo(Finding::todo(codes::UNSUPPORTED, gradient.range, reason)));
    }
    // The call speaks for its method.
    if let ast::Expr::Attribute(attribute) = expr {
        let is_called = matches!(cx.parent(expr), Some(Node::Expr(ast::Expr::Call(call))) if std::ptr::eq(&*call.func, expr));
        return (is_called && attribute.attr.as_str() == "backward" && cx.qualified(expr).is_none()).then(Claim::keep);
    }
    if method(cx, expr, "zero_grad").is_some() {
        return Some(Claim::keep());
    }
    let backward = method(cx, expr, "backward").filter(|call| is_tape(cx, call))?;
    if cx.statement(expr).is_some_and(|stmt| cx.stmt_claim(stmt).is_some()) {
        return Some(Claim::keep());
    }
    let reason = "MLX has no tape: make the loss a function and differentiate it with nn.value_and_grad or mx.grad";
    Some(Claim::todo(Finding::todo(codes::TRAINING_STEP, backward.call.range(), reason).help(HELP)))
}

/// The name of the loss: `loss` of `loss.backward()`.
fn loss_name(loss: &ast::Expr) -> Option<&str> {
    match loss {
        ast::Expr::Name(name) => Some(name.id.as_str()),
        _ => None,
    }
}

fn root_of<'a>(cx: &Cx<'a>, place: &ast::Expr) -> &'a str {
    cx.source(place).split(['.', '[']).next().unwrap_or_default()
}

fn is_definition(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_) | ast::Stmt::ClassDef(_))
}

/// Whether an expression below the statement fulfils the condition.
fn holds<'a>(stmt: &'a ast::Stmt, condition: &mut dyn FnMut(&'a ast::Expr) -> bool) -> bool {
    let mut found = false;
    Node::Stmt(stmt).walk(&mut |node| {
        if let Node::Expr(expr) = node {
            found |= condition(expr);
        }
    });
    found
}

/// Names in the order in which the statements first write them.
fn in_order<'a>(run: &'a [ast::Stmt], names: Names<'a>) -> Vec<&'a str> {
    let mut ordered: Vec<&'a str> = Vec::new();
    walk(run, &mut |node| {
        if let Node::Expr(ast::Expr::Name(name)) = node
            && matches!(name.ctx, ast::ExprContext::Store)
            && names.contains(name.id.as_str())
            && !ordered.contains(&name.id.as_str())
        {
            ordered.push(name.id.as_str());
        }
    });
    let rest: Vec<&str> = names.into_iter().filter(|name| !ordered.contains(name)).collect();
    ordered.extend(rest);
    ordered
}
