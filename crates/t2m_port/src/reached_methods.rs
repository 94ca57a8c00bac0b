//! Which methods of classes that are no modules gradients may flow through: those that differentiated functions and training steps reach.
//!
//! Names alone would reach too many: optimizers, schedulers and pipelines share names of methods with modules. So a call reaches the method that it is known
//! to mean, and all of its name only where nothing is known of the object.

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::{ClassId, Facts, FileFacts, FileId, FunctionId, Kind, Project};
use t2m_syntax::{Node, ast};

use crate::reached;
use crate::survey::Survey;

/// What a place calls or reads.
#[derive(Clone, Copy)]
struct Called<'a> {
    what: Target<'a>,
    /// The value is dropped: `agent.remember(x)` as a statement.
    is_dropped: bool,
}

#[derive(Clone, Copy)]
enum Target<'a> {
    Function(FunctionId),
    /// A method of an unknown object, an unknown function.
    Name(&'a str),
}

/// The functions that gradients may flow through, by calls of known and of unknown objects.
#[derive(Debug, Default)]
pub(crate) struct ReachedMethods {
    all: FxHashSet<FunctionId>,
    /// Those of which calls that are known to mean them use the values.
    by_value: FxHashSet<FunctionId>,
}

impl ReachedMethods {
    pub(crate) fn new<'a>(project: &'a Project, facts: &'a Facts, survey: &Survey<'a>, is_reached: &dyn Fn(&str) -> bool) -> Self {
        let statements = survey.functions().map(|(id, file, stmt)| (id, (file, stmt))).collect();
        let mut graph = Graph { facts, statements, calls: FxHashMap::default(), by_name: FxHashMap::default() };
        for (id, function) in facts.functions() {
            graph.by_name.entry(function.name.as_str()).or_default().push(id);
        }
        let mut steps = Vec::new();
        reached::in_steps(project, &mut |file, stmt| graph.called_in(facts.file(file), Node::Stmt(stmt), false, &mut steps));
        let is_seed = |id: &FunctionId| {
            let function = facts.function(*id);
            let is_plain = function.class.is_some_and(|class| is_plain(facts, class));
            match is_plain {
                true => reached::is_root(&function.name) && function.name != "__call__",
                false => reached::is_root(&function.name) || is_reached(&function.name),
            }
        };
        let seeds: Vec<FunctionId> = facts.functions().map(|(id, _)| id).filter(is_seed).collect();
        let mut reach = |is_sure| graph.reach(&seeds, &steps, is_sure);
        Self { all: reach(false), by_value: reach(true) }
    }

    pub(crate) fn contains(&self, function: FunctionId) -> bool {
        self.all.contains(&function)
    }

    pub(crate) fn gives_value(&self, function: FunctionId) -> bool {
        self.by_value.contains(&function)
    }
}

/// Neither a module nor what modules inherit from, nor a loss.
pub(crate) fn is_plain(facts: &Facts, class: ClassId) -> bool {
    let info = facts.class(class);
    let makes_modules = facts.is_module_class(class) || info.subclasses.iter().any(|sub| facts.is_module_class(*sub));
    !makes_modules && !reached::is_loss(&info.name)
}

struct Graph<'a> {
    facts: &'a Facts,
    statements: FxHashMap<FunctionId, (FileId, &'a ast::Stmt)>,
    /// What functions call, those inside of them too; of those that were asked for.
    calls: FxHashMap<FunctionId, Vec<Called<'a>>>,
    by_name: FxHashMap<&'a str, Vec<FunctionId>>,
}

