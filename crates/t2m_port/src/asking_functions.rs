//! Which functions may come to a question of `torch.is_grad_enabled()`, by what they call. A call that is known to mean a function reaches that one alone, and what
//! stands in its place in subclasses; one of an object of unknown kind reaches all of its name, every `forward`, and what anybody keeps as a value.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::Deserialize;
use t2m_semantic::tables::read_names;
use t2m_semantic::{ClassId, Entity, Facts, FileFacts, FileId, FunctionId, Kind};
use t2m_syntax::{Node, NodeId, TextRange, ast};

use crate::functions_as_values::Values;
use crate::receiver;
use crate::rules::{is_configuration, last_name};
use crate::shared::Shared;

/// What runs where an object is called.
pub(crate) const CALLED: &[&str] = &["forward", "__call__"];

/// `mappings/names/callers.toml`
#[derive(Debug, Default, Deserialize)]
struct Libraries {
    builtins: Vec<String>,
    call_nothing: Vec<String>,
    call: Vec<String>,
}

static LIBRARIES: LazyLock<Libraries> = LazyLock::new(|| read_names("callers"));

/// What a place may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Edge<'a> {
    Function(FunctionId),
    Name(&'a str),
    /// What an operator runs of an object: hardly ever more than an array's own.
    Operator(&'a str),
    /// A module, as it may be, or a function that is kept as a value.
    Object,
    /// What only the run knows: `getattr(self, name)(x)`.
    Anything,
}

impl<'a> Edge<'a> {
    pub(crate) fn name(self, facts: &'a Facts) -> Option<&'a str> {
        match self {
            Self::Function(function) => Some(facts.function(function).name.as_str()),
            Self::Name(name) => Some(name),
            Self::Operator(_) | Self::Object | Self::Anything => None,
        }
    }
}

/// What some statements may run.
#[derive(Debug, Default)]
pub(crate) struct Edges<'a>(FxHashSet<Edge<'a>>);

/// Who calls what.
#[derive(Debug, Default)]
pub(crate) struct Callers<'a>(FxHashMap<Edge<'a>, Vec<FunctionId>>);

/// The functions that come to some questions.
#[derive(Debug, Default)]
pub(crate) struct Asking<'a> {
    functions: FxHashSet<FunctionId>,
    names: FxHashSet<&'a str>,
    /// Methods that ask by themselves and run by an operator.
    operators: FxHashSet<&'a str>,
    /// Whether a value comes to one, wherever it is called.
    by_value: bool,
}

/// A place where a question is asked, and whether a lambda or a function within another one asks it.
pub(crate) type Place = (TextRange, bool);

impl<'a> Callers<'a> {
    pub(crate) fn new(facts: &'a Facts, shared: &Shared<'a>) -> Self {
        let mut callers: FxHashMap<Edge<'a>, Vec<FunctionId>> = FxHashMap::default();
        let mut reader: Option<(FileId, Reader<'a, '_>)> = None;
        for (function, file, stmt) in shared.survey.functions() {
            let of_file = match &mut reader {
                Some((own, reader)) if *own == file => reader,
                reader => &mut reader.insert((file, Reader::new(facts, shared, facts.file(file)))).1,
            };
            let mut edges = FxHashSet::default();
            of_file.note(Node::Stmt(stmt), &mut edges);
            edges.into_iter().for_each(|edge| callers.entry(edge).or_default().push(function));
        }
        Self(callers)
    }

