//! What names mean across files: follows imports, re-exports and aliases to an [`Entity`].
//!
//! Two bindings that disagree make a name unknown. Imports of one thing agree however often they are written, and `X = None` beside an import says
//! that the import may fail, not that `X` is something else.

mod stars;

use std::cell::RefCell;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use t2m_syntax::{NodeId, ast};

use self::stars::Stars;
use crate::aliases::Aliases;
use crate::facts::{ClassId, Entity, FunctionId};
use crate::graph::{Graph, Module};
use crate::intern::Name;
use crate::names::{FileNames, MODULE, ScopeId, Sites, Target};
use crate::project::{FileId, Project};

/// What a name stands for, before it is told to anyone else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Meaning<'p> {
    Entity(Entity),
    /// A folder without `__init__.py`.
    Folder(String),
    /// A module-level value of a file of the project.
    Value(FileId, &'p str),
}

/// The importing file, the dots, and the dotted name.
type ModuleName<'p> = (FileId, usize, &'p str);

/// Names that stand for a module-level value of some file of the project.
pub(crate) type ValueNames<'p> = FxHashMap<NodeId, (FileId, &'p str)>;

/// What the names and attribute chains of one file mean.
#[derive(Default)]
pub(crate) struct Meanings<'p> {
    pub(crate) entities: FxHashMap<NodeId, Entity>,
    pub(crate) values: ValueNames<'p>,
    /// Names that can mean an import of the file, by its index.
    pub(crate) loads: Vec<(u32, NodeId)>,
    /// What is taken out of modules of the project, as their attribute or by a star.
    pub(crate) taken: Vec<(FileId, &'p str)>,
    /// Modules of the project that are values here, of which anything may be taken: `getattr(losses, name)`.
    pub(crate) opened: Vec<FileId>,
}

/// The names of all files; what every resolver reads.
pub(crate) struct ProjectNames<'p> {
    pub(crate) files: Vec<FileNames<'p>>,
    pub(crate) graph: Graph<'p>,
    aliases: &'static Aliases,
    class_base: Vec<u32>,
    function_base: Vec<u32>,
    builtins: FxHashSet<&'static str>,
    stars: Vec<Stars<'p>>,
}

/// Answers questions about names, and remembers the answers. Where imports run in a circle an answer depends on what was asked before, so whoever
/// works on one file makes a resolver for it: then the threads and their order don't matter.
pub(crate) struct Resolver<'p> {
    pub(crate) all: &'p ProjectNames<'p>,
    memo: RefCell<FxHashMap<(FileId, u32), Option<Meaning<'p>>>>,
    exports: RefCell<FxHashMap<(FileId, &'p str), Option<Meaning<'p>>>>,
    modules: RefCell<FxHashMap<ModuleName<'p>, Option<Meaning<'p>>>>,
    /// Names that no scope of a file binds.
    unbound: RefCell<FxHashMap<FileId, Unbound<'p>>>,
    /// Members of libraries.
    members: RefCell<FxHashMap<Name, FxHashMap<String, Name>>>,
}

type Unbound<'p> = FxHashMap<String, Option<Meaning<'p>>>;

impl<'p> ProjectNames<'p> {
    /// The names, and by file the places where they stand.
    pub(crate) fn new(project: &'p Project) -> (Self, Vec<Sites<'p>>) {
        let (files, sites): (Vec<_>, Vec<_>) = project.files.par_iter().map(|file| FileNames::new(&file.source.suite)).unzip();
        let bases = |count: fn(&FileNames<'p>) -> usize| {
            let mut next = 0;
            let mut base = |file| {
                let start = next;
                next += count(file) as u32;
                start
            };
            files.iter().map(&mut base).collect::<Vec<_>>()
        };
        let (class_base, function_base) = (bases(|file| file.classes.len()), bases(|file| file.functions.len()));
        let builtins = BUILTINS.split_whitespace().collect();
        let (graph, aliases) = (Graph::new(project), Aliases::builtin());
        let mut all = Self { files, graph, aliases, class_base, function_base, builtins, stars: Vec::new() };
        all.stars = stars::stars(&all);
        (all, sites)
    }

    pub(crate) fn find_module(&self, from: FileId, level: usize, dotted: &str) -> Option<Meaning<'p>> {
        let module = if level > 0 { self.graph.relative(from, level, dotted) } else { self.graph.absolute(from, dotted) };
        match module {
            Some(module) => Some(of_module(module)),
            None if level > 0 => None,
            None => Some(Meaning::Entity(Entity::Library(Name::new(&self.aliases.canonical(dotted.to_owned()))))),
        }
    }

    /// Whether `from module import *` of a library's module binds the name.
    pub(crate) fn exports(&self, module: &str, name: &str) -> bool {
        self.aliases.exports(module, name)
    }

    pub(crate) fn file(&self, id: FileId) -> &FileNames<'p> {
        &self.files[id.0 as usize]
    }

    pub(crate) fn ids(&self) -> impl IndexedParallelIterator<Item = FileId> + use<> {
        (0..self.files.len() as u32).into_par_iter().map(FileId)
    }

    pub(crate) fn class_id(&self, file: FileId, local: u32) -> ClassId {
        ClassId(self.class_base[file.0 as usize] + local)
    }

    pub(crate) fn function_id(&self, file: FileId, local: u32) -> FunctionId {
        FunctionId(self.function_base[file.0 as usize] + local)
    }
}

