//! The parts of a file that are walked by themselves: its module-level statements, and each function with the functions inside of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use t2m_syntax::{NodeId, ast};

use super::findings::{Findings, Taken};
use super::stmts::{Interp, Names};
use super::{Attrs, Methods, World};
use crate::intern::Known;
use crate::kind::Fact;
use crate::project::FileId;

/// A unit by its position in its file; the first is the module itself, class bodies included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct UnitId {
    pub(super) file: FileId,
    pub(super) index: u32,
}

pub(super) const MODULE_UNIT: u32 = 0;

/// The last walk of a unit.
#[derive(Default)]
struct Unit<'p> {
    found: Findings<'p>,
    /// The facts of its expressions, as far as they are known.
    record: Vec<(NodeId, Known)>,
    taken: Vec<(Taken<'p>, Option<Fact>)>,
}

/// The units of a file and what their last walks found.
pub(super) struct FileUnits<'p> {
    pub(super) file: FileId,
    units: Vec<Unit<'p>>,
    /// The statements of all units but the first.
    functions: Vec<&'p ast::Stmt>,
    /// What the module's own names are.
    names: Arc<Names<'p>>,
    /// What the annotations of variables say, read by the first walk.
    annotated: FxHashMap<NodeId, Fact>,
    dirty: BTreeSet<u32>,
    /// Functions that wait for their first walk: constructors, and all others.
    constructors: Vec<u32>,
    rest: Vec<u32>,
}

fn is_constructor(stmt: &ast::Stmt) -> bool {
    matches!(stmt, ast::Stmt::FunctionDef(def) if def.name.as_str() == "__init__")
}

/// What a round did to a file.
pub(super) struct Walk<'p> {
    pub(super) file: FileId,
    pub(super) units: Vec<UnitWalk<'p>>,
    /// Questions about classes that the world had no answer for yet, with the answers.
    pub(super) attrs: Attrs<'p>,
    pub(super) methods: Methods<'p>,
}

/// A unit that was walked.
pub(super) struct UnitWalk<'p> {
    pub(super) index: u32,
    /// What it had found before.
    pub(super) before: Findings<'p>,
}

impl<'p> FileUnits<'p> {
    /// A file before its first walk.
    pub(super) fn new(file: FileId) -> Self {
        Self {
            file,
            units: Vec::new(),
            functions: Vec::new(),
            names: Arc::default(),
            annotated: FxHashMap::default(),
            dirty: BTreeSet::from([MODULE_UNIT]),
            constructors: Vec::new(),
            rest: Vec::new(),
        }
    }

    pub(super) fn is_dirty(&self) -> bool {
        !self.dirty.is_empty()
    }

    /// The unit has to be walked again.
    pub(super) fn mark(&mut self, unit: UnitId) {
        self.dirty.insert(unit.index);
    }

    /// Marks the units that took what is outdated.
    pub(super) fn mark_takers(&mut self, is_outdated: &impl Fn(&Taken<'p>, &Option<Fact>) -> bool) {
        let takers = self.units.iter().zip(0..).filter(|(unit, _)| unit.taken.iter().any(|(taken, used)| is_outdated(taken, used)));
        self.dirty.extend(takers.map(|(_, index)| index));
    }

    /// Constructors are to be walked.
    pub(super) fn mark_constructors(&mut self) {
        self.dirty.extend(std::mem::take(&mut self.constructors));
    }

    /// What was never walked is to be walked.
    pub(super) fn mark_rest(&mut self) {
        self.dirty.extend(std::mem::take(&mut self.rest));
    }

    pub(super) fn found(&self, index: u32) -> &Findings<'p> {
        &self.units[index as usize].found
    }

    /// In the order in which they count: functions first, then the module's own statements.
    pub(super) fn all_found(&self) -> impl Iterator<Item = &Findings<'p>> {
        let (module, functions) = self.units.split_at(1);
        functions.iter().chain(module).map(|unit| &unit.found)
    }

    /// Walks what is dirty; at first the module alone.
    pub(super) fn walk(&mut self, world: &World<'p>) -> Walk<'p> {
        let mut interp = Interp::new(world, self.file, self.names.clone(), std::mem::take(&mut self.annotated));
        let mut units = Vec::new();
        let mut dirty = std::mem::take(&mut self.dirty);
        if dirty.remove(&MODULE_UNIT) {
            let (names, functions) = interp.module();
            if self.units.is_empty() {
                (self.constructors, self.rest) =
                    (1..=functions.len() as u32).partition(|index| is_constructor(functions[*index as usize - 1]));
                self.units.resize_with(functions.len() + 1, Unit::default);
                self.functions = functions;
            }
            if names != *self.names {
                self.names = Arc::new(names);
                interp.module = self.names.clone();
                let readers = self.units.iter().zip(0..).skip(1).filter(|(unit, _)| unit.found.reads_module);
                dirty.extend(readers.map(|(_, index)| index));
            }
            units.push(self.replace(MODULE_UNIT, &mut interp));
        }
        for index in dirty {
            interp.function(self.functions[index as usize - 1]);
            units.push(self.replace(index, &mut interp));
        }
        self.annotated = interp.annotated;
        Walk { file: self.file, units, attrs: interp.attrs, methods: interp.methods }
    }

    /// Takes over the walk of a unit.
    fn replace(&mut self, index: u32, interp: &mut Interp<'_, 'p>) -> UnitWalk<'p> {
        #[allow(clippy::iter_over_hash_type, reason = "a map again in the end")]
        let mut record = Known::all(interp.record.drain().filter(|(_, fact)| !fact.kind.is_unknown()));
        record.shrink_to_fit();
        #[allow(clippy::iter_over_hash_type, reason = "all are asked")]
        let taken = interp.taken.drain().collect();
        let unit = Unit { found: std::mem::take(&mut interp.found), record, taken };
        interp.know_results(&unit.found.returns);
        let before = std::mem::replace(&mut self.units[index as usize], unit).found;
        UnitWalk { index, before }
    }

    /// The facts of all expressions.
    pub(super) fn into_kinds(self) -> FxHashMap<NodeId, Known> {
        let mut kinds = FxHashMap::default();
        kinds.reserve(self.units.iter().map(|unit| unit.record.len()).sum());
        self.units.into_iter().for_each(|unit| kinds.extend(unit.record));
        kinds
    }
}
