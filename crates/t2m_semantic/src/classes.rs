//! The classes and functions of a project: bases across files, methods, parameters, who encloses whom.

use std::ops::Range;

use indexmap::IndexMap;
use rustc_hash::{FxBuildHasher, FxHashMap, FxHashSet};
use t2m_syntax::{Node, NodeId, TextRange, ast};

use crate::facts::{ClassId, Entity, FunctionId};
use crate::kind::Fact;
use crate::library::Library;
use crate::names::{FileNames, FunctionSite};
use crate::project::FileId;
use crate::resolve::Resolver;

/// In source order.
pub type ByName<T> = IndexMap<String, T, FxBuildHasher>;

/// A class of the project.
#[derive(Debug, Clone)]
pub struct ClassInfo {
    pub file: FileId,
    /// Range of the `class` statement; decorators stand before it.
    pub range: TextRange,
    pub name: String,
    /// What the written bases stand for, in order; `None` where unknown.
    pub bases: Vec<Option<Entity>>,
    /// The project classes that it inherits from, itself first, nearest first.
    pub mro: Vec<ClassId>,
    /// The library classes at the ends of its chains of bases, nearest first.
    pub library_bases: Vec<String>,
    /// The chain of bases ends in `torch.nn.Module` or a layer.
    pub is_module: bool,
    /// Methods of its own; of several definitions the last (a property's getter).
    pub methods: ByName<FunctionId>,
    /// Project classes that inherit from it, at any distance.
    pub subclasses: Vec<ClassId>,
    /// What `self.x` is, over all methods of the class itself.
    pub attrs: ByName<Fact>,
    /// A method of its own assigns to `self.forward`.
    pub replaces_forward: bool,
    /// Attributes with an underscore in front that its methods make by a call, and call: modules, as far as nothing says otherwise.
    pub made_callables: FxHashSet<String>,
}

impl ClassInfo {
    /// The chain of bases ends in `torch.optim.Optimizer`.
    pub fn is_optimizer(&self) -> bool {
        self.library_bases.iter().any(|base| base == "torch.optim.Optimizer")
    }

    /// Whether its instances are no modules, tensors or optimizers: their methods are its own, whatever they are called.
    pub fn is_plain(&self) -> bool {
        let is_torch = |base: &String| base.starts_with("torch.") && !base.starts_with("torch.utils.data.");
        !self.is_module && !self.library_bases.iter().any(is_torch)
    }

    pub(crate) fn is_autograd_function(&self) -> bool {
        self.library_bases.iter().any(|base| base == "torch.autograd.Function")
    }
}

/// How a function binds its first argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Not in a class.
    Function,
    Method,
    Static,
    ClassMethod,
    Property,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamForm {
    PositionalOnly,
    Normal,
    /// `*args`
    Variadic,
    KeywordOnly,
    /// `**kwargs`
    Keywords,
}

/// A parameter and what is known of its values.
#[derive(Debug, Clone)]
pub struct ParamInfo {
    pub name: String,
    pub form: ParamForm,
    pub has_default: bool,
    pub fact: Fact,
}

/// A function or method of the project.
#[derive(Debug, Clone)]
pub struct FunctionInfo {
    pub file: FileId,
    /// Range of the `def` statement; decorators stand before it.
    pub range: TextRange,
    pub name: String,
    pub class: Option<ClassId>,
    pub role: Role,
    pub params: Vec<ParamInfo>,
    pub returns: Fact,
}

/// Classes and functions with the ways to find them.
#[derive(Debug, Default)]
pub(crate) struct Definitions {
    pub(crate) classes: Vec<ClassInfo>,
    pub(crate) functions: Vec<FunctionInfo>,
    pub(crate) class_by_stmt: FxHashMap<(FileId, NodeId), ClassId>,
    pub(crate) function_by_stmt: FxHashMap<(FileId, NodeId), FunctionId>,
    /// By file: the ranges of its classes and functions in the lists above.
    pub(crate) of_file: Vec<(Range<usize>, Range<usize>)>,
}

/// Whether a method assigns to `self.forward`.
pub fn assigns_forward(stmt: &ast::Stmt) -> bool {
    let ast::Stmt::FunctionDef(def) = stmt else { return false };
    let is_plain = |decorator: &ast::Expr| !matches!(decorator, ast::Expr::Name(name) if name.id.as_str() == "classmethod");
    if def.name.as_str() == "__init_subclass__" || !def.decorator_list.iter().all(is_plain) {
        return false; // the class itself is the receiver
    }
    let Some(receiver) = def.args.posonlyargs.iter().chain(&def.args.args).next() else { return false };
    let is_it = |target: &ast::Expr| match target {
        ast::Expr::Attribute(target) => {
            target.attr.as_str() == "forward" && matches!(&*target.value, ast::Expr::Name(name) if name.id == receiver.def.arg)
        }
        _ => false,
    };
    let mut found = false;
    t2m_syntax::node::statements(std::slice::from_ref(stmt), &mut |stmt| {
        found |= match stmt {
            ast::Stmt::Assign(assign) => assign.targets.iter().any(|target| match target {
                ast::Expr::Tuple(tuple) => tuple.elts.iter().any(is_it),
                target => is_it(target),
            }),
            ast::Stmt::AnnAssign(assign) => is_it(&assign.target),
            ast::Stmt::AugAssign(assign) => is_it(&assign.target),
            _ => false,
        };
    });
    found
}

