//! Every module class of the project with all that its instances hold.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use t2m_semantic::tables::Tables;
use t2m_semantic::{ClassId, ClassInfo, Entity, Facts, FileId, Kind, Project};
use t2m_syntax::ast;

use super::members::{self, Own};
use super::{Class, Member, Shape, held};
use crate::rules::tied_parts::tied_paths;
use crate::survey::Survey;

/// Bases that hold nothing themselves.
const EMPTY_BASES: &[&str] = &["torch.nn.Module", "abc.ABC", "typing.Generic", "typing.Protocol"];

/// Classes whose children have any name.
const CONTAINERS: &[&str] =
    &["torch.nn.Sequential", "torch.nn.ModuleList", "torch.nn.ModuleDict", "torch.nn.ParameterList", "torch.nn.ParameterDict"];

/// What the plan has from the classes.
pub(super) struct Found {
    pub(super) classes: BTreeMap<String, Class>,
    /// Attributes that are set on other objects than `self`.
    pub(super) set_from_outside: BTreeSet<String>,
    pub(super) reshaped: BTreeSet<String>,
}

pub(super) fn classes(project: &Project, facts: &Facts, tables: &Tables, survey: &Survey<'_>) -> Found {
    let names = Names::new(project, facts);
    let of_file = |file: FileId| {
        let (mut outside, mut reshaped, mut ties) = (Vec::new(), BTreeSet::new(), Vec::new());
        for stmt in survey.stores_from_outside(file) {
            let owner = |set: &ast::ExprAttribute| owner_of_set(&names, file, set);
            outside.extend(members::set_from_outside(stmt).map(|set| (owner(set), set.attr.to_string())));
            members::reshaped(stmt, &mut reshaped);
            ties.extend(ties_from_outside(&names, file, stmt));
        }
        let makes_modules =
            |class: ClassId| facts.is_module_class(class) || facts.class(class).subclasses.iter().any(|sub| facts.is_module_class(*sub));
        let modules = survey.class_statements(file).iter().filter(|(class, _)| makes_modules(*class));
        let own: Vec<_> = modules.map(|(class, def)| (*class, members::own(&names, tables, *class, def))).collect();
        (own, (outside, reshaped, ties))
    };
    let files: Vec<FileId> = project.ids().collect();
    let (own, outside): (Vec<_>, Vec<_>) = files.into_par_iter().map(of_file).unzip();
    let (mut set_from_outside, mut reshaped, mut ties) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    let mut set_on_class: BTreeSet<(ClassId, String)> = BTreeSet::new();
    for (set, changed, tied) in outside {
        for (owner, name) in set {
            match owner {
                Some(class) => _ = set_on_class.insert((class, name)),
                None => _ = set_from_outside.insert(name),
            }
        }
        reshaped.extend(changed);
        ties.extend(tied);
    }
    if survey.sets_by_name("*") {
        reshaped.insert("*".to_owned());
    }
    let own: FxHashMap<ClassId, Own> = own.into_iter().flatten().collect();
    let modules: Vec<_> = facts.classes().filter(|(_, info)| info.is_module).collect();
    let of_class = |(class, info): (ClassId, &ClassInfo)| {
        let mut whole = inherited(&names, survey, class, &own);
        whole.subclasses = info.subclasses.iter().map(|sub| names.of(*sub).to_owned()).collect();
        whole.subclasses.sort();
        (names.of(class).to_owned(), whole)
    };
    let wholes: Vec<(String, Class)> = modules.into_par_iter().map(of_class).collect();
    let mut classes: BTreeMap<String, Class> = BTreeMap::new();
    for (name, mut whole) in wholes {
        // Two classes of one name: under an `if`, or one replaces the other.
        if let Some(other) = classes.remove(&name) {
            whole.open |= other.open;
            whole.container |= other.container;
            for (name, member) in other.members {
                whole.members.entry(name).and_modify(|here| here.required = false).or_insert(Member { required: false, ..member });
            }
        }
        classes.insert(name, whole);
    }
    ties.into_iter().for_each(|tie| tie_classes(&names, &mut classes, tie));
    set_on_class.iter().for_each(|(class, name)| set_anew(&names, &mut classes, *class, name));
    Found { classes, set_from_outside, reshaped }
}

