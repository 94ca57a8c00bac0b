//! What a walk finds out for others, and what it took from them: a unit is walked again only when something that it took has changed.

use rustc_hash::FxHashMap;

use super::World;
use super::params::Passed;
use crate::facts::{ClassId, FunctionId};
use crate::kind::Fact;
use crate::project::FileId;

/// Something that a walk may take from what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Taken<'p> {
    /// An attribute of a class's instances.
    Attr(ClassId, &'p str),
    /// What a function gives.
    Function(FunctionId),
    /// A module-level value.
    Global(FileId, &'p str),
    /// An attribute by its name alone.
    Field(&'p str),
}

/// A parameter by its position.
pub(super) type ParamId = (FunctionId, u32);

#[derive(Default)]
pub(super) struct Findings<'p> {
    pub(super) passed: FxHashMap<ParamId, Passed>,
    pub(super) attrs: FxHashMap<(ClassId, &'p str), Fact>,
    /// Of the unit's own functions.
    pub(super) returns: Vec<(FunctionId, Option<Fact>)>,
    /// Of the file itself.
    pub(super) globals: FxHashMap<&'p str, Fact>,
    /// The names that the module binds were looked at, as this round finds them.
    pub(super) reads_module: bool,
}

impl<'p> Findings<'p> {
    pub(super) fn pass(&mut self, world: &World<'_>, function: FunctionId, param: usize, fact: &Fact) {
        if world.asks_callers(function, param) {
            self.passed.entry((function, param as u32)).or_default().add(world, fact);
        }
    }

    /// A call whose arguments can't be told apart.
    pub(super) fn pass_unknown(&mut self, world: &World<'_>, function: FunctionId) {
        for param in 0..world.definitions.function(function).params.len() {
            self.pass(world, function, param, &Fact::default());
        }
    }

    pub(super) fn set_attr(&mut self, world: &World<'_>, class: ClassId, name: &'p str, fact: &Fact) {
        match self.attrs.get_mut(&(class, name)) {
            Some(here) if here == fact => {}
            Some(here) => *here = world.join(here, fact),
            None => {
                self.attrs.insert((class, name), *fact);
            }
        }
    }

    pub(super) fn set_global(&mut self, world: &World<'_>, name: &'p str, fact: &Fact) {
        match self.globals.get_mut(name) {
            Some(here) if here == fact => {}
            Some(here) => *here = world.join(here, fact),
            None => {
                self.globals.insert(name, *fact);
            }
        }
    }
}
