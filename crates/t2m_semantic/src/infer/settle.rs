//! Between two rounds: what the walks found is joined over all units, and those that took something else than is known now are walked again.

use std::collections::BTreeSet;
use std::hash::Hash;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::World;
use super::findings::{Findings, ParamId, Taken};
use super::params::Passed;
use super::units::{FileUnits, UnitId, UnitWalk, Walk};
use crate::facts::{ClassId, FunctionId};
use crate::kind::{Evidence, Fact};

/// Which units say something about a thing, in order.
struct Sources<K>(FxHashMap<K, Vec<UnitId>>);

impl<K> Default for Sources<K> {
    fn default() -> Self {
        Self(FxHashMap::default())
    }
}

impl<K: Copy + Eq + Hash> Sources<K> {
    fn add(&mut self, key: K, unit: UnitId) {
        let units = self.0.entry(key).or_default();
        if let Err(at) = units.binary_search(&unit) {
            units.insert(at, unit);
        }
    }

    fn of(&self, key: K) -> &[UnitId] {
        self.0.get(&key).map_or(&[], Vec::as_slice)
    }

    /// Takes over what a unit says; notes what it says otherwise than before.
    fn update<V: PartialEq>(&mut self, unit: UnitId, before: &FxHashMap<K, V>, now: &FxHashMap<K, V>, changed: &mut FxHashSet<K>) {
        #[allow(clippy::iter_over_hash_type, reason = "fills sets")]
        for (key, value) in now {
            match before.get(key) {
                Some(old) if old == value => continue,
                Some(_) => {}
                None => self.add(*key, unit),
            }
            changed.insert(*key);
        }
        changed.extend(before.keys().filter(|key| !now.contains_key(key)));
    }
}

/// Who found what.
#[derive(Default)]
pub(super) struct Ledger<'p> {
    setters: Sources<(ClassId, &'p str)>,
    callers: Sources<ParamId>,
    /// The unit of each function.
    homes: FxHashMap<FunctionId, UnitId>,
}

impl<'p> Ledger<'p> {
    /// Takes over what the walks found, and marks the units that have to be walked again; whether there are any.
    pub(super) fn settle(&mut self, world: &mut World<'p>, files: &mut [FileUnits<'p>], walks: Vec<Walk<'p>>, is_first: bool) -> bool {
        let mut changed: FxHashSet<Taken<'p>> = FxHashSet::default();
        let mut dirty: BTreeSet<UnitId> = BTreeSet::new();
        let (mut attrs, mut params) = (FxHashSet::default(), FxHashSet::default());
        // Who sets and who calls is noted side by side.
        let Self { setters, callers, .. } = self;
        let of_walks = |take: &mut dyn FnMut(UnitId, &Findings<'p>, &Findings<'p>)| {
            for walk in &walks {
                for UnitWalk { index, before } in &walk.units {
                    take(UnitId { file: walk.file, index: *index }, before, files[walk.file.0 as usize].found(*index));
                }
            }
        };
        rayon::join(
            || of_walks(&mut |unit, before, now| setters.update(unit, &before.attrs, &now.attrs, &mut attrs)),
            || of_walks(&mut |unit, before, now| callers.update(unit, &before.passed, &now.passed, &mut params)),
        );
        for walk in walks {
            let units = &files[walk.file.0 as usize];
            let mut globals = false;
            for UnitWalk { index, before } in walk.units {
                let now = units.found(index);
                for (function, returned) in &now.returns {
                    self.homes.insert(*function, UnitId { file: walk.file, index });
                    if world.settle_returns(*function, *returned) {
                        changed.insert(Taken::Function(*function));
                    }
                }
                globals |= before.globals != now.globals;
            }
            if globals {
                world.settle_globals(units, &mut changed);
            }
            world.attrs.extend(walk.attrs);
            world.methods.extend(walk.methods);
        }
        self.settle_attrs(world, files, attrs, &mut changed);
        if is_first {
            world.settle_fields();
        }
        self.settle_params(world, files, params, &mut dirty);
        dirty.into_iter().for_each(|unit| files[unit.file.0 as usize].mark(unit));
        let world = &*world;
        let changed = Changed::new(world, changed);
        let is_outdated = |taken: &Taken<'p>, used: &Option<Fact>| match taken {
            Taken::Field(name) => is_first && world.fields.contains_key(*name),
            // It may have been walked before, in the same file.
            Taken::Function(function) => changed.contains(taken) && *used != Some(world.definitions.function(*function).returns),
            _ => changed.contains(taken),
        };
        files.par_iter_mut().for_each(|file| file.mark_takers(&is_outdated));
        files.iter().any(FileUnits::is_dirty)
    }

    /// Joins attributes over all units that set them.
    fn settle_attrs(
        &self,
        world: &mut World<'p>,
        files: &[FileUnits<'p>],
        attrs: FxHashSet<(ClassId, &'p str)>,
        changed: &mut FxHashSet<Taken<'p>>,
    ) {
        let mut attrs: Vec<_> = attrs.into_iter().collect();
        attrs.sort_unstable();
        let mut asked: FxHashSet<(ClassId, &'p str)> = FxHashSet::default();
        for place in attrs {
            let found = self.setters.of(place).iter().filter_map(|unit| found(files, *unit).attrs.get(&place));
            let Some(fact) = found.fold(None, |joined: Option<Fact>, fact| Some(world.joined(joined.as_ref(), fact))) else { continue };
            let (class, name) = place;
            let own = &mut world.definitions.classes[class.0 as usize].attrs;
            if own.get(name) != Some(&fact) {
                if own.insert(name.to_owned(), fact).is_none() {
                    let owners = world.owners.entry(name).or_default();
                    let at = owners.partition_point(|owner| *owner < class);
                    owners.insert(at, class);
                }
                // Its bases and subclasses look at it too.
                let info = world.definitions.class(class);
                let all = info.mro.iter().chain(&info.subclasses).map(|class| (*class, name));
                asked.extend(all.filter(|question| world.attrs.contains_key(question)));
            }
        }
        let asked: Vec<_> = asked.into_iter().collect();
        let now: Vec<_> = asked.par_iter().map(|(class, name)| world.find_attr(*class, name)).collect();
        for (question, now) in asked.into_iter().zip(now) {
            if world.attrs.get(&question) != Some(&now) {
                world.attrs.insert(question, now);
                changed.insert(Taken::Attr(question.0, question.1));
            }
        }
    }

    /// Joins what all calls pass.
    fn settle_params(&self, world: &mut World<'p>, files: &[FileUnits<'p>], params: FxHashSet<ParamId>, dirty: &mut BTreeSet<UnitId>) {
        #[allow(clippy::iter_over_hash_type, reason = "each parameter by itself")]
        for place in params {
            let mut all = Passed::default();
            let passed = self.callers.of(place).iter().filter_map(|unit| found(files, *unit).passed.get(&place));
            passed.for_each(|passed| all.merge(world, passed));
            if world.settle_param(place, Some(&all)) {
                dirty.extend(self.homes.get(&place.0));
            }
        }
    }
}

/// What has changed, quick to deny: all that was ever taken is asked for.
struct Changed<'p> {
    all: FxHashSet<Taken<'p>>,
    classes: Vec<bool>,
    functions: Vec<bool>,
    files: Vec<bool>,
}

