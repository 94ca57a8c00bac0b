//! What a checkpoint has to hold, as far as the plan knows it.

use std::collections::{BTreeMap, BTreeSet};

use super::walk::Place;
use super::{Class, Member, Plan, Shape};

/// The modules that a checkpoint's names lead through, by PyTorch's prefix, and all names.
#[derive(Default)]
pub(super) struct Seen<'p> {
    modules: BTreeMap<String, (String, Vec<Place<'p>>)>,
    names: BTreeSet<String>,
}

impl<'p> Seen<'p> {
    pub(super) fn visit(&mut self, prefix: &str, other: &str, places: &[Place<'p>]) {
        if !self.modules.contains_key(prefix) {
            self.modules.insert(prefix.to_owned(), (other.to_owned(), places.to_vec()));
        }
    }

    /// The modules whose class is known: the prefixes on both sides, and the class.
    pub(super) fn classes(&self) -> impl Iterator<Item = (&str, &str, &'p str)> {
        self.modules.iter().filter_map(|(prefix, (other, places))| match places.first() {
            Some(Place::Class { key, .. }) => Some((prefix.as_str(), other.as_str(), *key)),
            _ => None,
        })
    }

    pub(super) fn name(&mut self, name: &str) {
        self.names.insert(name.to_owned());
    }

    /// Whether a name or one below it is there.
    fn has(&self, name: &str) -> bool {
        let below = format!("{name}.");
        self.names.contains(name) || self.names.range(below.clone()..).next().is_some_and(|next| next.starts_with(&below))
    }

    /// Whether a parameter is there, or what a norm keeps in its place.
    fn has_parameter(&self, prefix: &str, name: &str) -> bool {
        let full = join(prefix, name);
        self.has(&full)
            || ["_g", "_orig"].iter().any(|end| self.has(&format!("{full}{end}")))
            || self.has(&join(prefix, &format!("parametrizations.{name}")))
    }

    /// The same of what lies deeper: `0.weight` of a `Sequential`.
    fn has_held(&self, layer: &str, held: &str) -> bool {
        match held.rsplit_once('.') {
            Some((child, name)) => self.has_parameter(&join(layer, child), name),
            None => self.has_parameter(layer, held),
        }
    }

    /// `*.weight` for each item that the checkpoint has of a list.
    pub(super) fn written_out(&self, list: &str, held: &str) -> Vec<String> {
        let Some(rest) = held.strip_prefix('*') else { return vec![held.to_owned()] };
        let below = format!("{list}.");
        let names = self.names.range(below.clone()..).map_while(|name| name.strip_prefix(&below));
        let mut items: Vec<&str> = names.map(|name| name.split('.').next().unwrap_or(name)).collect();
        items.dedup();
        items.into_iter().filter(|item| item.bytes().all(|byte| byte.is_ascii_digit())).map(|item| format!("{item}{rest}")).collect()
    }

    /// Where batch normalisation has running statistics and, as in old checkpoints, no count of batches.
    pub(super) fn without_count(&self, plan: &Plan) -> Vec<String> {
        const COUNT: &str = "num_batches_tracked";
        let is_old = !self.names.iter().any(|name| name.ends_with(COUNT));
        let declared = plan.classes.values().any(|class| class.members.contains_key("running_mean"));
        let counts = |place: &Place<'_>| match place {
            Place::Layer(layer) => plan.layers.get(*layer).is_some_and(|layer| layer.contains_key(COUNT)),
            Place::Any => is_old && !declared,
            _ => false,
        };
        let lacks = |prefix: &&String| self.has(&join(prefix, "running_mean")) && !self.has(&join(prefix, COUNT));
        let modules = self.modules.iter().filter(|(_, (_, places))| places.iter().any(counts)).map(|(prefix, _)| prefix);
        modules.filter(lacks).map(|prefix| join(prefix, COUNT)).collect()
    }

    /// What may be there under another name: all that is tied to something, and what others that are there are tied to.
    fn tied(&self, plan: &Plan) -> BTreeSet<String> {
        let mut tied = BTreeSet::new();
        for (prefix, _, class) in self.classes() {
            for (target, source, _) in plan.classes.get(class).iter().flat_map(|class| class.all_ties()) {
                let target = join(prefix, target);
                if self.has(&target) {
                    tied.insert(join(prefix, source));
                }
                tied.insert(target);
            }
        }
        tied
    }

