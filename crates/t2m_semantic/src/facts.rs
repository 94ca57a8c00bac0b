//! The frozen facts about a project: what every name means and what every expression is.

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_syntax::{NodeId, ast};

use crate::imports::{self, ImportedName};
use crate::kind::{Evidence, Fact, Kind};
use crate::names::FileNames;
use crate::project::{FileId, Project};
use crate::resolve::Resolver;
use crate::tables::Tables;

/// A class of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u32);

/// A function or method of the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FunctionId(pub u32);

/// What a name or a dotted chain of names stands for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Entity {
    /// A name of a library by its canonical qualified name: `torch.nn.functional.softmax`, `numpy.sqrt`.
    Library(String),
    Class(ClassId),
    Function(FunctionId),
    /// A module (file) of the project.
    File(FileId),
    /// A builtin that nothing shadows: `isinstance`.
    Builtin(String),
}

/// Facts of one file.
#[derive(Debug, Default)]
pub struct FileFacts {
    pub(crate) entities: FxHashMap<NodeId, Entity>,
    pub(crate) kinds: FxHashMap<NodeId, Fact>,
    pub(crate) imports: Vec<ImportedName>,
    pub(crate) bound: FxHashSet<String>,
}

impl FileFacts {
    /// What a `Name` or an `Attribute` chain stands for; `None` for local values.
    pub fn entity(&self, expr: &ast::Expr) -> Option<&Entity> {
        self.entities.get(&NodeId::from(expr))
    }

    /// The canonical qualified name of a library entity.
    pub fn qualified(&self, expr: &ast::Expr) -> Option<&str> {
        match self.entity(expr)? {
            Entity::Library(name) => Some(name),
            _ => None,
        }
    }

    /// What an expression is; unknown with no evidence if nothing is known.
    pub fn fact(&self, expr: &ast::Expr) -> Fact {
        if let ast::Expr::Constant(constant) = expr {
            return Fact::of_constant(&constant.value);
        }
        if let Some(fact) = self.kinds.get(&NodeId::from(expr)) {
            return fact.clone();
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

    /// Whether any scope of the file binds `name`.
    pub fn is_bound(&self, name: &str) -> bool {
        self.bound.contains(name)
    }
}

/// Facts of all files.
#[derive(Debug, Default)]
pub struct Facts {
    pub files: Vec<FileFacts>,
}

impl Facts {
    /// Analyses the whole project over a bounded fixpoint.
    pub fn new(project: &Project, _tables: &Tables) -> Self {
        let names: Vec<FileNames<'_>> = project.files.iter().map(|file| FileNames::new(&file.source.suite)).collect();
        let resolver = Resolver::new(project, &names);
        let (entities, _values): (Vec<_>, Vec<_>) = project.ids().map(|file| resolver.sites(file)).unzip();
        let taken = imports::taken(&resolver, &entities);
        let files = project
            .ids()
            .zip(entities)
            .map(|(file, entities)| FileFacts {
                entities,
                kinds: FxHashMap::default(),
                imports: imports::imported_names(&resolver, file, &taken),
                bound: names[file.0 as usize].scopes.iter().flat_map(|scope| scope.bindings.keys().map(ToString::to_string)).collect(),
            })
            .collect();
        Self { files }
    }

    pub fn file(&self, id: FileId) -> &FileFacts {
        &self.files[id.0 as usize]
    }
}