/// `_model` of `self._model = build(name)` and `self._model(x)`.
fn made_callables(body: &[ast::Stmt]) -> FxHashSet<String> {
    fn own(expr: &ast::Expr) -> Option<&str> {
        let ast::Expr::Attribute(attribute) = expr else { return None };
        let is_own = attribute.attr.starts_with('_') && matches!(&*attribute.value, ast::Expr::Name(name) if name.id.as_str() == "self");
        is_own.then_some(attribute.attr.as_str())
    }
    // A function with some arguments bound is no module.
    fn makes(value: &ast::Expr) -> bool {
        let ast::Expr::Call(call) = value else { return false };
        match &*call.func {
            ast::Expr::Name(name) => name.id.as_str() != "partial",
            ast::Expr::Attribute(attribute) => attribute.attr.as_str() != "partial",
            _ => true,
        }
    }
    let (mut made, mut called) = (FxHashSet::default(), FxHashSet::default());
    for stmt in body {
        Node::Stmt(stmt).walk(&mut |node| match node {
            Node::Stmt(ast::Stmt::Assign(assign)) if makes(&assign.value) => made.extend(assign.targets.iter().filter_map(own)),
            Node::Expr(ast::Expr::Call(call)) => called.extend(own(&call.func)),
            _ => {}
        });
    }
    made.intersection(&called).map(|name| (*name).to_owned()).collect()
}

impl Definitions {
    pub(crate) fn new(resolver: &Resolver<'_>, library: &Library) -> Self {
        let mut all = Self::default();
        for (index, names) in resolver.all.files.iter().enumerate() {
            let (classes, functions) = (all.classes.len(), all.functions.len());
            all.add_file(resolver, FileId(index as u32), names);
            all.of_file.push((classes..all.classes.len(), functions..all.functions.len()));
        }
        all.linearise(library);
        all
    }

    fn add_file(&mut self, resolver: &Resolver<'_>, file: FileId, names: &FileNames<'_>) {
        for (local, site) in names.classes.iter().enumerate() {
            let id = resolver.all.class_id(file, local as u32);
            self.class_by_stmt.insert((file, site.stmt), id);
            let bases = site.def.bases.iter().map(|base| {
                // Ex) `class Stack(nn.Module, Generic[T])`
                let base = if let ast::Expr::Subscript(generic) = base { &*generic.value } else { base };
                resolver.entity(file, site.outer, base)
            });
            self.classes.push(ClassInfo {
                file,
                range: site.stmt.range(),
                name: site.def.name.to_string(),
                bases: bases.collect(),
                mro: Vec::new(),
                library_bases: Vec::new(),
                is_module: false,
                methods: ByName::default(),
                subclasses: Vec::new(),
                attrs: ByName::default(),
                replaces_forward: names.stores_forward(site.stmt.range()) && site.def.body.iter().any(assigns_forward),
                made_callables: if names.stores_hidden(site.stmt.range()) { made_callables(&site.def.body) } else { FxHashSet::default() },
            });
        }
        for (local, site) in names.functions.iter().enumerate() {
            let id = resolver.all.function_id(file, local as u32);
            self.function_by_stmt.insert((file, site.stmt), id);
            let class = site.class.map(|local| resolver.all.class_id(file, local));
            let (role, is_getter) = role(resolver, file, site);
            self.functions.push(FunctionInfo {
                file,
                range: site.stmt.range(),
                name: site.def.name.to_owned(),
                class,
                role,
                params: params(site.def.args),
                returns: Fact::default(),
            });
            if let Some(class) = class
                && is_getter
            {
                self.classes[class.0 as usize].methods.insert(site.def.name.to_owned(), id);
            }
        }
    }

    fn linearise(&mut self, library: &Library) {
        let mut done: Vec<Option<(Vec<ClassId>, Vec<String>)>> = vec![None; self.classes.len()];
        for index in 0..self.classes.len() {
            self.line_of(ClassId(index as u32), &mut done, &mut Vec::new());
        }
        for (index, line) in done.into_iter().enumerate() {
            let (mro, library_bases) = line.unwrap_or_default();
            let id = ClassId(index as u32);
            for base in mro.iter().filter(|base| **base != id) {
                self.classes[base.0 as usize].subclasses.push(id);
            }
            let class = &mut self.classes[index];
            class.is_module = library_bases.iter().any(|base| library.is_module(base));
            class.mro = mro;
            class.library_bases = library_bases;
        }
    }

