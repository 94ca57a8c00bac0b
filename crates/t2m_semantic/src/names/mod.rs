//! Scopes and bindings of one file as Python has them. What a binding *means* across files is [`crate::resolve`]'s business.

mod build;

use rustc_hash::{FxHashMap, FxHashSet};
use t2m_syntax::{NodeId, TextRange, TextSize, ast};

pub(crate) type ScopeId = u32;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScopeKind {
    Module,
    Class,
    Function,
    Lambda,
    Comprehension,
}

#[derive(Debug)]
pub(crate) struct Scope<'p> {
    pub(crate) kind: ScopeKind,
    pub(crate) parent: Option<ScopeId>,
    pub(crate) bindings: FxHashMap<&'p str, Vec<u32>>,
    pub(crate) globals: FxHashSet<&'p str>,
    pub(crate) nonlocals: FxHashSet<&'p str>,
    /// The body has a `yield`.
    pub(crate) yields: bool,
    /// The body has a `return` with a value.
    pub(crate) returns: bool,
}

/// What binds a name.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target<'p> {
    /// Index into [`FileNames::imports`].
    Import(u32),
    /// Index into [`FileNames::classes`].
    Class(u32),
    /// Index into [`FileNames::functions`].
    Function(u32),
    /// `X = torch.nn.Linear`: another spelling of a dotted name.
    Alias(&'p ast::Expr),
    /// `X = None`: says that something is missing.
    None,
    Value,
}

#[derive(Debug)]
pub(crate) struct Binding<'p> {
    pub(crate) target: Target<'p>,
    pub(crate) scope: ScopeId,
}

/// One name that an import statement binds.
#[derive(Debug)]
pub(crate) struct Import<'p> {
    pub(crate) stmt: NodeId,
    /// Position in the statement's list of names.
    pub(crate) index: usize,
    pub(crate) scope: ScopeId,
    pub(crate) local: &'p str,
    /// Dots before the module name.
    pub(crate) level: usize,
    /// Dotted module; empty for `from . import x`.
    pub(crate) module: &'p str,
    /// The name taken out of the module; `None` for `import module`.
    pub(crate) member: Option<&'p str>,
    pub(crate) has_asname: bool,
}

#[derive(Debug)]
pub(crate) struct Star<'p> {
    pub(crate) stmt: NodeId,
    pub(crate) level: usize,
    pub(crate) module: &'p str,
}

/// A `class` statement and where it stands.
#[derive(Debug)]
pub(crate) struct ClassSite<'p> {
    pub(crate) def: &'p ast::StmtClassDef,
    pub(crate) stmt: NodeId,
    /// The scope in which its bases and decorators are evaluated.
    pub(crate) outer: ScopeId,
    pub(crate) scope: ScopeId,
}

/// The parts that `def` and `async def` share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Def<'p> {
    pub(crate) name: &'p str,
    pub(crate) type_params: &'p [ast::TypeParam],
    pub(crate) args: &'p ast::Arguments,
    pub(crate) body: &'p [ast::Stmt],
    pub(crate) decorators: &'p [ast::Expr],
    pub(crate) returns: Option<&'p ast::Expr>,
    pub(crate) is_async: bool,
}

impl<'p> Def<'p> {
    pub(crate) fn of(stmt: &'p ast::Stmt) -> Option<Self> {
        match stmt {
            ast::Stmt::FunctionDef(s) => Some(Self {
                name: s.name.as_str(),
                type_params: &s.type_params,
                args: &s.args,
                body: &s.body,
                decorators: &s.decorator_list,
                returns: s.returns.as_deref(),
                is_async: false,
            }),
            ast::Stmt::AsyncFunctionDef(s) => Some(Self {
                name: s.name.as_str(),
                type_params: &s.type_params,
                args: &s.args,
                body: &s.body,
                decorators: &s.decorator_list,
                returns: s.returns.as_deref(),
                is_async: true,
            }),
            _ => None,
        }
    }
}

/// A `def` statement and where it stands.
#[derive(Debug)]
pub(crate) struct FunctionSite<'p> {
    pub(crate) def: Def<'p>,
    pub(crate) stmt: NodeId,
    pub(crate) outer: ScopeId,
    pub(crate) scope: ScopeId,
    /// Index of the class whose body holds it directly.
    pub(crate) class: Option<u32>,
}

/// All names of a file.
#[derive(Debug, Default)]
pub(crate) struct FileNames<'p> {
    pub(crate) scopes: Vec<Scope<'p>>,
    pub(crate) bindings: Vec<Binding<'p>>,
    pub(crate) imports: Vec<Import<'p>>,
    pub(crate) stars: Vec<Star<'p>>,
    pub(crate) classes: Vec<ClassSite<'p>>,
    pub(crate) functions: Vec<FunctionSite<'p>>,
    /// Where something is stored as `forward` of an object.
    pub(crate) forward_stores: Vec<TextSize>,
    /// Where something is stored under a name with an underscore in front.
    pub(crate) hidden_stores: Vec<TextSize>,
    /// Names listed in `__all__`.
    pub(crate) exported: Option<Vec<&'p str>>,
}

/// Names that are read and the attribute chains on them with their scopes, in evaluation order: an attribute follows its value.
pub(crate) type Sites<'p> = Vec<(&'p ast::Expr, ScopeId)>;

/// The module's own scope.
pub(crate) const MODULE: ScopeId = 0;

impl<'p> FileNames<'p> {
    pub(crate) fn new(suite: &'p [ast::Stmt]) -> (Self, Sites<'p>) {
        build::build(suite)
    }

    /// Whether something is stored as `forward` of an object there: few files have that anywhere.
    pub(crate) fn stores_forward(&self, within: TextRange) -> bool {
        self.forward_stores.iter().any(|at| within.contains(*at))
    }

    /// Whether something is stored there under a name with an underscore in front.
    pub(crate) fn stores_hidden(&self, within: TextRange) -> bool {
        self.hidden_stores.iter().any(|at| within.contains(*at))
    }

    pub(crate) fn scope(&self, id: ScopeId) -> &Scope<'p> {
        &self.scopes[id as usize]
    }

    /// The bindings that `name` means in `scope`, by Python's rules; `None` if no scope of the file binds it.
    pub(crate) fn lookup(&self, scope: ScopeId, name: &str) -> Option<&[u32]> {
        let mut current = Some(scope);
        while let Some(id) = current {
            let here = self.scope(id);
            if here.globals.contains(name) {
                return self.scope(MODULE).bindings.get(name).map(Vec::as_slice);
            }
            let visible = here.kind != ScopeKind::Class || id == scope;
            if visible
                && !here.nonlocals.contains(name)
                && let Some(bindings) = here.bindings.get(name)
            {
                return Some(bindings);
            }
            current = here.parent;
        }
        None
    }
}
