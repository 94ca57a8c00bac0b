//! Which functions may come to a question of `torch.is_grad_enabled()`, by what they call. A call that is known to mean a function reaches that one alone, and what
//! stands in its place in subclasses; one of an object of unknown kind reaches all of its name, and every `forward`.

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::{ClassId, Entity, Facts, FileFacts, FileId, FunctionId, Kind};
use t2m_syntax::{Node, TextRange, ast};

use crate::rules::last_name;
use crate::shared::Shared;

/// What runs where an object is called.
const CALLED: &[&str] = &["forward", "__call__"];

/// What a place may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Edge<'a> {
    Function(FunctionId),
    Name(&'a str),
    /// A module, as it may be.
    Object,
}

/// Who calls what.
#[derive(Debug, Default)]
pub(crate) struct Callers<'a>(FxHashMap<Edge<'a>, Vec<FunctionId>>);

/// The functions that come to some questions.
#[derive(Debug, Default)]
pub(crate) struct Asking<'a> {
    functions: FxHashSet<FunctionId>,
    names: FxHashSet<&'a str>,
}

impl<'a> Callers<'a> {
    pub(crate) fn new(facts: &'a Facts, shared: &Shared<'a>) -> Self {
        let mut callers: FxHashMap<Edge<'a>, Vec<FunctionId>> = FxHashMap::default();
        for (function, file, stmt) in shared.survey.functions() {
            let mut edges = FxHashSet::default();
            note((facts, shared), facts.file(file), std::slice::from_ref(stmt), &mut edges);
            edges.into_iter().for_each(|edge| callers.entry(edge).or_default().push(function));
        }
        Self(callers)
    }

    /// Those that come to questions at some places of a file.
    pub(crate) fn asking(&self, facts: &'a Facts, file: FileId, places: &[TextRange]) -> Asking<'a> {
        let mut asking = Asking::default();
        let holds = |range: TextRange| places.iter().any(|place| range.contains_range(*place));
        let mut open: Vec<FunctionId> =
            facts.functions().filter(|(_, def)| def.file == file && holds(def.range)).map(|(id, _)| id).collect();
        while let Some(function) = open.pop() {
            if !asking.functions.insert(function) {
                continue;
            }
            let def = facts.function(function);
            asking.names.insert(def.name.as_str());
            // A method is called by those that call the one that it overrides, too.
            let line = def.class.iter().flat_map(|class| &facts.class(*class).mro);
            let overridden = line.filter_map(|class| facts.class(*class).methods.get(&def.name)).copied();
            let mut edges: Vec<Edge<'a>> = overridden.chain([function]).map(Edge::Function).collect();
            edges.push(Edge::Name(def.name.as_str()));
            if CALLED.contains(&def.name.as_str()) {
                edges.push(Edge::Object);
            }
            open.extend(edges.iter().filter_map(|edge| self.0.get(edge)).flatten().copied());
        }
        asking
    }
}

impl<'a> Asking<'a> {
    /// Whether statements come to one of the questions.
    pub(crate) fn is_reached(&self, project: (&'a Facts, &Shared<'a>), of_file: &FileFacts, body: &'a [ast::Stmt]) -> bool {
        let mut edges = FxHashSet::default();
        note(project, of_file, body, &mut edges);
        edges.into_iter().any(|edge| match edge {
            Edge::Function(function) => {
                let facts = project.0;
                let def = facts.function(function);
                let below = def.class.iter().flat_map(|class| &facts.class(*class).subclasses);
                let mut overrides = below.filter_map(|class| facts.class(*class).methods.get(&def.name));
                self.functions.contains(&function) || overrides.any(|id| self.functions.contains(id))
            }
            Edge::Name(name) => self.names.contains(name),
            Edge::Object => CALLED.iter().any(|name| self.names.contains(name)),
        })
    }
}

/// What statements may run.
fn note<'a>(project: (&'a Facts, &Shared<'a>), of_file: &FileFacts, body: &'a [ast::Stmt], edges: &mut FxHashSet<Edge<'a>>) {
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| {
            let Node::Expr(expr) = node else { return };
            if let Kind::Function(function) = of_file.fact(expr).kind {
                edges.insert(Edge::Function(function));
                return;
            }
            match expr {
                ast::Expr::Call(call) => called(project, of_file, call, edges),
                // A property runs where it is read.
                ast::Expr::Attribute(read) if read.ctx.is_load() && of_file.entity(expr).is_none() => {
                    match class_of(of_file.fact(&read.value).kind) {
                        Some(class) => edges.extend(project.0.lookup_method(class, &read.attr).map(Edge::Function)),
                        None => _ = edges.insert(Edge::Name(read.attr.as_str())),
                    }
                }
                _ => {}
            }
        });
    }
}

fn called<'a>(project: (&'a Facts, &Shared<'a>), of_file: &FileFacts, call: &'a ast::ExprCall, edges: &mut FxHashSet<Edge<'a>>) {
    let (facts, shared) = project;
    let func = &*call.func;
    if let Some(known) = known(facts, of_file, func) {
        edges.extend(known);
        return;
    }
    if let ast::Expr::Attribute(method) = func {
        edges.insert(Edge::Name(method.attr.as_str()));
        // No class keeps anything under the name that it could call.
        if shared.has_method(facts, &method.attr) && shared.owners(facts, &method.attr).is_empty() {
            return;
        }
    }
    edges.extend(last_name(func).map(Edge::Name));
    // What is no function of the project may be a module.
    edges.insert(Edge::Object);
}

/// What a call runs of the project, where that is known.
fn known<'a>(facts: &Facts, of_file: &FileFacts, func: &ast::Expr) -> Option<Option<Edge<'a>>> {
    let made = |class: ClassId| Some(facts.lookup_method(class, "__init__").map(Edge::Function));
    match of_file.fact(func).kind {
        Kind::Function(function) => return Some(Some(Edge::Function(function))),
        Kind::Class(class) => return made(class),
        Kind::Instance(class) => {
            let own = CALLED.iter().find_map(|name| facts.lookup_method(class, name));
            return Some(Some(own.map_or(Edge::Object, Edge::Function)));
        }
        _ => {}
    }
    match of_file.entity(func) {
        Some(Entity::Library(_) | Entity::Builtin(_)) => return Some(None),
        Some(Entity::Function(function)) => return Some(Some(Edge::Function(*function))),
        Some(Entity::Class(class)) => return made(*class),
        _ => {}
    }
    let ast::Expr::Attribute(method) = func else { return None };
    let owner = of_file.fact(&method.value).kind;
    if owner.is_tensor() {
        return Some(None);
    }
    let function = facts.lookup_method(class_of(owner)?, &method.attr)?;
    Some(Some(Edge::Function(function)))
}

fn class_of(kind: Kind) -> Option<ClassId> {
    match kind {
        Kind::Instance(class) | Kind::Class(class) => Some(class),
        Kind::Optional(inner) => class_of(*inner),
        _ => None,
    }
}
