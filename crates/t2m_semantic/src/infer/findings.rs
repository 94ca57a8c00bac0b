//! What the walk of one file finds out for the others, and what it took from them: a file is walked again only when something that it took has changed.

use std::sync::PoisonError;

use rustc_hash::{FxHashMap, FxHashSet};

use super::World;
use super::params::Passed;
use crate::facts::{ClassId, FunctionId};
use crate::kind::Fact;
use crate::project::FileId;

/// Something that a walk may take from what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Taken {
    /// Attributes of its instances.
    Class(ClassId),
    /// What it gives.
    Function(FunctionId),
    /// Module-level values.
    Globals(FileId),
}

#[derive(Default)]
pub(super) struct Findings<'p> {
    pub(super) passed: FxHashMap<(FunctionId, u32), Passed>,
    pub(super) attrs: FxHashMap<(ClassId, &'p str), Fact>,
    /// Of the file's own functions.
    pub(super) returns: FxHashMap<FunctionId, Option<Fact>>,
    /// Of the file itself.
    pub(super) globals: FxHashMap<&'p str, Fact>,
    pub(super) taken: FxHashSet<Taken>,
}

impl<'p> Findings<'p> {
    pub(super) fn pass(&mut self, world: &World<'_>, function: FunctionId, param: usize, fact: &Fact) {
        self.passed.entry((function, param as u32)).or_default().add(world, fact);
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
                self.attrs.insert((class, name), fact.clone());
            }
        }
    }

    pub(super) fn set_global(&mut self, world: &World<'_>, name: &'p str, fact: &Fact) {
        match self.globals.get_mut(name) {
            Some(here) if here == fact => {}
            Some(here) => *here = world.join(here, fact),
            None => {
                self.globals.insert(name, fact.clone());
            }
        }
    }
}

impl<'p> World<'p> {
    /// Takes over what the walks found; gives the files that have to be walked again.
    pub(super) fn settle(&mut self, findings: &[Findings<'p>]) -> Vec<FileId> {
        let mut changed: FxHashSet<Taken> = FxHashSet::default();
        let mut files: FxHashSet<FileId> = FxHashSet::default();
        self.settle_returns(findings, &mut changed);
        self.settle_attrs(findings, &mut changed);
        for (index, found) in findings.iter().enumerate() {
            if self.globals[index] != found.globals {
                self.globals[index].clone_from(&found.globals);
                changed.insert(Taken::Globals(FileId(index as u32)));
            }
        }
        self.settle_params(Some(findings), &mut files);
        let dirty = findings.iter().enumerate().filter(|(index, found)| {
            files.contains(&FileId(*index as u32)) || (!changed.is_empty() && found.taken.iter().any(|taken| changed.contains(taken)))
        });
        dirty.map(|(index, _)| FileId(index as u32)).collect()
    }

    fn settle_returns(&mut self, findings: &[Findings<'p>], changed: &mut FxHashSet<Taken>) {
        for index in 0..self.definitions.functions.len() {
            let id = FunctionId(index as u32);
            let file = self.definitions.functions[index].file;
            let returned = findings[file.0 as usize].returns.get(&id).cloned().flatten();
            let fact = self.result_of(id, returned);
            if self.definitions.functions[index].returns != fact {
                self.definitions.functions[index].returns = fact;
                changed.insert(Taken::Function(id));
            }
        }
    }

    fn settle_attrs(&mut self, findings: &[Findings<'p>], changed: &mut FxHashSet<Taken>) {
        let mut all: FxHashMap<(ClassId, &'p str), Fact> = FxHashMap::default();
        #[allow(clippy::iter_over_hash_type, reason = "each attribute is joined by itself, files in order")]
        for found in findings {
            for (place, fact) in &found.attrs {
                match all.get_mut(place) {
                    Some(here) if here == fact => {}
                    Some(here) => *here = self.join(here, fact),
                    None => {
                        all.insert(*place, fact.clone());
                    }
                }
            }
        }
        let mut all: Vec<_> = all.into_iter().collect();
        all.sort_by(|a, b| a.0.cmp(&b.0));
        let mut touched: FxHashSet<ClassId> = FxHashSet::default();
        for ((class, name), fact) in all {
            let attrs = &mut self.definitions.classes[class.0 as usize].attrs;
            if attrs.get(name) != Some(&fact) {
                attrs.insert(name.to_owned(), fact);
                touched.insert(class);
            }
        }
        // Its bases and subclasses look at it too.
        #[allow(clippy::iter_over_hash_type, reason = "fills a set")]
        for class in touched {
            let info = self.definitions.class(class);
            changed.extend(info.mro.iter().chain(&info.subclasses).map(|class| Taken::Class(*class)));
        }
        self.attrs.get_mut().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