/// The class of `model` of `model.fc = nn.Linear(16, 2)`, if it is one of the project that declares the attribute: no other class is concerned.
fn owner_of_set(names: &Names<'_>, file: FileId, set: &ast::ExprAttribute) -> Option<ClassId> {
    let Kind::Instance(class) = names.facts.file(file).fact(&set.value).kind else { return None };
    let mut line = names.facts.class(class).mro.iter();
    let is_declared = line.any(|class| names.facts.class(*class).attrs.contains_key(set.attr.as_str()));
    (names.facts.is_module_class(class) && is_declared).then_some(class)
}

/// An attribute of a class, and of those that inherit it, may be anything.
fn set_anew(names: &Names<'_>, classes: &mut BTreeMap<String, Class>, class: ClassId, name: &str) {
    for concerned in names.facts.class(class).subclasses.iter().chain([&class]) {
        let Some(member) = classes.get_mut(names.of(*concerned)).and_then(|class| class.members.get_mut(name)) else { continue };
        member.is = member.is.clone().or(Shape::unknown());
        member.required = false;
        member.holds.clear();
        member.shapes.clear();
    }
}

/// `model.head.weight = model.emb.weight` in a script or a function.
struct TieFromOutside {
    /// Of the model, if that is known.
    class: Option<ClassId>,
    target: String,
    source: String,
}

fn ties_from_outside(names: &Names<'_>, file: FileId, stmt: &ast::Stmt) -> Vec<TieFromOutside> {
    let facts = names.facts.file(file);
    let tie = |(root, target, source, _): (&ast::Expr, String, String, bool)| {
        let ast::Expr::Name(name) = root else { return None };
        if name.id.as_str() == "self" {
            return None;
        }
        let class = match facts.fact(root).kind {
            Kind::Instance(class) if names.facts.is_module_class(class) => Some(class),
            _ => None,
        };
        Some(TieFromOutside { class, target, source })
    };
    tied_paths(facts, stmt).into_iter().filter_map(tie).collect()
}

/// Not every model of a class goes through that script: the checkpoint says whether this one did.
fn tie_classes(names: &Names<'_>, classes: &mut BTreeMap<String, Class>, tie: TieFromOutside) {
    let first = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    let (to, from) = (first(&tie.target), first(&tie.source));
    let subclasses = |class: ClassId| names.facts.class(class).subclasses.iter().map(|sub| names.of(*sub));
    let known: Option<BTreeSet<&str>> = tie.class.map(|class| subclasses(class).chain([names.of(class)]).collect());
    for (name, class) in classes {
        let is_meant = match &known {
            Some(known) => known.contains(name.as_str()),
            None => class.members.contains_key(&to) && class.members.contains_key(&from),
        };
        if is_meant && !class.ties.contains_key(&tie.target) {
            class.possible_ties.insert(tie.target.clone(), tie.source.clone());
        }
    }
}

/// What classes are called in the plan.
pub(super) struct Names<'a> {
    pub(super) project: &'a Project,
    pub(super) facts: &'a Facts,
    of_classes: Vec<String>,
}

impl<'a> Names<'a> {
    fn new(project: &'a Project, facts: &'a Facts) -> Self {
        let name = |info: &ClassInfo| {
            let path = project.file(info.file).path.trim_end_matches(".py").replace('/', ".");
            let module = path.strip_suffix(".__init__").unwrap_or(if path == "__init__" { "" } else { &path });
            if module.is_empty() { info.name.clone() } else { format!("{module}.{}", info.name) }
        };
        Self { project, facts, of_classes: facts.classes().map(|(_, info)| name(info)).collect() }
    }