impl<'a> Graph<'a> {
    fn calls_of(&self, function: FunctionId) -> Vec<Called<'a>> {
        let mut calls = Vec::new();
        if let Some((file, stmt)) = self.statements.get(&function) {
            self.called_in(self.facts.file(*file), Node::Stmt(stmt), false, &mut calls);
        }
        calls
    }

    fn called_in(&self, facts: &FileFacts, node: Node<'a>, is_dropped: bool, found: &mut Vec<Called<'a>>) {
        if let Node::Expr(expr) = node {
            found.extend(self.target(facts, expr).map(|what| Called { what, is_dropped }));
        }
        let drops = is_dropping(node, is_dropped);
        node.for_each_child(&mut |child| self.called_in(facts, child, drops(child), found));
    }

    /// The function that an expression names; a call of a class or of an object names none, its method is asked for.
    fn target(&self, facts: &FileFacts, expr: &'a ast::Expr) -> Option<Target<'a>> {
        if let ast::Expr::Call(call) = expr {
            let (class, method) = match facts.fact(&call.func).kind {
                Kind::Class(class) => (class, "__init__"),
                Kind::Instance(class) => (class, "__call__"),
                _ => return None,
            };
            return self.facts.lookup_method(class, method).map(Target::Function);
        }
        if let Kind::Function(function) = facts.fact(expr).kind {
            return Some(Target::Function(function));
        }
        let ast::Expr::Attribute(attribute) = expr else { return None };
        match instance(facts.fact(&attribute.value).kind) {
            Owner::Class(class) => self.facts.lookup_method(class, &attribute.attr).map(Target::Function),
            Owner::Unknown => Some(Target::Name(attribute.attr.as_str())).filter(|_| facts.entity(expr).is_none()),
            Owner::Other => None,
        }
    }

    /// What is reached from seeds and steps; surely: by calls of known objects, whose values are used.
    fn reach(&mut self, seeds: &[FunctionId], steps: &[Called<'a>], is_sure: bool) -> FxHashSet<FunctionId> {
        let mut reached: FxHashSet<FunctionId> = seeds.iter().copied().collect();
        // Some methods are called a thousand times, and have a thousand overrides.
        let (mut functions, mut names) = (FxHashSet::default(), FxHashSet::default());
        let mut open = seeds.to_vec();
        let mut follow = |graph: &Self, called: &Called<'a>, is_step: bool, open: &mut Vec<FunctionId>| {
            if called.is_dropped && is_sure {
                return;
            }
            match called.what {
                Target::Function(function) if functions.insert(function) => graph.with_overrides(function, &mut |id| {
                    if reached.insert(id) {
                        open.push(id);
                    }
                }),
                Target::Function(_) => {}
                Target::Name(_) if is_sure && !is_step => {}
                Target::Name(name) if !names.insert(name) => {}
                Target::Name(name) => open.extend(graph.by_name.get(name).into_iter().flatten().filter(|id| reached.insert(**id))),
            }
        };
        steps.iter().for_each(|called| follow(self, called, true, &mut open));
        while let Some(function) = open.pop() {
            let calls = self.calls.remove(&function).unwrap_or_else(|| self.calls_of(function));
            calls.iter().for_each(|called| follow(self, called, false, &mut open));
            self.calls.insert(function, calls);
        }
        reached
    }

    /// A method, and those that stand in its place in subclasses.
    fn with_overrides(&self, function: FunctionId, found: &mut dyn FnMut(FunctionId)) {
        found(function);
        let info = self.facts.function(function);
        let Some(class) = info.class else { return };
        for sub in &self.facts.class(class).subclasses {
            self.facts.class(*sub).methods.get(&info.name).into_iter().for_each(|id| found(*id));
        }
    }
}

/// Which children of a node are dropped: the method of a call that is a statement.
fn is_dropping<'a>(node: Node<'a>, is_dropped: bool) -> impl Fn(Node<'a>) -> bool {
    move |child| match (node, child) {
        (Node::Stmt(ast::Stmt::Expr(_)), Node::Expr(ast::Expr::Call(_))) => true,
        (Node::Expr(ast::Expr::Call(call)), Node::Expr(child)) => is_dropped && std::ptr::eq(&*call.func, child),
        _ => false,
    }
}

enum Owner {
    Class(ClassId),
    Unknown,
    Other,
}

fn instance(kind: Kind) -> Owner {
    match kind {
        Kind::Instance(class) | Kind::Class(class) => Owner::Class(class),
        Kind::Optional(inner) => instance(*inner),
        Kind::Unknown | Kind::None => Owner::Unknown,
        _ => Owner::Other,
    }
}
