//! Which methods of classes that are no modules gradients may flow through: those that differentiated functions and training steps reach.
//!
//! Names alone would reach too many: optimizers, schedulers and pipelines share names of methods with modules. So a call reaches the method that it is known
//! to mean, and all of its name only where nothing is known of the object.

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_semantic::{ClassId, Facts, FileFacts, FunctionId, Kind, Project};
use t2m_syntax::{Node, ast};

use crate::hidden_calls;
use crate::open_functions;
use crate::reached;
use crate::rules::last_name;
use crate::survey::Survey;

/// What a place calls or reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Called<'a> {
    what: Target<'a>,
    /// The value is dropped: `agent.remember(x)` as a statement.
    is_dropped: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
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
    /// Functions that are values, with what they are known to call: `losses[kind](out, y)`.
    handed: FxHashSet<FunctionId>,
}

impl ReachedMethods {
    pub(crate) fn new<'a>(project: &'a Project, facts: &'a Facts, survey: &Survey<'a>, is_reached: &dyn Fn(&str) -> bool) -> Self {
        let mut graph = Graph { facts, calls: survey.calls_of_functions().collect(), by_name: FxHashMap::default() };
        for (id, function) in facts.functions() {
            graph.by_name.entry(function.name.as_str()).or_default().push(id);
        }
        let mut steps = Vec::new();
        reached::in_steps(project, &mut |file, stmt| {
            let mut reader = Reader::within_function();
            Node::Stmt(stmt).walk(&mut |node| reader.read(facts, facts.file(file), node));
            steps.append(&mut reader.open);
        });
        let is_seed = |id: &FunctionId| {
            let function = facts.function(*id);
            let is_plain = function.class.is_some_and(|class| is_plain(facts, class));
            match is_plain {
                true => reached::is_root(&function.name) && function.name != "__call__",
                false => reached::is_root(&function.name) || is_reached(&function.name),
            }
        };
        let seeds: Vec<FunctionId> = facts.functions().map(|(id, _)| id).filter(is_seed).collect();
        let reach = |is_sure| graph.reach(&seeds, &steps, is_sure);
        let is_handed = |id: &FunctionId| survey.hands_over(*id) && open_functions::may_be_run_in_training(&facts.function(*id).name);
        let values: Vec<FunctionId> = facts.functions().map(|(id, _)| id).filter(is_handed).collect();
        Self { all: reach(false), by_value: reach(true), handed: graph.reach_passes(&values) }
    }

    /// Whether a function is a value, or one that is reads it, in a project that trains: who has the value is not known.
    pub(crate) fn is_handed(&self, function: FunctionId) -> bool {
        self.handed.contains(&function)
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

/// Notes what functions call, node by node, parents before children.
#[derive(Default)]
pub(crate) struct Reader<'a> {
    /// What the functions around the last node call, those inside of them too.
    open: Vec<Called<'a>>,
    /// The call or method whose value nobody takes.
    dropped: Option<&'a ast::Expr>,
    /// What the last call calls, and what it only takes names and texts of: `functools.wraps(f)`.
    callee: [Option<&'a ast::Expr>; 2],
    /// Functions that are read as values, for others to call.
    handed: FxHashSet<FunctionId>,
    /// How many functions are around the node.
    functions: usize,
}

impl<'a> Reader<'a> {
    fn within_function() -> Self {
        Self { functions: 1, ..Self::default() }
    }

    pub(crate) fn depth(&self) -> usize {
        self.open.len()
    }

    pub(crate) fn read(&mut self, facts: &Facts, of_file: &FileFacts, node: Node<'a>) {
        let expr = match node {
            Node::Stmt(ast::Stmt::Expr(statement)) => {
                self.dropped = Some(&*statement.value).filter(|value| value.is_call_expr());
                return;
            }
            Node::Stmt(ast::Stmt::FunctionDef(_) | ast::Stmt::AsyncFunctionDef(_)) => {
                self.functions += 1;
                return;
            }
            Node::Expr(ast::Expr::Call(call)) if self.functions == 0 => {
                self.callee = callee(call);
                return;
            }
            Node::Expr(expr) if self.functions > 0 || matches!(expr, ast::Expr::Name(_) | ast::Expr::Attribute(_)) => expr,
            _ => return,
        };
        let is_callee = self.callee.iter().flatten().any(|callee| std::ptr::eq(*callee, expr));
        if let ast::Expr::Call(call) = expr {
            self.callee = callee(call);
        }
        let is_dropped = self.dropped.is_some_and(|dropped| std::ptr::eq(dropped, expr));
        if let ast::Expr::Call(call) = expr
            && is_dropped
        {
            self.dropped = Some(&*call.func);
        }
        let what = target(facts, of_file, expr);
        if let Some(Target::Function(function)) = what
            && !is_callee
            && matches!(expr, ast::Expr::Name(_) | ast::Expr::Attribute(_))
        {
            self.handed.insert(function);
        }
        if self.functions > 0 {
            self.open.extend(what.map(|what| Called { what, is_dropped }));
        }
    }

    /// The functions that were read as values so far: `{"mean": self.mean}`, `train(net, weighted)`.
    pub(crate) fn handed(self) -> FxHashSet<FunctionId> {
        self.handed
    }

    /// What the function calls that ends here and began at that depth; the functions around it call it as well.
    pub(crate) fn leave(&mut self, depth: usize) -> Vec<Called<'a>> {
        self.functions -= 1;
        let mut calls = self.open[depth..].to_vec();
        calls.sort_unstable();
        calls.dedup();
        if self.functions == 0 {
            self.open.truncate(depth);
        }
        calls
    }
}