    /// Buffers that are not there, of modules whose class the plan does not tell, but whose other members are those of a class: `h.0.attn.bias` of
    /// a `ModuleList` in a `ModuleDict`. The model makes them by itself, and MLX's `load_weights` asks for them all the same.
    pub(super) fn left_to_model(&self, plan: &'p Plan) -> BTreeSet<String> {
        let is_buffer = |member: &Member| matches!(&member.is, Shape::Named(kind) if kind == "buffer");
        let mut left = BTreeSet::new();
        for class in plan.classes.values() {
            let (buffers, others): (Vec<_>, Vec<_>) =
                class.members.iter().filter(|(_, member)| member.required).partition(|(_, member)| is_buffer(member));
            let holds_more = |prefix: &str| others.iter().all(|(name, _)| self.has_parameter(prefix, name));
            if buffers.is_empty() || others.is_empty() {
                continue;
            }
            let open = self.modules.iter().filter(|(_, (_, places))| places.contains(&Place::Any)).map(|(prefix, _)| prefix);
            for prefix in open.filter(|prefix| holds_more(prefix)) {
                let names = buffers.iter().filter(|(name, _)| !plan.set_from_outside.contains(*name)).map(|(name, _)| join(prefix, name));
                left.extend(names.filter(|name| !self.has(name)));
            }
        }
        left
    }

    /// The modules of which it is certain that they are of this very class.
    pub(super) fn exact_classes(&self, plan: &'p Plan) -> impl Iterator<Item = (&str, &'p Class)> {
        self.modules.iter().filter_map(|(prefix, (_, places))| {
            let [Place::Class { key, exact }] = places.as_slice() else { return None };
            let class = plan.classes.get(*key)?;
            (*exact || class.subclasses.is_empty()).then_some((prefix.as_str(), class))
        })
    }

    pub(super) fn missing(&self, plan: &'p Plan) -> Vec<String> {
        let mut missing = Vec::new();
        let tied = self.tied(plan);
        for (prefix, class) in self.exact_classes(plan) {
            for (name, member) in class.members.iter().filter(|(_, member)| member.required) {
                let is_tied = |name: &str| tied.contains(&join(prefix, name));
                if plan.set_from_outside.contains(name) || is_tied(name) {
                    continue;
                }
                match &member.is {
                    Shape::Named(kind) if matches!(kind.as_str(), "parameter" | "buffer") => {
                        missing.extend((!self.has_parameter(prefix, name)).then(|| join(prefix, name)));
                    }
                    Shape::Named(kind) if plan.classes.contains_key(kind) => {
                        let lacks = plan.has_state(kind, &mut BTreeSet::new()) && !self.has(&join(prefix, name));
                        missing.extend(lacks.then(|| format!("{}.*", join(prefix, name))));
                    }
                    _ => {
                        let layer = join(prefix, name);
                        let held = member.holds.iter().flat_map(|held| self.written_out(&layer, held));
                        let lacks = |held: &String| {
                            // A part of it may be another one: `model.encoder.self_attn = ...`.
                            let is_set = held.split('.').any(|part| plan.set_from_outside.contains(part));
                            !is_set && !is_tied(&join(name, held)) && !self.has_held(&layer, held)
                        };
                        missing.extend(held.filter(lacks).map(|held| join(&layer, &held)));
                    }
                }
            }
        }
        missing
    }
}

impl Plan {
    /// Whether every instance of a class holds something.
    fn has_state<'p>(&'p self, key: &'p str, open: &mut BTreeSet<&'p str>) -> bool {
        let Some(class) = self.classes.get(key).filter(|_| open.insert(key)) else { return false };
        class.subclasses.is_empty()
            && class.members.values().filter(|member| member.required).any(|member| match &member.is {
                Shape::Named(kind) => {
                    matches!(kind.as_str(), "parameter" | "buffer") || !member.holds.is_empty() || self.has_state(kind, open)
                }
                _ => false,
            })
    }
}

pub(super) fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}
