//! A source that is a package without saying so: no `__init__.py`, and files that import each other by its name.

use std::path::Path;

use t2m_semantic::Project;
use t2m_syntax::{ast, node};

/// The folder's name, where a file in it imports a file in it by that name: `from pkg.layers import Block`, in `pkg/model.py`.
pub(super) fn own_name(root: &Path, project: &Project) -> Option<String> {
    let name = root.file_name()?.to_str().filter(|_| root.is_dir())?;
    let holds = |module: &str| {
        let path = module.replace('.', "/");
        project.files.iter().any(|file| file.path.strip_prefix(path.as_str()).is_some_and(|rest| rest == ".py" || rest.starts_with('/')))
    };
    // A folder of the same name inside is what is meant.
    if holds(name) {
        return None;
    }
    let below = |module: &str| module.strip_prefix(name).and_then(|rest| rest.strip_prefix('.')).is_some_and(holds);
    let mut found = false;
    for file in project.files.iter().filter(|file| file.source.text.contains(name)) {
        node::statements(&file.source.suite, &mut |stmt| match stmt {
            ast::Stmt::Import(import) => found |= import.names.iter().any(|alias| below(&alias.name)),
            ast::Stmt::ImportFrom(import) if import.level.is_none_or(|level| level.to_u32() == 0) => {
                let module = import.module.as_ref().map_or("", |module| module.as_str());
                found |= below(module) || module == name && import.names.iter().any(|alias| holds(&alias.name));
            }
            _ => {}
        });
    }
    found.then(|| name.to_owned())
}
