//! Which folders are packages: by their `__init__.py`, or because the project's imports treat them so.

use std::collections::{BTreeMap, BTreeSet};

use t2m_semantic::{Facts, FileId, Project};

/// Folders are written with `/` at their end; the project's root is empty.
pub(super) struct Packages<'p> {
    folders: BTreeSet<&'p str>,
    root_package: Option<&'p str>,
}

impl<'p> Packages<'p> {
    pub(super) fn new(project: &'p Project, facts: &Facts) -> Self {
        let paths = project.files.iter().map(|file| &file.path).chain(&project.others);
        let mut folders: BTreeSet<&str> = paths.filter_map(|path| of_init(path)).collect();
        let mut depths: BTreeMap<FileId, usize> = BTreeMap::new();
        for id in project.ids() {
            // Ex) `from ..layers import Block`: the file's folder and the one above it are packages.
            let above = std::iter::successors(Some(folder(&project.file(id).path)), |at| parent(at));
            folders.extend(above.take(facts.file(id).dots()));
            // Ex) `from ..assets.ops import conv`: so are `assets` and `assets/ops`, with or without a file that says so.
            let own = folder(&project.file(id).path);
            for import in facts.file(id).project_imports().iter().filter(|import| import.level > 0) {
                let base = std::iter::successors(Some(own), |at| parent(at)).nth(import.level - 1);
                let target = folder(&project.file(import.file).path);
                let Some(base) = base.filter(|base| target.starts_with(base)) else { continue };
                folders.extend(std::iter::successors(Some(target), |at| parent(at)).take_while(|at| *at != base));
            }
            // Ex) `from app.nets.unet import UNet`: `app` and `app/nets` are. Where there are several ways to a file, the shortest.
            for import in facts.file(id).project_imports().iter().filter(|import| import.level == 0) {
                let above = import.module.split('.').count() - usize::from(of_init(&project.file(import.file).path).is_none());
                let depth = depths.entry(import.file).or_insert(above);
                *depth = above.min(*depth);
            }
        }
        for (id, depth) in depths {
            let above = std::iter::successors(Some(folder(&project.file(id).path)), |at| parent(at));
            folders.extend(above.take(depth));
        }
        Self { folders, root_package: project.root_package.as_deref() }
    }

    /// The topmost folder of the unbroken chain of packages that ends in `folder`, and how many packages that is.
    pub(super) fn top(&self, folder: &'p str) -> Option<(&'p str, usize)> {
        let chain = std::iter::successors(Some(folder), |at| parent(at)).take_while(|at| self.folders.contains(at));
        chain.enumerate().last().map(|(i, top)| (top, i + 1))
    }

    /// The name by which a top package is imported.
    pub(super) fn name(&self, top: &'p str) -> Option<&'p str> {
        if top.is_empty() {
            return self.root_package;
        }
        top.trim_end_matches('/').rsplit('/').next()
    }
}

/// The folder of a file.
pub(super) fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |at| &path[..=at])
}

/// The folder above a folder.
pub(super) fn parent(at: &str) -> Option<&str> {
    (!at.is_empty()).then(|| folder(at.trim_end_matches('/')))
}

/// The folder of an `__init__.py`.
fn of_init(path: &str) -> Option<&str> {
    path.strip_suffix("__init__.py").filter(|folder| folder.is_empty() || folder.ends_with('/'))
}
