//! The frozen facts about a project: what every name means and what every expression is.

use std::sync::OnceLock;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use t2m_syntax::{NodeId, TextRange, ast};

use crate::classes::{ClassInfo, Definitions, FunctionInfo};
use crate::imports::{self, ImportedName, ProjectImport, StarredName};
use crate::infer::{self, Inferred};
use crate::intern::{Known, Name};
use crate::kind::{DType, Evidence, Fact, Kind};
use crate::library::Library;
use crate::project::{FileId, Project};
use crate::resolve::{ProjectNames, Resolver};
use crate::tables::Tables;

/// A class of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);

/// A function or method of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// What a name or a dotted chain of names stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    /// A name of a library by its canonical qualified name: `torch.nn.functional.softmax`, `numpy.sqrt`.
    Library(Name),
    Class(ClassId),
    Function(FunctionId),
    /// A module (file) of the project.
    File(FileId),
    /// A builtin that nothing shadows: `isinstance`.
    Builtin(Name),
}

/// Facts of one file.
#[derive(Debug, Default)]
pub struct FileFacts {
    pub(crate) entities: FxHashMap<NodeId, Entity>,
    pub(crate) kinds: FxHashMap<NodeId, Known>,
    pub(crate) imports: Vec<ImportedName>,
    pub(crate) project_imports: Vec<ProjectImport>,
    pub(crate) dots: usize,
    pub(crate) starred: Vec<StarredName>,
}

impl FileFacts {
    /// What a `Name` or an `Attribute` chain stands for; `None` for local values.
    pub fn entity(&self, expr: &ast::Expr) -> Option<&Entity> {
        match expr {
            ast::Expr::Name(_) | ast::Expr::Attribute(_) => self.entities.get(&NodeId::from(expr)),
            _ => None,
        }
    }

    /// The same, for a node by its identity.
    pub fn entity_of(&self, id: NodeId) -> Option<&Entity> {
        self.entities.get(&id)
    }

    /// The canonical qualified name of a library entity.
    pub fn qualified(&self, expr: &ast::Expr) -> Option<&'static str> {
        match self.entity(expr)? {
            Entity::Library(name) => Some(name.as_static()),
            _ => None,
        }
    }

    /// The canonical qualified names of all library entities in the file, as often as they stand there.
    pub fn library_names(&self) -> impl Iterator<Item = &'static str> {
        self.entities.values().filter_map(|entity| if let Entity::Library(name) = entity { Some(name.as_static()) } else { None })
    }

    /// The classes of the project that the file names, as often as it does.
    pub fn named_classes(&self) -> impl Iterator<Item = ClassId> {
        self.entities.values().filter_map(|entity| if let Entity::Class(class) = entity { Some(*class) } else { None })
    }

    /// Which expressions of the file are functions of the project: by their kind, as [`Self::fact`] tells, and by their name. Who goes over the whole project for
    /// them asks these few, not all that is known.
    pub fn functions(&self) -> (FxHashMap<NodeId, FunctionId>, FxHashMap<NodeId, FunctionId>) {
        let named = |(id, entity): (&NodeId, &Entity)| if let Entity::Function(function) = entity { Some((*id, *function)) } else { None };
        let known = |(id, fact): (&NodeId, &Known)| if let Kind::Function(function) = fact.kind { Some((*id, function)) } else { None };
        let by_name: FxHashMap<_, _> = self.entities.iter().filter_map(named).collect();
        let without_kind = by_name.iter().filter(|(id, _)| !self.kinds.contains_key(id)).map(|(id, function)| (*id, *function));
        (self.kinds.iter().filter_map(known).chain(without_kind).collect(), by_name)
    }

    /// What an expression is; unknown with no evidence if nothing is known.
    pub fn fact(&self, expr: &ast::Expr) -> Fact {
        if let ast::Expr::Constant(constant) = expr {
            return Fact::of_constant(&constant.value);
        }
        if let Some(fact) = self.kinds.get(&NodeId::from(expr)) {
            return **fact;
        }
        match self.entity(expr) {
            Some(entity) => Fact::new(Kind::of_entity(entity), Evidence::Constructed),
            None => Fact::default(),
        }
    }

    /// The names that import statements bind, in source order.
    pub fn imports(&self) -> &[ImportedName] {
        &self.imports
    }

    /// The files of the project that this one imports.
    pub fn project_imports(&self) -> &[ProjectImport] {
        &self.project_imports
    }

    /// The most dots that a relative import of the file has; 0 where it has none.
    pub fn dots(&self) -> usize {
        self.dots
    }

    /// Names that a star import of a library binds and other files take from here.
    pub fn starred_names(&self) -> &[StarredName] {
        &self.starred
    }
}

/// Facts of all files.
#[derive(Debug, Default)]
pub struct Facts {
    pub files: Vec<FileFacts>,
    definitions: Definitions,
    /// Names of attributes that hold parameters or modules in a class of the project.
    trained: OnceLock<FxHashSet<String>>,
}

