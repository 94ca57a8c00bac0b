//! The facts of local names at a point of a function.
#![allow(clippy::iter_over_hash_type, reason = "each name is changed by itself")]

use rustc_hash::FxHashMap;

use super::World;
use crate::kind::Fact;

#[derive(Debug, Clone, Default)]
pub(super) struct Env<'p> {
    pub(super) vars: FxHashMap<&'p str, Fact>,
    /// No execution comes here: after `return`, `raise`, `break`, `continue`.
    pub(super) dead: bool,
}

impl<'p> Env<'p> {
    pub(super) fn dead() -> Self {
        Self { vars: FxHashMap::default(), dead: true }
    }

    /// Where two paths meet. A name that one path lacks would be an error there, so the other path counts.
    pub(super) fn join(mut self, other: Self, world: &World<'_>) -> Self {
        if self.dead {
            return other;
        }
        if other.dead {
            return self;
        }
        for (name, fact) in other.vars {
            match self.vars.get_mut(name) {
                Some(here) if *here == fact => {}
                Some(here) => *here = world.join(here, &fact),
                None => {
                    self.vars.insert(name, fact);
                }
            }
        }
        self
    }

    /// Makes unknown what differs from `other`.
    pub(super) fn widen(&mut self, other: &Self) {
        for (name, fact) in &mut self.vars {
            if other.vars.get(name).is_some_and(|old| old != fact) {
                *fact = Fact::default();
            }
        }
    }
}
