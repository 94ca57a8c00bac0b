//! Kinds by abstract interpretation: function bodies are walked in order with an environment of facts, and the whole project in rounds.
//!
//! The first round walks modules and class bodies and knows nothing of parameters, attributes and results; each later one starts from what the round before proved, and walks only the
//! functions that took something that has changed. So every walk is right by itself: a project that needs more rounds than there are stays more unknown.

mod annotations;
mod calls;
mod creation;
mod env;
mod exprs;
mod findings;
mod methods;
mod narrow;
mod ops;
mod params;
mod settle;
mod stmts;
mod stored;
mod targets;
mod units;
mod uses;

use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use t2m_syntax::{NodeId, ast};

use self::settle::Ledger;
use self::units::FileUnits;
use crate::classes::{ClassInfo, Definitions, Role};
use crate::facts::{ClassId, Entity, FunctionId};
use crate::intern::Known;
use crate::kind::{Fact, Kind};
use crate::lattice::{Classes, join_facts, known, meet_facts, optional};
use crate::library::Library;
use crate::names::{FileNames, FunctionSite};
use crate::project::{FileId, Project};
use crate::resolve::{ProjectNames, ValueNames};
use crate::tables::Tables;

/// Facts travel one call further in each round; most projects settle sooner.
const ROUNDS: usize = 12;
/// The rounds before the one that walks all functions: modules and class bodies, then constructors, then what these took from each other. What they
/// say is what most functions take: with it known, they are walked once.
const FIRST_ROUNDS: usize = 3;

/// What `self.name` is, by class.
type Attrs<'p> = FxHashMap<(ClassId, &'p str), Option<Fact>>;

/// The methods that a call can reach, by the class of its receiver.
type Methods<'p> = FxHashMap<(ClassId, &'p str), Arc<[FunctionId]>>;

/// What is known about the project before a round.
pub(crate) struct World<'p> {
    project: &'p Project,
    pub(crate) all: &'p ProjectNames<'p>,
    pub(crate) entities: Vec<FxHashMap<NodeId, Entity>>,
    pub(crate) values: Vec<ValueNames<'p>>,
    pub(crate) library: &'static Library,
    pub(crate) tables: &'p Tables,
    pub(crate) definitions: Definitions,
    /// Module-level values by file.
    globals: Vec<FxHashMap<&'p str, Fact>>,
    /// The site of each function.
    sites: Vec<(FileId, &'p FunctionSite<'p>)>,
    hints: Vec<params::Hints>,
    /// The project's classes by their name; none where several have it.
    class_by_name: FxHashMap<String, Option<ClassId>>,
    /// What attributes of a name are in every class of the project that has one, where annotations say so: fields of outputs and states.
    fields: FxHashMap<String, Fact>,
    /// Methods of the project's classes that are no modules.
    other_methods: OnceLock<FxHashMap<String, Vec<ClassId>>>,
    /// The classes that have a method of a name themselves, in order.
    method_owners: OnceLock<FxHashMap<String, Vec<ClassId>>>,
    /// The classes that have an attribute of a name, in order.
    owners: FxHashMap<&'p str, Vec<ClassId>>,
    /// What was asked so far of classes with all above and below them, by class and name.
    attrs: Attrs<'p>,
    methods: Methods<'p>,
}

pub(crate) struct Inferred {
    /// By file.
    pub(crate) kinds: Vec<FxHashMap<NodeId, Known>>,
    pub(crate) entities: Vec<FxHashMap<NodeId, Entity>>,
    pub(crate) definitions: Definitions,
}