impl Facts {
    /// Analyses the whole project over a bounded fixpoint. Call it on a deep stack.
    pub fn new(project: &Project, tables: &Tables) -> Self {
        let (names, sites) = ProjectNames::new(project);
        let resolver = || Resolver::new(&names);
        let meanings: Vec<_> = names.ids().zip(sites).map(|(file, sites)| resolver().sites(file, &sites)).collect();
        let taken = imports::taken(&resolver(), &meanings);
        let opened = meanings.iter().flat_map(|meanings| &meanings.opened).copied().collect();
        let imported = |(file, meanings): (_, &_)| imports::imported_names(&resolver(), file, meanings, &taken, &opened);
        let imports: Vec<_> = names.ids().zip(&meanings).map(imported).collect();
        let starred: Vec<_> = names.ids().map(|file| imports::starred_names(&resolver(), file, &taken)).collect();
        let (entities, values) = meanings.into_iter().map(|meanings| (meanings.entities, meanings.values)).unzip();
        let library = Library::builtin();
        let definitions = Definitions::new(&resolver(), library);
        let Inferred { kinds, entities, definitions } = infer::infer(project, &names, entities, values, (library, tables), definitions);
        let files =
            names.ids().zip(entities).zip(kinds).zip(imports).zip(starred).map(|((((file, entities), kinds), imports), starred)| {
                let (project_imports, dots) = imports::project_imports(&resolver(), file);
                FileFacts { entities, kinds, imports, project_imports, dots, starred }
            });
        let files = files.collect();
        Self { files, definitions, trained: OnceLock::new() }
    }

    /// The dtype of a legacy tensor class: `torch.FloatTensor`.
    pub fn dtype_of_class(&self, qualified: &str) -> Option<DType> {
        Library::builtin().dtype_of_class(qualified)
    }

    pub fn file(&self, id: FileId) -> &FileFacts {
        &self.files[id.0 as usize]
    }

    pub fn class(&self, id: ClassId) -> &ClassInfo {
        self.definitions.class(id)
    }

    pub fn classes(&self) -> impl Iterator<Item = (ClassId, &ClassInfo)> {
        self.definitions.classes.iter().enumerate().map(|(index, class)| (ClassId(index as u32), class))
    }

    pub fn function(&self, id: FunctionId) -> &FunctionInfo {
        self.definitions.function(id)
    }

    pub fn functions(&self) -> impl Iterator<Item = (FunctionId, &FunctionInfo)> {
        self.definitions.functions.iter().enumerate().map(|(index, function)| (FunctionId(index as u32), function))
    }

    /// Whether a project class is an `nn.Module`.
    pub fn is_module_class(&self, id: ClassId) -> bool {
        self.class(id).is_module
    }

    /// Whether a value of this kind is an `nn.Module`.
    pub fn is_module(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Instance(class) => self.is_module_class(*class),
            Kind::Optional(inner) => self.is_module(inner),
            kind => kind.is_layer(),
        }
    }

    /// Whether a value of this kind is a parameter or a module: MLX trains it, or walks it.
    pub fn is_trained(&self, kind: &Kind) -> bool {
        match kind {
            Kind::Parameter => true,
            Kind::Optional(inner) => self.is_trained(inner),
            kind => self.is_module(kind),
        }
    }

    /// Whether an attribute of this name is a parameter or a module in any class of the project, or may be one.
    pub fn holds_trained(&self, name: &str) -> bool {
        let attrs = || self.definitions.classes.iter().flat_map(|class| class.attrs.keys().map(move |name| (class, name)));
        let trained = || attrs().filter(|(class, name)| self.may_be_trained(class, name)).map(|(_, name)| name.clone()).collect();
        self.trained.get_or_init(trained).contains(name)
    }

    /// Whether an attribute that a class has is a parameter or a module, or may be one that a call made.
    pub fn may_be_trained(&self, class: &ClassInfo, name: &str) -> bool {
        class
            .attrs
            .get(name)
            .is_some_and(|fact| self.is_trained(&fact.kind) || fact.kind.is_unknown() && class.made_callables.contains(name))
    }

    /// The torch class that a project class inherits: `torch.nn.LayerNorm`, `torch.nn.Module`.
    pub fn torch_base(&self, id: ClassId) -> Option<&str> {
        self.definitions.torch_base(id)
    }

    pub fn class_of_stmt(&self, file: FileId, stmt: &ast::Stmt) -> Option<ClassId> {
        self.definitions.class_by_stmt.get(&(file, NodeId::from(stmt))).copied()
    }

    pub fn function_of_stmt(&self, file: FileId, stmt: &ast::Stmt) -> Option<FunctionId> {
        self.definitions.function_by_stmt.get(&(file, NodeId::from(stmt))).copied()
    }

    /// The innermost class statement around a place; decorators stand outside.
    pub fn enclosing_class(&self, file: FileId, range: TextRange) -> Option<ClassId> {
        let (classes, _) = self.definitions.of_file.get(file.0 as usize)?.clone();
        let inside = classes.filter(|class| self.definitions.classes[*class].range.contains_range(range));
        inside.min_by_key(|class| self.definitions.classes[*class].range.len()).map(|class| ClassId(class as u32))
    }

    /// The innermost `def` around a place; decorators stand outside.
    pub fn enclosing_function(&self, file: FileId, range: TextRange) -> Option<FunctionId> {
        let (_, functions) = self.definitions.of_file.get(file.0 as usize)?.clone();
        let inside = functions.filter(|function| self.definitions.functions[*function].range.contains_range(range));
        inside.min_by_key(|function| self.definitions.functions[*function].range.len()).map(|function| FunctionId(function as u32))
    }

    /// A method by Python's order of classes.
    pub fn lookup_method(&self, class: ClassId, name: &str) -> Option<FunctionId> {
        self.definitions.method(class, name)
    }

    /// What `self.name` is in instances of a class; unknown if nothing is known.
    pub fn lookup_attr(&self, class: ClassId, name: &str) -> Fact {
        let line = &self.class(class).mro;
        line.iter().find_map(|class| self.class(*class).attrs.get(name)).copied().unwrap_or_default()
    }

    pub fn is_subclass(&self, class: ClassId, of: ClassId) -> bool {
        self.class(class).mro.contains(&of)
    }
}