fn callee(call: &ast::ExprCall) -> [Option<&ast::Expr>; 2] {
    let is_wraps = last_name(&call.func) == Some("wraps");
    [Some(&*call.func), call.args.first().filter(|_| is_wraps)]
}

/// The function that an expression names; a call of a class or of an object names none, its method is asked for.
fn target<'a>(facts: &Facts, of_file: &FileFacts, expr: &'a ast::Expr) -> Option<Target<'a>> {
    if let ast::Expr::Call(call) = expr {
        let (class, method) = match of_file.fact(&call.func).kind {
            Kind::Class(class) => (class, "__init__"),
            Kind::Instance(class) => (class, "__call__"),
            _ => return None,
        };
        return facts.lookup_method(class, method).map(Target::Function);
    }
    if let Kind::Function(function) = of_file.fact(expr).kind {
        return Some(Target::Function(function));
    }
    let ast::Expr::Attribute(attribute) = expr else { return hidden_calls::operator(facts, of_file, expr).map(Target::Function) };
    match instance(of_file.fact(&attribute.value).kind) {
        Owner::Class(class) => facts.lookup_method(class, &attribute.attr).map(Target::Function),
        Owner::Unknown => Some(Target::Name(attribute.attr.as_str())).filter(|_| of_file.entity(expr).is_none()),
        Owner::Other => None,
    }
}

struct Graph<'a, 's> {
    facts: &'a Facts,
    /// What functions call.
    calls: FxHashMap<FunctionId, &'s [Called<'a>]>,
    by_name: FxHashMap<&'a str, Vec<FunctionId>>,
}

impl<'a> Graph<'a, '_> {
    /// What is reached from seeds and steps; surely: by calls of known objects, whose values are used.
    fn reach(&self, seeds: &[FunctionId], steps: &[Called<'a>], is_sure: bool) -> FxHashSet<FunctionId> {
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
            let calls = self.calls.get(&function).copied().unwrap_or_default();
            calls.iter().for_each(|called| follow(self, called, false, &mut open));
        }
        reached
    }

    /// What functions surely call and use the values of. What makes a module is in no loss: constructors are left out, with what they call.
    fn reach_passes(&self, seeds: &[FunctionId]) -> FxHashSet<FunctionId> {
        let mut reached: FxHashSet<FunctionId> = seeds.iter().copied().collect();
        let mut open = seeds.to_vec();
        while let Some(function) = open.pop() {
            for called in self.calls.get(&function).copied().unwrap_or_default() {
                if let (Target::Function(function), false) = (called.what, called.is_dropped)
                    && self.facts.function(function).name != "__init__"
                {
                    self.with_overrides(function, &mut |id| {
                        if reached.insert(id) {
                            open.push(id);
                        }
                    });
                }
            }
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
