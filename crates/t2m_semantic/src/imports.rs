//! Facts about import statements: what each name that they bind stands for, who uses it here, who takes it from elsewhere.

use rustc_hash::FxHashSet;
use t2m_syntax::NodeId;

use crate::facts::Entity;
use crate::names::MODULE;
use crate::project::FileId;
use crate::resolve::{Meaning, Meanings, Resolver};

/// One name that an import statement binds. Star imports bind none.
#[derive(Debug, Clone)]
pub struct ImportedName {
    /// The statement.
    pub stmt: NodeId,
    /// Position in the statement's list of names.
    pub index: usize,
    /// The name that it binds: `nn` for `import torch.nn as nn`, `torch` for `import torch.nn`.
    pub local: String,
    /// What the bound name stands for.
    pub entity: Option<Entity>,
    /// The loads in this file that can mean this import.
    pub loads: Vec<NodeId>,
    /// Others take the name from here: it is in `__all__`, a file of the project takes it, or it is an import of an `__init__.py` that has no use there.
    pub reexported: bool,
    /// Others may look the name up: its file is a value somewhere, as in `getattr(losses, name)`.
    pub looked_up: bool,
    /// It stands outside of functions and classes.
    pub at_module_level: bool,
}

/// A file of the project that a file imports.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProjectImport {
    pub file: FileId,
    /// Dots before the module's name.
    pub level: usize,
    /// The module's name behind the dots.
    pub module: String,
}

/// The files of the project that a file imports, by any statement in it, and the most dots that any of its imports has.
pub(crate) fn project_imports(resolver: &Resolver<'_>, file: FileId) -> (Vec<ProjectImport>, usize) {
    let names = resolver.all.file(file);
    let mut found = Vec::new();
    let mut add = |meaning: Option<Meaning<'_>>, level: usize, module: String| {
        if let Some(Meaning::Entity(Entity::File(target))) = meaning
            && target != file
        {
            found.push(ProjectImport { file: target, level, module });
        }
    };
    for (index, import) in names.imports.iter().enumerate() {
        add(resolver.module(file, import.level, import.module), import.level, import.module.to_owned());
        if let Some(member) = import.member {
            // The member may be a module itself; a name that a module holds is no other file's business.
            let below = if import.module.is_empty() { member.to_owned() } else { format!("{}.{member}", import.module) };
            if resolver.all.find_module(file, import.level, &below) == resolver.import(file, index as u32) {
                add(resolver.import(file, index as u32), import.level, below);
            }
        }
    }
    for star in &names.stars {
        add(resolver.module(file, star.level, star.module), star.level, star.module.to_owned());
    }
    found.sort();
    found.dedup();
    let levels = names.imports.iter().map(|import| import.level).chain(names.stars.iter().map(|star| star.level));
    (found, levels.max().unwrap_or(0))
}

/// The names that files of the project take out of each other's modules by name, through star imports too. A star alone takes nothing: what it brings
/// is known by its meaning wherever it is read.
pub(crate) fn taken<'p>(resolver: &Resolver<'p>, meanings: &[Meanings<'p>]) -> FxHashSet<(FileId, &'p str)> {
    let mut open: Vec<(FileId, &'p str)> = Vec::new();
    for (index, names) in resolver.all.files.iter().enumerate() {
        let file = FileId(index as u32);
        for import in &names.imports {
            if let Some(member) = import.member
                && let Some(Meaning::Entity(Entity::File(target))) = resolver.module(file, import.level, import.module)
            {
                open.push((target, member));
            }
        }
        open.extend(names.exported.iter().flatten().map(|name| (file, *name)));
        open.extend(&meanings[index].taken);
    }
    let mut taken = FxHashSet::default();
    while let Some((file, name)) = open.pop() {
        let names = resolver.all.file(file);
        if !names.stars.is_empty() && !names.scope(MODULE).bindings.contains_key(name) {
            for star in &names.stars {
                if let Some(Meaning::Entity(Entity::File(target))) = resolver.module(file, star.level, star.module)
                    && !taken.contains(&(target, name))
                {
                    open.push((target, name));
                }
            }
        }
        taken.insert((file, name));
    }
    taken
}

/// A name that `from torch.nn import *` has to go on binding, because other files take it from here.
#[derive(Debug, Clone)]
pub struct StarredName {
    /// The import statement.
    pub stmt: NodeId,
    pub local: String,
    /// Its canonical name.
    pub name: &'static str,
}

pub(crate) fn starred_names(resolver: &Resolver<'_>, file: FileId, taken: &FxHashSet<(FileId, &str)>) -> Vec<StarredName> {
    let names = resolver.all.file(file);
    let library = |module| match module {
        Some(Meaning::Entity(Entity::Library(module))) => Some(module.as_static()),
        _ => None,
    };
    let stars = names.stars.iter().filter_map(|star| Some((star.stmt, library(resolver.module(file, star.level, star.module))?)));
    let libraries: Vec<(NodeId, &str)> = stars.collect();
    let mut found = Vec::new();
    if libraries.is_empty() {
        return found;
    }
    for (_, local) in taken.iter().filter(|(of, name)| *of == file && !names.scope(MODULE).bindings.contains_key(name)) {
        if let Some(Meaning::Entity(Entity::Library(name))) = resolver.in_file(file, local)
            && let Some((stmt, _)) = libraries.iter().rfind(|(_, module)| resolver.all.exports(module, local))
        {
            found.push(StarredName { stmt: *stmt, local: (*local).to_owned(), name: name.as_static() });
        }
    }
    found.sort_by(|a, b| a.local.cmp(&b.local));
    found
}

pub(crate) fn imported_names(
    resolver: &Resolver<'_>,
    file: FileId,
    meanings: &Meanings<'_>,
    taken: &FxHashSet<(FileId, &str)>,
    opened: &FxHashSet<FileId>,
) -> Vec<ImportedName> {
    let names = resolver.all.file(file);
    let is_init = resolver.all.graph.is_init(file);
    let mut imported: Vec<ImportedName> = names
        .imports
        .iter()
        .enumerate()
        .map(|(index, import)| {
            let at_module_level = import.scope == MODULE;
            ImportedName {
                stmt: import.stmt,
                index: import.index,
                local: import.local.to_owned(),
                entity: match resolver.import(file, index as u32) {
                    Some(Meaning::Entity(entity)) => Some(entity),
                    _ => None,
                },
                loads: Vec::new(),
                reexported: at_module_level && taken.contains(&(file, import.local)),
                looked_up: at_module_level && import.member.is_some() && !import.local.starts_with('_') && opened.contains(&file),
                at_module_level,
            }
        })
        .collect();
    for (index, load) in &meanings.loads {
        imported[*index as usize].loads.push(*load);
    }
    for (import, site) in imported.iter_mut().zip(&names.imports) {
        let is_for_others = is_init && import.at_module_level && site.member.is_some() && import.loads.is_empty();
        import.reexported |= is_for_others && !import.local.starts_with('_');
    }
    imported
}