    /// Those that come to questions at some places of a file.
    pub(crate) fn asking(&self, facts: &'a Facts, values: &Values<'a>, file: FileId, places: &[Place]) -> Asking<'a> {
        let mut asking = Asking::default();
        let holds = |range: TextRange| places.iter().any(|(place, _)| range.contains_range(*place));
        // Thousands of methods are called `forward`, and whoever calls an object calls each of them: an edge is followed once.
        let mut followed: FxHashSet<Edge<'a>> = FxHashSet::default();
        let mut open: Vec<FunctionId> =
            facts.functions().filter(|(_, def)| def.file == file && holds(def.range)).map(|(id, _)| id).collect();
        let mut is_value = places.iter().any(|(_, is_value)| *is_value);
        open.extend(self.of(Edge::Anything));
        loop {
            if is_value && !asking.by_value {
                asking.by_value = true;
                if followed.insert(Edge::Object) {
                    open.extend(self.of(Edge::Object));
                }
            }
            let Some(function) = open.pop() else { return asking };
            if !asking.functions.insert(function) {
                continue;
            }
            let def = facts.function(function);
            asking.names.insert(def.name.as_str());
            // A method is called by those that call the one that it overrides, too.
            let line = def.class.iter().flat_map(|class| &facts.class(*class).mro);
            let overridden = line.filter_map(|class| facts.class(*class).methods.get(&def.name)).copied();
            let object = CALLED.contains(&def.name.as_str()).then_some(Edge::Object);
            // Of operators, only what asks by itself counts.
            let operator = Some(def.name.as_str()).filter(|name| name.starts_with("__") && def.file == file && holds(def.range));
            asking.operators.extend(operator);
            let operator = operator.map(Edge::Operator);
            let edges =
                overridden.chain([function]).map(Edge::Function).chain([Edge::Name(def.name.as_str())]).chain(object).chain(operator);
            for edge in edges {
                if followed.insert(edge) {
                    is_value |= values.hold(&edge);
                    open.extend(self.of(edge));
                }
            }
        }
    }

    fn of(&self, edge: Edge<'a>) -> impl Iterator<Item = FunctionId> {
        self.0.get(&edge).into_iter().flatten().copied()
    }
}

impl<'a> Edges<'a> {
    pub(crate) fn of(reader: &Reader<'a, '_>, body: &'a [ast::Stmt]) -> Self {
        let mut edges = FxHashSet::default();
        body.iter().for_each(|stmt| reader.note(Node::Stmt(stmt), &mut edges));
        Self(edges)
    }
}

impl<'a> Asking<'a> {
    /// Whether some statements come to one of the questions.
    pub(crate) fn is_reached(&self, facts: &Facts, edges: &Edges<'a>) -> bool {
        edges.0.iter().any(|edge| match edge {
            Edge::Function(function) => {
                let def = facts.function(*function);
                let below = def.class.iter().flat_map(|class| &facts.class(*class).subclasses);
                let mut overrides = below.filter_map(|class| facts.class(*class).methods.get(&def.name));
                self.functions.contains(function) || overrides.any(|id| self.functions.contains(id))
            }
            Edge::Name(name) => self.names.contains(name),
            Edge::Operator(name) => self.operators.contains(name),
            Edge::Object => self.by_value || CALLED.iter().any(|name| self.names.contains(name)),
            Edge::Anything => true,
        })
    }
}

/// What statements and expressions of one file may run, and what they name.
pub(crate) struct Reader<'a, 's> {
    facts: &'a Facts,
    shared: &'s Shared<'a>,
    of_file: &'a FileFacts,
    /// The expressions that are functions of the project, by their kinds.
    functions: FxHashMap<NodeId, FunctionId>,
    /// The same, by their names.
    named: FxHashMap<NodeId, FunctionId>,
}

impl<'a, 's> Reader<'a, 's> {
    pub(crate) fn new(facts: &'a Facts, shared: &'s Shared<'a>, of_file: &'a FileFacts) -> Self {
        let (functions, named) = of_file.functions();
        Self { facts, shared, of_file, functions, named }
    }

    /// What a statement or expression may run.
    pub(crate) fn note(&self, within: Node<'a>, edges: &mut FxHashSet<Edge<'a>>) {
        let of_file = self.of_file;
        within.walk(&mut |node| {
            self.operators(node, edges);
            let Node::Expr(expr) = node else { return };
            if let Some(function) = self.functions.get(&node.id()) {
                edges.insert(Edge::Function(*function));
                return;
            }
            match expr {
                ast::Expr::Call(call) => called((self.facts, self.shared), of_file, call, edges),
                // A property runs where it is read, a subclass's own as well.
                ast::Expr::Attribute(read) if read.ctx.is_load() && of_file.entity(expr).is_none() => {
                    let class = class_of(of_file.fact(&read.value).kind);
                    let method = class.and_then(|class| self.facts.lookup_method(class, &read.attr));
                    edges.insert(method.map_or(Edge::Name(read.attr.as_str()), Edge::Function));
                }
                _ => {}
            }
        });
    }