impl<'p> Changed<'p> {
    fn new(world: &World<'p>, all: FxHashSet<Taken<'p>>) -> Self {
        let mut changed = Self {
            classes: vec![false; world.definitions.classes.len()],
            functions: vec![false; world.definitions.functions.len()],
            files: vec![false; world.globals.len()],
            all: FxHashSet::default(),
        };
        #[allow(clippy::iter_over_hash_type, reason = "sets flags")]
        for taken in &all {
            match taken {
                Taken::Attr(class, _) => changed.classes[class.0 as usize] = true,
                Taken::Function(function) => changed.functions[function.0 as usize] = true,
                Taken::Global(file, _) => changed.files[file.0 as usize] = true,
                Taken::Field(_) => {}
            }
        }
        changed.all = all;
        changed
    }

    fn contains(&self, taken: &Taken<'p>) -> bool {
        match taken {
            Taken::Attr(class, _) => self.classes[class.0 as usize] && self.all.contains(taken),
            Taken::Function(function) => self.functions[function.0 as usize],
            Taken::Global(file, _) => self.files[file.0 as usize] && self.all.contains(taken),
            Taken::Field(_) => self.all.contains(taken),
        }
    }
}

fn found<'f, 'p>(files: &'f [FileUnits<'p>], unit: UnitId) -> &'f Findings<'p> {
    files[unit.file.0 as usize].found(unit.index)
}

impl<'p> World<'p> {
    fn joined(&self, joined: Option<&Fact>, fact: &Fact) -> Fact {
        match joined {
            Some(joined) if joined == fact => *fact,
            Some(joined) => self.join(joined, fact),
            None => *fact,
        }
    }

    /// What attributes are by their name alone. Annotations are read in the first round.
    fn settle_fields(&mut self) {
        let mut fields: FxHashMap<String, Option<Fact>> = FxHashMap::default();
        for class in &self.definitions.classes {
            for (name, fact) in &class.attrs {
                let fact = (fact.evidence == Evidence::Annotated && !fact.kind.is_unknown()).then_some(*fact);
                match fields.get_mut(name) {
                    Some(all) => *all = all.zip(fact).map(|(all, fact)| self.join(&all, &fact)).filter(|all| !all.kind.is_unknown()),
                    None => {
                        fields.insert(name.clone(), fact);
                    }
                }
            }
        }
        let is_of_tensors = |name: &str| self.library.attribute(name).is_some() || self.library.method(name).is_some();
        let known = fields.into_iter().filter(|(name, _)| !is_of_tensors(name));
        self.fields = known.filter_map(|(name, fact)| Some((name, Fact::new(fact?.kind, Evidence::Assumed)))).collect();
    }

    /// Whether what a function gives has changed.
    pub(super) fn settle_returns(&mut self, id: FunctionId, returned: Option<Fact>) -> bool {
        let fact = self.result_of(id, returned);
        let here = &mut self.definitions.functions[id.0 as usize].returns;
        let changes = *here != fact;
        *here = fact;
        changes
    }

    /// Joins the module-level values of a file over its units.
    fn settle_globals(&mut self, units: &FileUnits<'p>, changed: &mut FxHashSet<Taken<'p>>) {
        let mut all: FxHashMap<&'p str, Fact> = FxHashMap::default();
        #[allow(clippy::iter_over_hash_type, reason = "each name is joined by itself, units in order")]
        for found in units.all_found() {
            for (name, fact) in &found.globals {
                let joined = self.joined(all.get(name), fact);
                all.insert(name, joined);
            }
        }
        let before = std::mem::take(&mut self.globals[units.file.0 as usize]);
        let differs = |name: &&'p str| before.get(name) != all.get(name);
        let names = before.keys().chain(all.keys()).copied().filter(differs);
        changed.extend(names.map(|name| Taken::Global(units.file, name)));
        self.globals[units.file.0 as usize] = all;
    }
}