/// Runs the rounds.
pub(crate) fn infer<'p>(
    project: &'p Project,
    all: &'p ProjectNames<'p>,
    entities: Vec<FxHashMap<NodeId, Entity>>,
    values: Vec<ValueNames<'p>>,
    (library, tables): (&'static Library, &'p Tables),
    definitions: Definitions,
) -> Inferred {
    let files = all.files.len();
    let sites = all.files.iter().enumerate();
    let sites = sites.flat_map(|(file, names)| names.functions.iter().map(move |site| (FileId(file as u32), site))).collect();
    let mut class_by_name: FxHashMap<String, Option<ClassId>> = FxHashMap::default();
    for (index, class) in definitions.classes.iter().enumerate() {
        class_by_name.entry(class.name.clone()).and_modify(|one| *one = None).or_insert(Some(ClassId(index as u32)));
    }
    let mut world = World {
        project,
        all,
        entities,
        values,
        library,
        tables,
        definitions,
        globals: vec![FxHashMap::default(); files],
        sites,
        hints: Vec::new(),
        class_by_name,
        fields: FxHashMap::default(),
        other_methods: OnceLock::new(),
        method_owners: OnceLock::new(),
        owners: FxHashMap::default(),
        attrs: Attrs::default(),
        methods: Methods::default(),
    };
    world.hints = params::hints(&world);
    world.settle_signatures();
    let mut units: Vec<FileUnits<'p>> = (0..files as u32).map(|file| FileUnits::new(FileId(file))).collect();
    let mut ledger = Ledger::default();
    for round in 0..ROUNDS {
        // All walks of a round read what the round before left: their order does not matter.
        let walks: Vec<_> = units.par_iter_mut().filter(|file| file.is_dirty()).map(|file| file.walk(&world)).collect();
        let is_dirty = ledger.settle(&mut world, &mut units, walks, round == FIRST_ROUNDS);
        match round {
            0 => units.iter_mut().for_each(FileUnits::mark_constructors),
            _ if round + 1 == FIRST_ROUNDS => units.iter_mut().for_each(FileUnits::mark_rest),
            _ if round >= FIRST_ROUNDS && !is_dirty => break,
            _ => {}
        }
    }
    drop(ledger);
    let kinds = units.into_par_iter().map(FileUnits::into_kinds).collect();
    Inferred { kinds, entities: world.entities, definitions: world.definitions }
}

impl Classes for World<'_> {
    fn is_module(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Instance(class) | Kind::Class(class) => self.definitions.class(*class).is_module,
            Kind::Name(name) => self.library.is_module(name),
            Kind::ModuleClass => true,
            Kind::Optional(inner) => self.is_module(inner),
            kind => kind.is_layer(),
        }
    }

    /// Ex) one of several schedulers: an instance of the nearest base that they share, whose attributes are those of all of its subclasses.
    fn common(&self, a: ClassId, b: ClassId) -> Kind {
        let bases = &self.definitions.class(b).mro;
        if let Some(base) = self.definitions.class(a).mro.iter().find(|base| bases.contains(base)) {
            return Kind::Instance(*base);
        }
        if self.is_plain(a) && self.is_plain(b) { Kind::Other } else { Kind::Unknown }
    }

    fn is_plain(&self, class: ClassId) -> bool {
        let class = self.definitions.class(class);
        !class.is_module && !class.library_bases.iter().any(|base| base.starts_with("torch."))
    }
}

