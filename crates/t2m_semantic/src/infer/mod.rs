//! Kinds by abstract interpretation: function bodies are walked in order with an environment of facts, and the whole project in rounds.
//!
//! The first round knows nothing of parameters, attributes and results; each later one starts from what the round before proved. So every round is
//! right by itself, a project that needs more rounds than there are only stays more unknown.

mod annotations;
mod calls;
mod env;
mod exprs;
mod methods;
mod narrow;
mod ops;
mod params;
mod stmts;
mod targets;

use std::cell::RefCell;

use rustc_hash::FxHashMap;
use t2m_syntax::{NodeId, ast};

use crate::classes::{Definitions, Role};
use crate::facts::{ClassId, Entity, FunctionId};
use crate::kind::{Fact, Kind};
use crate::lattice::{join_facts, known};
use crate::library::Library;
use crate::names::{FileNames, FunctionSite};
use crate::project::{FileId, Project};
use crate::resolve::{Resolver, ValueNames};

/// Facts travel one call further in each round.
const ROUNDS: usize = 5;

/// What is known about the project before a round.
pub(crate) struct World<'p> {
    project: &'p Project,
    pub(crate) resolver: &'p Resolver<'p>,
    pub(crate) entities: Vec<FxHashMap<NodeId, Entity>>,
    pub(crate) values: Vec<ValueNames<'p>>,
    pub(crate) library: &'static Library,
    pub(crate) definitions: Definitions,
    /// Module-level values by file.
    globals: Vec<FxHashMap<&'p str, Fact>>,
    /// The site of each function.
    sites: Vec<(FileId, &'p FunctionSite<'p>)>,
    hints: Vec<params::Hints>,
    attrs: RefCell<FxHashMap<(ClassId, &'p str), Option<Fact>>>,
    overrides: RefCell<FxHashMap<(ClassId, &'p str), Vec<FunctionId>>>,
}

/// What a round finds out.
struct Round<'p> {
    /// By function and parameter: what calls pass.
    args: Vec<Vec<params::Passed>>,
    attrs: Vec<FxHashMap<&'p str, Fact>>,
    returns: Vec<Option<Fact>>,
    globals: Vec<FxHashMap<&'p str, Fact>>,
}

pub(crate) struct Inferred {
    /// By file.
    pub(crate) kinds: Vec<FxHashMap<NodeId, Fact>>,
    pub(crate) entities: Vec<FxHashMap<NodeId, Entity>>,
    pub(crate) definitions: Definitions,
}

/// Runs the rounds.
pub(crate) fn infer<'p>(
    project: &'p Project,
    resolver: &'p Resolver<'p>,
    entities: Vec<FxHashMap<NodeId, Entity>>,
    values: Vec<ValueNames<'p>>,
    library: &'static Library,
    definitions: Definitions,
) -> Inferred {
    let files = resolver.names.len();
    let sites = resolver.names.iter().enumerate();
    let sites = sites.flat_map(|(file, names)| names.functions.iter().map(move |site| (FileId(file as u32), site))).collect();
    let mut world = World {
        project,
        resolver,
        entities,
        values,
        library,
        definitions,
        globals: vec![FxHashMap::default(); files],
        sites,
        hints: Vec::new(),
        attrs: RefCell::default(),
        overrides: RefCell::default(),
    };
    world.hints = params::hints(&world);
    world.settle_params(None);
    let mut recorded = Vec::new();
    for round in 1..=ROUNDS {
        let mut next = world.round();
        let is_last = round == ROUNDS;
        for file in 0..files {
            let facts = stmts::run_file(&world, &mut next, FileId(file as u32), is_last);
            if is_last {
                recorded.push(facts);
            }
        }
        world.settle(next);
    }
    Inferred { kinds: recorded, entities: world.entities, definitions: world.definitions }
}

impl<'p> World<'p> {
    fn suite(&self, file: FileId) -> &'p [ast::Stmt] {
        &self.project.file(file).source.suite
    }

    fn names(&self, file: FileId) -> &'p FileNames<'p> {
        &self.resolver.names[file.0 as usize]
    }

    fn round(&self) -> Round<'p> {
        let functions = &self.definitions.functions;
        Round {
            args: functions.iter().map(|function| vec![params::Passed::default(); function.params.len()]).collect(),
            attrs: vec![FxHashMap::default(); self.definitions.classes.len()],
            returns: vec![None; functions.len()],
            globals: vec![FxHashMap::default(); self.globals.len()],
        }
    }

    fn settle(&mut self, round: Round<'p>) {
        for (index, returned) in round.returns.iter().enumerate() {
            self.definitions.functions[index].returns = self.result_of(FunctionId(index as u32), returned.clone());
        }
        for (class, attrs) in self.definitions.classes.iter_mut().zip(&round.attrs) {
            let mut attrs: Vec<_> = attrs.iter().map(|(name, fact)| ((*name).to_owned(), fact.clone())).collect();
            attrs.sort_by(|a, b| a.0.cmp(&b.0));
            class.attrs = attrs.into_iter().collect();
        }
        self.globals = round.globals;
        self.attrs.get_mut().clear();
        self.settle_params(Some(&round.args));
    }

    fn is_module(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Instance(class) | Kind::Class(class) => self.definitions.class(*class).is_module,
            Kind::Name(name) => self.library.is_module(name),
            Kind::ModuleClass => true,
            Kind::Optional(inner) => self.is_module(inner),
            kind => kind.is_layer(),
        }
    }

    fn join(&self, a: &Fact, b: &Fact) -> Fact {
        join_facts(a, b, &|kind| self.is_module(kind))
    }

    fn join_kinds(&self, a: &Kind, b: &Kind) -> Kind {
        crate::lattice::join(a, b, &|kind| self.is_module(kind))
    }

    fn item(&self, fact: &Fact) -> Fact {
        known(crate::lattice::item(&fact.kind, &|kind| self.is_module(kind)), fact.evidence)
    }

    /// What `self.name` is for a class: the nearest class that sets it, joined with what subclasses set.
    fn attr(&self, class: ClassId, name: &'p str) -> Option<Fact> {
        if let Some(fact) = self.attrs.borrow().get(&(class, name)) {
            return fact.clone();
        }
        let info = self.definitions.class(class);
        let own = |class: &ClassId| self.definitions.class(*class).attrs.get(name);
        let nearest = info.mro.iter().find_map(own);
        let all = nearest.into_iter().chain(info.subclasses.iter().filter_map(own));
        let fact = all.fold(None, |joined: Option<Fact>, fact| {
            Some(match joined {
                Some(joined) => self.join(&joined, fact),
                None => fact.clone(),
            })
        });
        self.attrs.borrow_mut().insert((class, name), fact.clone());
        fact
    }

    /// The methods that a call on an instance of `class` can reach: its own and those of subclasses.
    fn methods(&self, class: ClassId, name: &'p str) -> Vec<FunctionId> {
        if let Some(found) = self.overrides.borrow().get(&(class, name)) {
            return found.clone();
        }
        let mut found: Vec<_> = self.definitions.method(class, name).into_iter().collect();
        for subclass in &self.definitions.class(class).subclasses {
            if let Some(method) = self.definitions.class(*subclass).methods.get(name)
                && !found.contains(method)
            {
                found.push(*method);
            }
        }
        self.overrides.borrow_mut().insert((class, name), found.clone());
        found
    }

    /// Whether a function's first parameter is bound by the attribute access.
    fn is_bound_method(&self, function: FunctionId) -> bool {
        matches!(self.definitions.function(function).role, Role::Method | Role::ClassMethod | Role::Property)
    }
}
