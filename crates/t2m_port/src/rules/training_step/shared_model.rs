//! Optimizers that train the same model, or one of them a part of it: each takes its gradients from the tree of the whole model, by the names of modules.

use t2m_syntax::ast;

use super::events::{self, argument, parameters_of};
use super::held_models;
use super::holder::part_of;
use super::model::{self, Scopes, is_place};
use super::phase::Update;
use crate::cx::Cx;
use crate::receiver;
use crate::rules::attribute_name;
use crate::rules::parallel_wrapper::place_text;

/// Through how many names a model is followed.
const DEPTH: usize = 4;

/// Why updates that share a model are none that can take the gradients of their parts.
pub(super) fn check<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, updates: &[Update<'a>]) -> Result<(), String> {
    if updates.len() < 2 {
        return Ok(());
    }
    if share_arrays(updates) {
        return Err("two of its optimizers train the same model".into());
    }
    let all: Vec<Vec<&'a ast::Expr>> = updates.iter().map(|update| trained(cx, scopes, update)).collect();
    let known = |at: usize| all[at].iter().map(|model| (place_text(cx, model), place_text(cx, followed(cx, model, DEPTH))));
    for (at, models) in all.iter().enumerate() {
        for (text, followed) in known(at) {
            for (other, other_followed) in (0..at).flat_map(known) {
                let meets = |a: &str, b: &str| part_of(a, b).or_else(|| part_of(b, a)).is_some();
                if meets(&followed, &other_followed) && !meets(&text, &other) {
                    return Err(format!("two of its optimizers train the same model, as `{text}` and as `{other}`"));
                }
            }
        }
        for (one, other) in all[..at].iter().flatten().flat_map(|other| models.iter().map(move |one| (*one, *other))) {
            let (text, other_text) = (place_text(cx, one), place_text(cx, other));
            let meets = part_of(&text, &other_text).or_else(|| part_of(&other_text, &text)).is_some();
            if !meets && held_models::may_meet(cx, one, other) {
                return Err(format!("two of its optimizers may train the same model, as `{text}` and as `{other_text}`"));
            }
        }
        let others = || updates.iter().enumerate().filter(|(other, _)| *other != at).flat_map(|(_, update)| &update.models);
        for model in models {
            let text = place_text(cx, model);
            for path in others().filter_map(|above| part_of(&text, above)) {
                if let Some(step) = unnamed_step(cx, model, path.len()) {
                    return Err(format!("`{step}` of `{text}` is no name in the tree of gradients"));
                }
            }
        }
    }
    Ok(())
}

/// The models whose parameters an optimizer is made of, as its constructors have them.
fn trained<'a>(cx: &Cx<'a>, scopes: &Scopes<'a>, update: &Update<'a>) -> Vec<&'a ast::Expr> {
    if update.by_hand.is_some() {
        return Vec::new();
    }
    let constructors = model::constructors(cx, scopes, update.optimizer);
    constructors.into_iter().filter_map(|call| parameters_of(cx, argument(call, 0, "params")?)).filter(|model| is_place(model)).collect()
}

/// `net.body` of `body = net.body`.
fn followed<'a>(cx: &Cx<'a>, place: &'a ast::Expr, depth: usize) -> &'a ast::Expr {
    let (Some(depth), Some(stmt)) = (depth.checked_sub(1), cx.statement(place)) else { return place };
    match Scopes::around(cx, stmt).values(cx, place)[..] {
        [value] if is_place(model::moved(value)) && !events::is_name(value, "None") => followed(cx, model::moved(value), depth),
        _ => place,
    }
}

/// One of the last attributes of a place that holds no module by its name: a property, or what nothing tells.
fn unnamed_step<'a>(cx: &Cx<'a>, place: &'a ast::Expr, steps: usize) -> Option<&'a str> {
    let mut at = place;
    for _ in 0..steps {
        let ast::Expr::Attribute(read) = at else { return None };
        let is_unnamed = match receiver::class_of(cx, &read.value) {
            Some(class) => cx.project_facts.lookup_method(class, &read.attr).is_some(),
            // A property of some class, as far as is known.
            None => attribute_name::may_change(&read.attr) || cx.shared.has_method(cx.project_facts, &read.attr),
        };
        if is_unnamed {
            return Some(&read.attr);
        }
        at = &read.value;
    }
    None
}

/// Whether two updates train the same models in a way that can't be told from the names of modules: one of several models, an array, an update by hand.
fn share_arrays(updates: &[Update<'_>]) -> bool {
    let is_plain = |update: &Update<'_>| {
        let is_path = |model: &String| model.split('.').all(|name| name.chars().all(|c| c.is_alphanumeric() || c == '_'));
        update.by_hand.is_none() && update.arrays.is_empty() && matches!(&update.models[..], [model] if is_path(model))
    };
    updates.iter().enumerate().any(|(at, update)| {
        updates[..at].iter().any(|other| {
            let meets = |a: &String, b: &String| part_of(a, b).or_else(|| part_of(b, a)).is_some();
            let is_shared = update.models.iter().any(|model| other.models.iter().any(|other| meets(model, other)));
            is_shared && !(is_plain(update) && is_plain(other))
        })
    })
}
