//! The facts of local names at a point of a function.
#![allow(clippy::iter_over_hash_type, reason = "each name is changed by itself")]

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::World;
use crate::kind::Fact;

/// Cheap to clone: names are copied when one of the clones changes.
#[derive(Debug, Clone, Default)]
pub(super) struct Env<'p> {
    vars: Rc<FxHashMap<&'p str, Fact>>,
    /// No execution comes here: after `return`, `raise`, `break`, `continue`.
    pub(super) dead: bool,
}

impl<'p> Env<'p> {
    pub(super) fn dead() -> Self {
        Self { vars: Rc::default(), dead: true }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Fact> {
        self.vars.get(name)
    }

    pub(super) fn set(&mut self, name: &'p str, fact: Fact) {
        if self.vars.get(name) != Some(&fact) {
            Rc::make_mut(&mut self.vars).insert(name, fact);
        }
    }

    pub(super) fn remove(&mut self, name: &str) {
        if self.vars.contains_key(name) {
            Rc::make_mut(&mut self.vars).remove(name);
        }
    }

    /// Replaces the fact of a name that is there.
    pub(super) fn refine(&mut self, name: &str, change: impl FnOnce(&Fact) -> Option<Fact>) {
        if let Some(changed) = self.vars.get(name).and_then(change)
            && let Some(fact) = Rc::make_mut(&mut self.vars).get_mut(name)
        {
            *fact = changed;
        }
    }

    /// Where two paths meet. A name that one path lacks would be an error there, so the other path counts.
    pub(super) fn join(mut self, other: Self, world: &World<'_>) -> Self {
        if self.dead {
            return other;
        }
        if other.dead || Rc::ptr_eq(&self.vars, &other.vars) {
            return self;
        }
        for (name, fact) in other.vars.iter() {
            match self.vars.get(name) {
                Some(here) if here == fact => {}
                Some(here) => {
                    let joined = world.meet(here, fact);
                    self.set(name, joined);
                }
                None => self.set(name, *fact),
            }
        }
        self
    }

    /// Makes a name as weak as all that is ever assigned to it.
    pub(super) fn weaken(&mut self, writes: &FxHashMap<&'p str, Fact>, world: &World<'_>) {
        for (name, all) in writes {
            self.refine(name, |fact| (fact != all && !fact.kind.is_unknown()).then(|| world.join(fact, all)));
        }
    }

    /// Whether all names of this one are the same in `next`.
    pub(super) fn holds_in(&self, next: &Self) -> bool {
        Rc::ptr_eq(&self.vars, &next.vars) || self.vars.iter().all(|(name, fact)| next.vars.get(name).is_none_or(|here| here == fact))
    }

    /// Makes unknown what differs from `other`.
    pub(super) fn widen(&mut self, other: &Self) {
        for (name, old) in other.vars.iter() {
            self.refine(name, |fact| (fact != old).then(Fact::default));
        }
    }
}
