//! Where the helper module goes, and how each file imports it: from wherever the original worked, and once in a process.
//!
//! The trap is the second half. Layers of one copy are no instances of the other copy's classes, so files that may meet in a process share one module:
//! inside of a package if all its users can import it from there, else at the folder from which the packages are imported.

mod groups;
mod packages;

use std::collections::{BTreeMap, BTreeSet};

use t2m_semantic::{Facts, FileId, Project, ProjectFile};
use t2m_syntax::{SourceFile, ast};

use crate::helpers::{Helpers, MODULE};
use crate::imports::CompatImport;
use groups::{Groups, Union};
use packages::Packages;

/// The place of the helper module for every file.
pub(crate) struct Homes {
    homes: Vec<Home>,
    /// Its name without `.py`.
    module: String,
}

#[derive(Debug)]
struct Home {
    /// Files of one group share the contents of their helper modules.
    group: usize,
    /// Where a copy stands, each with `/` at its end or empty.
    folders: Vec<String>,
    form: Form,
}

#[derive(Debug)]
enum Form {
    /// `import mlx_compat`
    Top,
    /// `from . import mlx_compat`, so many packages up.
    Inside(usize),
    /// `from package import mlx_compat`
    Named(String),
    /// A module of a package that may also be started as a script.
    Either(usize),
}

impl Homes {
    pub(crate) fn new(project: &Project, facts: &Facts) -> Self {
        let packages = Packages::new(project, facts);
        let groups = Groups::new(project, facts, &packages);
        let mut homes: Vec<Home> = project.ids().map(|id| home(project, facts, &packages, &groups, id)).collect();
        join_paths(project, &mut homes);
        Self { homes, module: free_name(project) }
    }

    /// The helper modules: for each path, the files whose helpers it holds.
    pub(crate) fn modules(&self, users: &[FileId]) -> BTreeMap<String, BTreeSet<FileId>> {
        let mut modules: BTreeMap<String, BTreeSet<FileId>> = BTreeMap::new();
        let mut folders: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
        for user in users {
            let home = &self.homes[user.0 as usize];
            home.folders.iter().for_each(|folder| _ = folders.entry(folder).or_default().insert(home.group));
        }
        for (folder, groups) in folders {
            let of_groups = users.iter().copied().filter(|user| groups.contains(&self.homes[user.0 as usize].group));
            modules.insert(format!("{folder}{}.py", self.module), of_groups.collect());
        }
        modules
    }

    pub(crate) fn import(&self, id: FileId) -> CompatImport {
        let name = self.module.clone();
        let top = (format!("import {name}"), format!("from {name} import "));
        let (text, from) = match &self.homes[id.0 as usize].form {
            Form::Top => top,
            Form::Inside(levels) | Form::Either(levels) => {
                let dots = ".".repeat(*levels);
                (format!("from {dots} import {name}"), format!("from {dots}{name} import "))
            }
            Form::Named(package) => (format!("from {package} import {name}"), format!("from {package}.{name} import ")),
        };
        let as_script = matches!(self.homes[id.0 as usize].form, Form::Either(_)).then(|| format!("import {name}"));
        CompatImport { name, text, from, as_script }
    }
}

fn home(project: &Project, facts: &Facts, packages: &Packages<'_>, groups: &Groups<'_>, id: FileId) -> Home {
    let path = &project.file(id).path;
    let own = packages::folder(path).to_owned();
    let group = groups.of(id);
    // A script inside of a package, whose own imports say nothing about who starts it.
    let is_script = is_script(&project.file(id).source) && facts.file(id).dots() == 0;
    let is_leaf = is_script && facts.file(id).project_imports().is_empty();
    let named = |top: &str| packages.name(top).map(|name| Form::Named(name.to_owned()));
    match (groups.provider(group), packages.top(&own)) {
        (Some(provider), Some((top, levels))) if provider == top => {
            let home = provider.to_owned();
            if is_leaf {
                let folders = if levels > 1 { vec![home, own] } else { vec![home] };
                Home { group, folders, form: Form::Either(levels) }
            } else {
                let form = named(top).filter(|_| is_script).unwrap_or(Form::Inside(levels));
                Home { group, folders: vec![home], form }
            }
        }
        (Some(provider), _) => match named(provider) {
            Some(form) => Home { group, folders: vec![provider.to_owned()], form },
            None => Home { group, folders: vec![own], form: Form::Top },
        },
        (None, inside) => {
            let mut folders = groups.roots(group).to_vec();
            let finds_root = inside.is_some() || facts.file(id).project_imports().iter().any(|import| import.level == 0);
            if (!finds_root || is_leaf || folders.is_empty()) && !folders.contains(&own) {
                folders.push(own);
            }
            Home { group, folders, form: Form::Top }
        }
    }
}

/// `import mlx_compat` finds the copy that stands first on the path, and one of that name is in a process: where a file without imports has a copy in the
/// folder of others that find theirs elsewhere, and among tests, which pytest collects into one process with all their folders on the path, every
/// copy holds what all of them need.
fn join_paths(project: &Project, homes: &mut [Home]) {
    let is_top = |home: &Home| matches!(home.form, Form::Top);
    let copies: BTreeSet<String> = homes.iter().filter(|home| is_top(home)).flat_map(|home| home.folders.iter().cloned()).collect();
    let mut union = Union::new(homes.len());
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    for (file, home) in project.files.iter().zip(homes.iter()).filter(|(_, home)| is_top(home)) {
        let own = packages::folder(&file.path);
        let beside = copies.contains(own).then_some(own);
        for place in beside.into_iter().chain(is_test(&file.path).then_some("tests")) {
            union.join(*first.entry(place).or_insert(home.group), home.group);
        }
    }
    homes.iter_mut().for_each(|home| home.group = union.root(home.group));
}

/// What pytest collects, or reads before.
fn is_test(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name == "conftest.py" || name.starts_with("test_") || name.ends_with("_test.py")
}

/// The first name that nothing of the project has, unless it is a helper module of an earlier port.
fn free_name(project: &Project) -> String {
    let is_ours = |file: &ProjectFile| Helpers::embedded().generated(&file.source).is_some();
    let taken: BTreeSet<&str> = project
        .files
        .iter()
        .filter(|file| !(file.path.ends_with(&format!("{MODULE}.py")) && is_ours(file)))
        .map(|file| &file.path)
        .chain(&project.others)
        .flat_map(|path| path.split('/'))
        .map(|part| part.strip_suffix(".py").unwrap_or(part))
        .collect();
    let names = std::iter::once(MODULE.to_owned()).chain((2..).map(|n| format!("{MODULE}_{n}")));
    names.into_iter().find(|name| !taken.contains(name.as_str())).unwrap_or_else(|| MODULE.to_owned())
}

/// Whether a file says what happens when it is started: `if __name__ == "__main__":`.
fn is_script(file: &SourceFile) -> bool {
    file.suite.iter().any(|stmt| {
        let ast::Stmt::If(stmt) = stmt else { return false };
        let ast::Expr::Compare(test) = &*stmt.test else { return false };
        test.left.as_name_expr().is_some_and(|name| name.id.as_str() == "__name__")
    })
}