impl<'p> Resolver<'p> {
    pub(crate) fn new(all: &'p ProjectNames<'p>) -> Self {
        Self {
            all,
            memo: RefCell::default(),
            exports: RefCell::default(),
            modules: RefCell::default(),
            unbound: RefCell::default(),
            members: RefCell::default(),
        }
    }

    fn file(&self, id: FileId) -> &'p FileNames<'p> {
        &self.all.files[id.0 as usize]
    }

    /// What the names and attribute chains of a file mean.
    pub(crate) fn sites(&self, file: FileId, sites: &Sites<'p>) -> Meanings<'p> {
        let names = self.file(file);
        let mut all = Meanings::default();
        // What the site before this one means: an attribute follows its value.
        let mut last: Option<(&ast::Expr, Meaning<'p>)> = None;
        for &(expr, scope) in sites {
            if let Some((value, Meaning::Entity(Entity::File(target)))) = &last
                && !matches!(expr, ast::Expr::Attribute(attribute) if std::ptr::eq(*value, &*attribute.value))
            {
                all.opened.push(*target);
            }
            let meaning = match expr {
                ast::Expr::Name(name) if matches!(name.ctx, ast::ExprContext::Load) => {
                    self.load(file, names, scope, (expr, name), &mut all)
                }
                ast::Expr::Attribute(attribute) => match &last {
                    Some((value, meaning)) if std::ptr::eq(*value, &*attribute.value) => {
                        if let Meaning::Entity(Entity::File(target)) = meaning {
                            all.taken.push((*target, attribute.attr.as_str()));
                        }
                        self.below(meaning, attribute.attr.as_str())
                    }
                    _ => None,
                },
                _ => None,
            };
            match &meaning {
                Some(Meaning::Entity(entity)) => _ = all.entities.insert(NodeId::from(expr), *entity),
                Some(Meaning::Value(file, name)) => _ = all.values.insert(NodeId::from(expr), (*file, *name)),
                Some(Meaning::Folder(_)) | None => {}
            }
            last = meaning.map(|meaning| (expr, meaning));
        }
        if let Some((_, Meaning::Entity(Entity::File(target)))) = last {
            all.opened.push(target);
        }
        all
    }

    /// What a name means where it is read.
    fn load(
        &self,
        file: FileId,
        names: &'p FileNames<'p>,
        scope: ScopeId,
        (expr, name): (&ast::Expr, &'p ast::ExprName),
        all: &mut Meanings<'p>,
    ) -> Option<Meaning<'p>> {
        let bindings = names.lookup(scope, &name.id);
        for binding in bindings.unwrap_or_default() {
            if let Target::Import(index) = names.bindings[*binding as usize].target {
                all.loads.push((index, NodeId::from(expr)));
            }
        }
        match bindings {
            // Parameters and most variables.
            Some([first, ..]) if matches!(names.bindings[*first as usize].target, Target::Value) => None,
            Some(bindings) => self.bindings(file, bindings),
            None => {
                let meaning = self.unbound(file, &name.id);
                // A name that came by a star, and nobody knows what it means.
                if !names.stars.is_empty() && !matches!(meaning, Some(Meaning::Entity(_))) {
                    all.taken.push((file, name.id.as_str()));
                }
                meaning
            }
        }
    }

    /// A member of what an expression means.
    fn below(&self, meaning: &Meaning<'p>, name: &str) -> Option<Meaning<'p>> {
        match meaning {
            Meaning::Entity(entity) => self.member(entity, name),
            Meaning::Folder(folder) => self.in_folder(folder, name),
            Meaning::Value(..) => None,
        }
    }

    /// What a dotted name means in a scope; for expressions that are no node of the file, such as annotations in strings.
    pub(crate) fn chain(&self, file: FileId, scope: ScopeId, expr: &ast::Expr) -> Option<Meaning<'p>> {
        match expr {
            ast::Expr::Name(name) => self.name(file, scope, name.id.as_str()),
            ast::Expr::Attribute(attribute) => self.below(&self.chain(file, scope, &attribute.value)?, attribute.attr.as_str()),
            ast::Expr::Subscript(item) => {
                let is_builtin = |entity| matches!(entity, Some(Entity::Builtin(name)) if name.as_str() == "__name__");
                let of_modules =
                    matches!(self.entity(file, scope, &item.value), Some(Entity::Library(name)) if name.as_str() == "sys.modules");
                (of_modules && is_builtin(self.entity(file, scope, &item.slice))).then_some(Meaning::Entity(Entity::File(file)))
            }
            _ => None,
        }
    }

    pub(crate) fn entity(&self, file: FileId, scope: ScopeId, expr: &ast::Expr) -> Option<Entity> {
        match self.chain(file, scope, expr)? {
            Meaning::Entity(entity) => Some(entity),
            _ => None,
        }
    }

    fn name(&self, file: FileId, scope: ScopeId, name: &str) -> Option<Meaning<'p>> {
        match self.file(file).lookup(scope, name) {
            Some(bindings) => self.bindings(file, bindings),
            None => self.unbound(file, name),
        }
    }

    /// What a name means that no scope of the file binds.
    fn unbound(&self, file: FileId, name: &str) -> Option<Meaning<'p>> {
        if let Some(meaning) = self.unbound.borrow().get(&file).and_then(|names| names.get(name)) {
            return meaning.clone();
        }
        let builtin = || self.all.builtins.contains(name).then(|| Meaning::Entity(Entity::Builtin(Name::new(name))));
        let meaning = self.starred(file, name, &mut Vec::new()).or_else(builtin);
        self.unbound.borrow_mut().entry(file).or_default().insert(name.to_owned(), meaning.clone());
        meaning
    }