    /// The methods that an operator, an index, a loop or a `with` runs, where classes of the project have them: `w * x`, `w[0]`, `len(w)`.
    fn operators(&self, node: Node<'a>, edges: &mut FxHashSet<Edge<'a>>) {
        let mut run = |object: &ast::Expr, method: &'static str| {
            let kind = self.of_file.fact(object).kind;
            if !kind.is_unknown() && class_of(kind).is_none() || !self.shared.has_method(self.facts, method) {
                return;
            }
            edges.insert(Edge::Operator(method));
        };
        match node {
            Node::Expr(ast::Expr::BinOp(e)) => {
                let (own, reflected) = names_of_operator(e.op);
                run(&e.left, own);
                run(&e.right, reflected);
            }
            Node::Stmt(ast::Stmt::AugAssign(e)) => {
                let (own, _) = names_of_operator(e.op);
                run(&e.target, own);
                run(&e.target, names_in_place(e.op));
            }
            Node::Expr(ast::Expr::UnaryOp(e)) => match e.op {
                ast::UnaryOp::USub => run(&e.operand, "__neg__"),
                ast::UnaryOp::Invert => run(&e.operand, "__invert__"),
                ast::UnaryOp::UAdd => run(&e.operand, "__pos__"),
                ast::UnaryOp::Not => {}
            },
            Node::Expr(ast::Expr::Compare(e)) => {
                for (at, op) in e.ops.iter().enumerate() {
                    let object = if at == 0 { &*e.left } else { &e.comparators[at - 1] };
                    match op {
                        ast::CmpOp::Eq => run(object, "__eq__"),
                        ast::CmpOp::NotEq => run(object, "__ne__"),
                        ast::CmpOp::Lt => run(object, "__lt__"),
                        ast::CmpOp::LtE => run(object, "__le__"),
                        ast::CmpOp::Gt => run(object, "__gt__"),
                        ast::CmpOp::GtE => run(object, "__ge__"),
                        ast::CmpOp::In | ast::CmpOp::NotIn => run(&e.comparators[at], "__contains__"),
                        ast::CmpOp::Is | ast::CmpOp::IsNot => {}
                    }
                }
            }
            Node::Expr(ast::Expr::Subscript(e)) => run(&e.value, if e.ctx.is_load() { "__getitem__" } else { "__setitem__" }),
            Node::Stmt(ast::Stmt::For(e)) => run(&e.iter, "__iter__"),
            Node::Expr(
                ast::Expr::ListComp(ast::ExprListComp { generators, .. })
                | ast::Expr::SetComp(ast::ExprSetComp { generators, .. })
                | ast::Expr::DictComp(ast::ExprDictComp { generators, .. })
                | ast::Expr::GeneratorExp(ast::ExprGeneratorExp { generators, .. }),
            ) => generators.iter().for_each(|walk| run(&walk.iter, "__iter__")),
            Node::Stmt(ast::Stmt::With(with)) => {
                for item in &with.items {
                    run(&item.context_expr, "__enter__");
                    run(&item.context_expr, "__exit__");
                }
            }
            Node::Expr(ast::Expr::Call(call)) => {
                let method = match self.of_file.entity(&call.func) {
                    Some(Entity::Builtin(name)) => match name.as_str() {
                        "len" => "__len__",
                        "abs" => "__abs__",
                        "float" => "__float__",
                        "int" => "__int__",
                        "bool" => "__bool__",
                        "next" => "__next__",
                        "iter" | "list" | "tuple" | "sorted" | "sum" | "zip" | "enumerate" | "map" => "__iter__",
                        _ => return,
                    },
                    _ => return,
                };
                call.args.iter().for_each(|arg| run(arg, method));
            }
            _ => {}
        }
    }

    /// The function of the project that a name or attribute is known to mean.
    pub(crate) fn function(&self, expr: &ast::Expr) -> Option<FunctionId> {
        let id = NodeId::from(expr);
        if let Some(function) = self.functions.get(&id).or_else(|| self.named.get(&id)) {
            return Some(*function);
        }
        let ast::Expr::Attribute(method) = expr else { return None };
        if !self.shared.has_method(self.facts, &method.attr) {
            return None;
        }
        self.facts.lookup_method(class_of(self.of_file.fact(&method.value).kind)?, &method.attr)
    }
}

