//! What `from module import *` may bind, over all files that a star leads to: most names are in none of them, and then nobody has to look.

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::{Meaning, ProjectNames};
use crate::facts::Entity;
use crate::names::MODULE;
use crate::project::FileId;

/// The star imports of one file.
pub(super) struct Stars<'p> {
    /// The modules, in order.
    pub(super) modules: Vec<Meaning<'p>>,
    names: FxHashSet<&'p str>,
    /// One of the modules is a library's.
    has_library: bool,
}

impl Stars<'_> {
    /// Whether a name may come in; `false` is certain.
    pub(super) fn may_bind(&self, name: &str) -> bool {
        !self.modules.is_empty() && (self.has_library || self.names.contains(name))
    }
}

pub(super) fn stars<'p>(all: &ProjectNames<'p>) -> Vec<Stars<'p>> {
    let modules: Vec<Vec<Meaning<'p>>> = all
        .ids()
        .map(|file| all.file(file).stars.iter().filter_map(|star| all.find_module(file, star.level, star.module)).collect())
        .collect();
    let submodules = all.graph.submodules();
    let names_below = |file: FileId| {
        let (mut names, mut has_library) = (FxHashSet::default(), false);
        let (mut open, mut seen) = (vec![file], FxHashSet::default());
        while let Some(file) = open.pop() {
            for module in &modules[file.0 as usize] {
                match module {
                    Meaning::Entity(Entity::File(target)) if seen.insert(*target) => {
                        names.extend(all.file(*target).scope(MODULE).bindings.keys().copied());
                        names.extend(submodules.get(target).into_iter().flatten().copied());
                        open.push(*target);
                    }
                    Meaning::Entity(Entity::Library(_)) => has_library = true,
                    _ => {}
                }
            }
        }
        (names, has_library)
    };
    let below: Vec<_> = all.ids().map(names_below).collect();
    let with_modules = modules.into_iter().zip(below);
    with_modules.map(|(modules, (names, has_library))| Stars { modules, names, has_library }).collect()
}