    /// The common meaning of all bindings of a name.
    fn bindings(&self, file: FileId, bindings: &[u32]) -> Option<Meaning<'p>> {
        let first = (file, *bindings.first()?);
        if let Some(meaning) = self.memo.borrow().get(&first) {
            return meaning.clone();
        }
        // A name that is defined by itself is unknown.
        self.memo.borrow_mut().insert(first, None);
        let meaning = self.agreement(file, bindings);
        self.memo.borrow_mut().insert(first, meaning.clone());
        meaning
    }

    fn agreement(&self, file: FileId, bindings: &[u32]) -> Option<Meaning<'p>> {
        let names = self.file(file);
        let mut common: Option<Meaning<'p>> = None;
        let has_import = bindings.iter().any(|id| matches!(names.bindings[*id as usize].target, Target::Import(_)));
        for id in bindings {
            let binding = &names.bindings[*id as usize];
            let meaning = match binding.target {
                Target::Import(index) => self.import(file, index),
                Target::Class(index) => Some(Meaning::Entity(Entity::Class(self.all.class_id(file, index)))),
                Target::Function(index) => {
                    let site = &names.functions[index as usize];
                    if site.def.decorators.iter().any(|decorator| self.is_overload(file, site.outer, decorator)) {
                        continue;
                    }
                    Some(Meaning::Entity(Entity::Function(self.all.function_id(file, index))))
                }
                Target::None if has_import => continue,
                Target::Alias(expr) if has_import && is_same_name(names, bindings, expr) => continue,
                // Ex) `Base = nn.Module` in both branches of an `if`.
                Target::Alias(expr) => self.chain(file, binding.scope, expr),
                Target::None | Target::Value => None,
            };
            let meaning = meaning?;
            match &common {
                None => common = Some(meaning),
                Some(other) if *other == meaning => {}
                Some(_) => return None,
            }
        }
        common
    }

    fn is_overload(&self, file: FileId, scope: ScopeId, decorator: &ast::Expr) -> bool {
        matches!(self.entity(file, scope, decorator), Some(Entity::Library(name)) if matches!(name.as_str(), "typing.overload" | "torch.jit._overload"))
    }

    /// What an import statement binds.
    pub(crate) fn import(&self, file: FileId, index: u32) -> Option<Meaning<'p>> {
        let import = &self.file(file).imports[index as usize];
        let Some(member) = import.member else {
            let dotted = if import.has_asname { import.module } else { import.local };
            return self.module(file, 0, dotted);
        };
        match self.module(file, import.level, import.module)? {
            // Ex) `from . import layers` in an `__init__.py`
            Meaning::Entity(Entity::File(target)) if target == file => {
                self.all.graph.submodule(&Module::File(file), member).map(of_module).or_else(|| self.in_file(file, member))
            }
            Meaning::Entity(Entity::File(target)) => self.in_file(target, member),
            Meaning::Entity(entity) => self.member(&entity, member),
            Meaning::Folder(folder) => self.in_folder(&folder, member),
            Meaning::Value(..) => None,
        }
    }

    pub(crate) fn module(&self, from: FileId, level: usize, dotted: &'p str) -> Option<Meaning<'p>> {
        let key = (from, level, dotted);
        if let Some(meaning) = self.modules.borrow().get(&key) {
            return meaning.clone();
        }
        let meaning = self.all.find_module(from, level, dotted);
        self.modules.borrow_mut().insert(key, meaning.clone());
        meaning
    }

    /// A name inside of a library's module or class.
    fn library_member(&self, library: Name, name: &str) -> Name {
        if let Some(member) = self.members.borrow().get(&library).and_then(|members| members.get(name)) {
            return *member;
        }
        let member = Name::new(&self.all.aliases.canonical(format!("{library}.{name}")));
        self.members.borrow_mut().entry(library).or_default().insert(name.to_owned(), member);
        member
    }

    fn in_folder(&self, folder: &str, name: &str) -> Option<Meaning<'p>> {
        self.all.graph.submodule(&Module::Folder(folder.to_owned()), name).map(of_module)
    }

    /// A member of an entity.
    fn member(&self, entity: &Entity, name: &str) -> Option<Meaning<'p>> {
        match entity {
            Entity::Library(library) => Some(Meaning::Entity(Entity::Library(self.library_member(*library, name)))),
            Entity::File(file) => self.in_file(*file, name),
            Entity::Class(_) | Entity::Function(_) | Entity::Builtin(_) => None,
        }
    }

    /// A module-level name of a file, or a submodule of a package.
    pub(crate) fn in_file(&self, file: FileId, name: &str) -> Option<Meaning<'p>> {
        self.in_file_guarded(file, name, &mut Vec::new())
    }

    fn in_file_guarded(&self, file: FileId, name: &str, visited: &mut Vec<FileId>) -> Option<Meaning<'p>> {
        if let Some((name, bindings)) = self.file(file).scope(MODULE).bindings.get_key_value(name) {
            let key = (file, *name);
            if let Some(meaning) = self.exports.borrow().get(&key) {
                return meaning.clone();
            }
            let meaning =
                self.bindings(file, bindings).or_else(|| self.is_plain_value(file, bindings).then_some(Meaning::Value(file, name)));
            self.exports.borrow_mut().insert(key, meaning.clone());
            return meaning;
        }
        self.starred(file, name, visited).or_else(|| self.all.graph.submodule(&Module::File(file), name).map(of_module))
    }

    fn is_plain_value(&self, file: FileId, bindings: &[u32]) -> bool {
        let names = self.file(file);
        bindings.iter().all(|id| matches!(names.bindings[*id as usize].target, Target::Value | Target::Alias(_) | Target::None))
    }

    /// A name that comes in by `from module import *`.
    fn starred(&self, file: FileId, name: &str, visited: &mut Vec<FileId>) -> Option<Meaning<'p>> {
        let stars = &self.all.stars[file.0 as usize];
        if !stars.may_bind(name) || visited.contains(&file) {
            return None;
        }
        visited.push(file);
        for star in &stars.modules {
            match star {
                Meaning::Entity(Entity::File(target)) => {
                    let exported = &self.file(*target).exported;
                    let visible = exported.as_ref().map_or(!name.starts_with('_'), |names| names.contains(&name));
                    if visible && let Some(meaning) = self.in_file_guarded(*target, name, visited) {
                        return Some(meaning);
                    }
                }
                Meaning::Entity(Entity::Library(module)) if self.all.aliases.exports(module, name) => {
                    return Some(Meaning::Entity(Entity::Library(self.library_member(*module, name))));
                }
                _ => {}
            }
        }
        None
    }
}