/// What runs by an operator: the left operand's own method, and the right one's.
pub(crate) fn names_of_operator(op: ast::Operator) -> (&'static str, &'static str) {
    match op {
        ast::Operator::Add => ("__add__", "__radd__"),
        ast::Operator::Sub => ("__sub__", "__rsub__"),
        ast::Operator::Mult => ("__mul__", "__rmul__"),
        ast::Operator::MatMult => ("__matmul__", "__rmatmul__"),
        ast::Operator::Div => ("__truediv__", "__rtruediv__"),
        ast::Operator::FloorDiv => ("__floordiv__", "__rfloordiv__"),
        ast::Operator::Mod => ("__mod__", "__rmod__"),
        ast::Operator::Pow => ("__pow__", "__rpow__"),
        ast::Operator::LShift => ("__lshift__", "__rlshift__"),
        ast::Operator::RShift => ("__rshift__", "__rrshift__"),
        ast::Operator::BitAnd => ("__and__", "__rand__"),
        ast::Operator::BitOr => ("__or__", "__ror__"),
        ast::Operator::BitXor => ("__xor__", "__rxor__"),
    }
}

fn names_in_place(op: ast::Operator) -> &'static str {
    match op {
        ast::Operator::Add => "__iadd__",
        ast::Operator::Sub => "__isub__",
        ast::Operator::Mult => "__imul__",
        ast::Operator::MatMult => "__imatmul__",
        ast::Operator::Div => "__itruediv__",
        ast::Operator::FloorDiv => "__ifloordiv__",
        ast::Operator::Mod => "__imod__",
        ast::Operator::Pow => "__ipow__",
        ast::Operator::LShift => "__ilshift__",
        ast::Operator::RShift => "__irshift__",
        ast::Operator::BitAnd => "__iand__",
        ast::Operator::BitOr => "__ior__",
        ast::Operator::BitXor => "__ixor__",
    }
}

fn called<'a>(project: (&'a Facts, &Shared<'a>), of_file: &FileFacts, call: &'a ast::ExprCall, edges: &mut FxHashSet<Edge<'a>>) {
    let (facts, shared) = project;
    let func = &*call.func;
    match of_file.entity(func) {
        Some(Entity::Builtin(name)) if name.as_str() == "getattr" => return edges.extend(gotten(of_file, call)),
        Some(Entity::Builtin(name)) => {
            return given(facts, of_file, call, LIBRARIES.builtins.iter().any(|own| own.as_str() == name.as_str()), edges);
        }
        Some(Entity::Library(name)) => return given(facts, of_file, call, may_call(name), edges),
        _ => {}
    }
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

/// What `getattr(self, name)` may give to be called.
pub(crate) fn gotten<'a>(of_file: &FileFacts, call: &'a ast::ExprCall) -> Option<Edge<'a>> {
    let [object, name, ..] = &call.args[..] else { return None };
    let is_elsewhere = is_configuration(object) || matches!(of_file.entity(object), Some(Entity::Library(_)));
    (!is_elsewhere).then(|| receiver::string(name).map_or(Edge::Anything, Edge::Name))
}

/// Modules that a call of PyTorch or Python is given are run by it: `checkpoint(self.block, x)`. `calls`: objects of unknown kind may be such, too.
fn given<'a>(facts: &Facts, of_file: &FileFacts, call: &'a ast::ExprCall, calls: bool, edges: &mut FxHashSet<Edge<'a>>) {
    for value in call.args.iter().chain(call.keywords.iter().map(|keyword| &keyword.value)) {
        match of_file.fact(value).kind {
            Kind::Instance(class) => {
                edges.extend(CALLED.iter().find_map(|name| facts.lookup_method(class, name)).map(Edge::Function));
            }
            Kind::Module | Kind::Sequential | Kind::ModuleList(_) => _ = edges.insert(Edge::Object),
            Kind::Unknown if calls => _ = edges.insert(Edge::Object),
            _ => {}
        }
    }
}

/// Whether a function of PyTorch or Python may call what it is given.
pub(crate) fn may_call(name: &str) -> bool {
    // `torch.cat`
    let is_plain = name.strip_prefix("torch.").is_some_and(|rest| !rest.contains('.'));
    let is_calculation = is_plain || LIBRARIES.call_nothing.iter().any(|prefix| name.starts_with(prefix.as_str()));
    !is_calculation || LIBRARIES.call.iter().any(|own| own == name)
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