    /// Depth first, the last occurrence of a class counts: what Python computes for the hierarchies that people write.
    fn line_of(
        &self,
        id: ClassId,
        done: &mut Vec<Option<(Vec<ClassId>, Vec<String>)>>,
        open: &mut Vec<ClassId>,
    ) -> (Vec<ClassId>, Vec<String>) {
        if let Some(line) = &done[id.0 as usize] {
            return line.clone();
        }
        let (mut mro, mut library) = (vec![id], Vec::new());
        if open.contains(&id) {
            return (mro, library);
        }
        open.push(id);
        for base in self.classes[id.0 as usize].bases.iter().flatten() {
            match base {
                Entity::Class(base) => {
                    let (classes, names) = self.line_of(*base, done, open);
                    mro.retain(|class| !classes.contains(class) || *class == id);
                    mro.extend(classes.into_iter().filter(|class| *class != id));
                    library.retain(|name| !names.contains(name));
                    library.extend(names);
                }
                Entity::Library(name) => library.push(name.to_string()),
                _ => {}
            }
        }
        open.pop();
        done[id.0 as usize] = Some((mro.clone(), library.clone()));
        (mro, library)
    }

    pub(crate) fn class(&self, id: ClassId) -> &ClassInfo {
        &self.classes[id.0 as usize]
    }

    pub(crate) fn function(&self, id: FunctionId) -> &FunctionInfo {
        &self.functions[id.0 as usize]
    }

    /// A method by Python's order of classes.
    pub(crate) fn method(&self, class: ClassId, name: &str) -> Option<FunctionId> {
        self.class(class).mro.iter().find_map(|class| self.class(*class).methods.get(name).copied())
    }

    /// The torch layer that a class is a kind of: `torch.nn.LayerNorm`, or `torch.nn.Module`.
    pub(crate) fn torch_base(&self, class: ClassId) -> Option<&str> {
        self.class(class).library_bases.iter().map(String::as_str).find(|base| base.starts_with("torch.nn."))
    }
}

/// The role, and whether it is the definition that a name stands for (a property's getter, not its setter).
fn role(resolver: &Resolver<'_>, file: FileId, site: &FunctionSite<'_>) -> (Role, bool) {
    if site.class.is_none() {
        return (Role::Function, true);
    }
    let mut role = match site.def.name {
        "__new__" => Role::Static,
        "__init_subclass__" | "__class_getitem__" => Role::ClassMethod,
        _ => Role::Method,
    };
    let mut is_getter = true;
    for decorator in site.def.decorators {
        match decorator {
            ast::Expr::Attribute(attribute) if matches!(attribute.attr.as_str(), "setter" | "deleter") => is_getter = false,
            _ => match resolver.entity(file, site.outer, decorator) {
                Some(Entity::Builtin(name)) => match name.as_str() {
                    "staticmethod" => role = Role::Static,
                    "classmethod" => role = Role::ClassMethod,
                    "property" => role = Role::Property,
                    _ => {}
                },
                // Ex) `functools.cached_property`, `torch.distributions.utils.lazy_property`
                Some(Entity::Library(name)) if is_property(&name) => role = Role::Property,
                Some(Entity::Class(_) | Entity::Function(_)) if is_property(last_name(decorator)) => role = Role::Property,
                Some(Entity::Library(name)) if name == "typing.overload" => is_getter = false,
                _ => {}
            },
        }
    }
    (role, is_getter)
}

/// Whether a decorator is named after what it makes: `lazy_property`, `CachedProperty`.
pub(crate) fn is_property(decorator: &str) -> bool {
    decorator.to_ascii_lowercase().ends_with("property")
}

/// `c` of `a.b.c`
pub(crate) fn last_name(expr: &ast::Expr) -> &str {
    match expr {
        ast::Expr::Name(name) => name.id.as_str(),
        ast::Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => "",
    }
}

fn params(args: &ast::Arguments) -> Vec<ParamInfo> {
    let mut params = Vec::new();
    let mut push = |name: &ast::Identifier, form, has_default| {
        params.push(ParamInfo { name: name.to_string(), form, has_default, fact: Fact::default() });
    };
    for arg in &args.posonlyargs {
        push(&arg.def.arg, ParamForm::PositionalOnly, arg.default.is_some());
    }
    for arg in &args.args {
        push(&arg.def.arg, ParamForm::Normal, arg.default.is_some());
    }
    if let Some(arg) = &args.vararg {
        push(&arg.arg, ParamForm::Variadic, false);
    }
    for arg in &args.kwonlyargs {
        push(&arg.def.arg, ParamForm::KeywordOnly, arg.default.is_some());
    }
    if let Some(arg) = &args.kwarg {
        push(&arg.arg, ParamForm::Keywords, false);
    }
    params
}