fn of_module<'p>(module: Module) -> Meaning<'p> {
    match module {
        Module::File(file) => Meaning::Entity(Entity::File(file)),
        Module::Folder(path) => Meaning::Folder(path),
    }
}

/// Ex) `torch = torch`
fn is_same_name(names: &FileNames<'_>, bindings: &[u32], expr: &ast::Expr) -> bool {
    let ast::Expr::Name(name) = expr else { return false };
    names.scope(names.bindings[bindings[0] as usize].scope).bindings.get(name.id.as_str()).is_some_and(|same| same == bindings)
}

const BUILTINS: &str = "abs all any bin bool breakpoint bytearray bytes callable chr classmethod compile complex delattr dict dir divmod enumerate eval \
    exec filter float format frozenset getattr globals hasattr hash hex id input int isinstance issubclass iter len list locals map max memoryview \
    min next object oct open ord pow print property range repr reversed round set setattr slice sorted staticmethod str sum super tuple type vars \
    zip BaseException Exception ArithmeticError AssertionError AttributeError EOFError FileExistsError FileNotFoundError ImportError IndexError \
    IOError KeyError KeyboardInterrupt LookupError MemoryError ModuleNotFoundError NameError NotImplementedError OSError OverflowError \
    PermissionError RuntimeError RuntimeWarning StopIteration SyntaxError SystemExit TimeoutError TypeError UserWarning ValueError Warning \
    DeprecationWarning FutureWarning ZeroDivisionError NotImplemented Ellipsis __import__ __name__ __file__";