    /// `models.vit.Block`
    pub(super) fn of(&self, class: ClassId) -> &str {
        &self.of_classes[class.0 as usize]
    }
}

/// A class with its bases, by Python's order.
fn inherited(names: &Names<'_>, survey: &Survey<'_>, class: ClassId, own: &FxHashMap<ClassId, Own>) -> Class {
    let facts = names.facts;
    let mut whole = Class::default();
    let line = &facts.class(class).mro;
    // From the constructor that runs on to those that it calls.
    let constructors = line.iter().filter_map(|class| Some((class, own.get(class)?.constructor.as_ref()?)));
    let mut running = BTreeSet::new();
    for (class, calls_super) in constructors {
        running.insert(*class);
        if !calls_super {
            break;
        }
    }
    for id in line {
        let info = facts.class(*id);
        for base in &info.bases {
            match base {
                Some(Entity::Library(name)) if EMPTY_BASES.contains(&name.as_str()) || name.starts_with("typing.") => {}
                Some(Entity::Library(name)) if CONTAINERS.contains(&name.as_str()) => (whole.open, whole.container) = (true, true),
                Some(Entity::Library(name)) if name.starts_with("torch.nn.") => whole.extends.push(name.to_string()),
                Some(Entity::Class(_)) => {}
                Some(Entity::Builtin(name)) if name.as_str() == "object" => {}
                _ => (whole.open, whole.container) = (true, true),
            }
        }
        let Some(own) = own.get(id) else { continue };
        whole.open |= own.open;
        for (name, member) in &own.members {
            let member = Member { required: member.required && running.contains(id), ..member.clone() };
            match whole.members.get_mut(name) {
                // Set in a base and in a class that inherits it: the later one, or either.
                Some(there) => {
                    there.is = there.is.clone().or(member.is);
                    there.required = there.required && member.required;
                    there.holds.retain(|held| member.holds.contains(held));
                    there.shapes.retain(|held, shape| member.shapes.get(held) == Some(shape));
                }
                None => _ = whole.members.insert(name.clone(), member),
            }
        }
        let is_certain = running.contains(id);
        for (ties, certain) in [(&own.ties, is_certain), (&own.possible_ties, false)] {
            let there = if certain { &mut whole.ties } else { &mut whole.possible_ties };
            there.extend(ties.iter().map(|(target, source)| (target.clone(), source.clone())));
        }
    }
    for name in line.iter().filter_map(|id| own.get(id)).flat_map(|own| &own.removed) {
        if let Some(member) = whole.members.get_mut(name) {
            member.required = false;
        }
    }
    for (name, part) in line.iter().filter_map(|id| own.get(id)).flat_map(|own| &own.changed) {
        if let Some(member) = whole.members.get_mut(name) {
            member.holds.retain(|held| !held::is_lost(held, part.as_deref()));
        }
    }
    // `model.classifier[6] = nn.Linear(...)` in a script.
    for (name, member) in &mut whole.members {
        if survey.grows_outside(name) {
            member.holds.retain(|held| !held.contains('.'));
        }
    }
    // Of other attributes nobody knows that they hold something.
    let is_open = line.iter().filter_map(|id| own.get(id)).any(|own| own.open);
    for (name, member) in &mut whole.members {
        let says_what = match &member.is {
            Shape::Named(kind) if kind.starts_with("torch.") => !member.holds.is_empty(),
            Shape::Named(kind) => !matches!(kind.as_str(), "unknown" | "unsaved"),
            _ => !member.holds.is_empty(),
        };
        member.required &= says_what;
        // Names that only the run knows may be this one.
        if is_open || survey.sets_by_name(name) {
            member.shapes.clear();
        }
        if !member.required {
            member.holds.clear();
        }
        member.shapes.retain(|held, _| member.holds.contains(held));
    }
    whole
}