impl<'p> World<'p> {
    fn suite(&self, file: FileId) -> &'p [ast::Stmt] {
        &self.project.file(file).source.suite
    }

    fn names(&self, file: FileId) -> &'p FileNames<'p> {
        &self.all.files[file.0 as usize]
    }

    fn join(&self, a: &Fact, b: &Fact) -> Fact {
        join_facts(a, b, self)
    }

    /// What is looked up, or the default in its place: `None` where none is given.
    fn or_default(&self, found: &Fact, default: Option<&Fact>) -> Fact {
        match default {
            Some(default) => self.join(found, default),
            None => known(optional(found.kind), found.evidence),
        }
    }

    /// The fact of a name where two paths meet.
    fn meet(&self, a: &Fact, b: &Fact) -> Fact {
        meet_facts(a, b, self)
    }

    fn join_kinds(&self, a: &Kind, b: &Kind) -> Kind {
        crate::lattice::join(a, b, self)
    }

    fn item(&self, fact: &Fact) -> Fact {
        known(crate::lattice::item(&fact.kind, self), fact.evidence)
    }

    /// What `self.name` is for a class: the nearest class that sets it, joined with what subclasses set.
    fn find_attr(&self, class: ClassId, name: &str) -> Option<Fact> {
        let owners = self.owners.get(name)?;
        let info = self.definitions.class(class);
        let own = |class: &ClassId| self.definitions.class(*class).attrs.get(name);
        let join = |joined: Option<Fact>, fact: &Fact| Some(joined.map_or(*fact, |joined| self.join(&joined, fact)));
        let nearest = info.mro.iter().find_map(own).copied();
        // Some bases have a thousand subclasses.
        if owners.len() < info.subclasses.len() {
            let is_below = |owner: &&ClassId| **owner != class && self.definitions.class(**owner).mro.contains(&class);
            owners.iter().filter(is_below).filter_map(own).fold(nearest, join)
        } else {
            info.subclasses.iter().filter_map(own).fold(nearest, join)
        }
    }

    /// The methods that a call on an instance of `class` can reach: its own and those of subclasses.
    fn find_methods(&self, class: ClassId, name: &str) -> Vec<FunctionId> {
        let mut found: Vec<_> = self.definitions.method(class, name).into_iter().collect();
        let mut add = |subclass: &ClassId| {
            if let Some(method) = self.definitions.class(*subclass).methods.get(name)
                && !found.contains(method)
            {
                found.push(*method);
            }
        };
        let subclasses = &self.definitions.class(class).subclasses;
        let owners = self.method_owners(name);
        // Some bases have a thousand subclasses. Both are in the order of the classes.
        if owners.len() < subclasses.len() {
            let is_below = |owner: &&ClassId| **owner != class && self.definitions.class(**owner).mro.contains(&class);
            owners.iter().filter(is_below).for_each(&mut add);
        } else {
            subclasses.iter().for_each(&mut add);
        }
        // Where subclasses say what is given, the base that leaves it to them says nothing.
        if found.iter().any(|method| !self.is_abstract(*method)) {
            found.retain(|method| !self.is_abstract(*method));
        }
        found
    }

    fn method_owners(&self, name: &str) -> &[ClassId] {
        let owners = || {
            let mut owners: FxHashMap<String, Vec<ClassId>> = FxHashMap::default();
            for (class, index) in self.definitions.classes.iter().zip(0..) {
                class.methods.keys().for_each(|name| owners.entry(name.clone()).or_default().push(ClassId(index)));
            }
            owners
        };
        self.method_owners.get_or_init(owners).get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a method leaves all to subclasses: `pass`, `...`, `raise NotImplementedError`.
    pub(super) fn is_abstract(&self, function: FunctionId) -> bool {
        let (_, site) = self.sites[function.0 as usize];
        let says_nothing = |stmt: &ast::Stmt| match stmt {
            ast::Stmt::Pass(_) | ast::Stmt::Raise(_) => true,
            ast::Stmt::Expr(stmt) => matches!(*stmt.value, ast::Expr::Constant(_)),
            _ => false,
        };
        site.class.is_some() && site.def.body.iter().all(says_nothing)
    }

    /// Whether a class of the project that makes no modules has a method of this name.
    fn has_other_method(&self, name: &str) -> bool {
        !self.other_owners(name).is_empty()
    }

    /// The classes of the project that make no modules and have a method of this name.
    fn other_owners(&self, name: &str) -> &[ClassId] {
        let makes_modules =
            |class: &ClassInfo| class.is_module || class.subclasses.iter().any(|sub| self.definitions.class(*sub).is_module);
        let owners = || {
            let mut owners: FxHashMap<String, Vec<ClassId>> = FxHashMap::default();
            for (index, class) in self.definitions.classes.iter().enumerate().filter(|(_, class)| !makes_modules(class)) {
                class.methods.keys().for_each(|name| owners.entry(name.clone()).or_default().push(ClassId(index as u32)));
            }
            owners
        };
        self.other_methods.get_or_init(owners).get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a call of a method says that its receiver is a tensor: not where the file has a class with such a method, or takes one from elsewhere.
    pub(super) fn tells_tensor(&self, file: FileId, name: &str, call: &ast::ExprCall) -> bool {
        self.library.is_tensor_only(name, call) && !self.knows_owner(file, name)
    }

    fn knows_owner(&self, file: FileId, name: &str) -> bool {
        self.other_owners(name).iter().map(|class| self.definitions.class(*class)).any(|class| {
            let is_known =
                || class.file == file || self.names(file).imports.iter().any(|import| import.member == Some(class.name.as_str()));
            class.is_plain() && is_known()
        })
    }

    /// Whether a function's first parameter is bound by the attribute access.
    fn is_bound_method(&self, function: FunctionId) -> bool {
        matches!(self.definitions.function(function).role, Role::Method | Role::ClassMethod | Role::Property)
    }
}
