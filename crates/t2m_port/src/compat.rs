//! Where the helper module goes: inside of a package that uses it, beside loose scripts.

use std::collections::BTreeSet;

use t2m_semantic::{FileId, Project};

use crate::helpers::MODULE;
use crate::imports::CompatImport;

/// The place of the helper module for every file.
pub(crate) struct Homes {
    /// By file: folder of the module (with `/` at its end, or empty), and how many packages up from the file it is; `None` for loose scripts.
    homes: Vec<(String, Option<usize>)>,
}

impl Homes {
    pub(crate) fn new(project: &Project) -> Self {
        let packages: BTreeSet<&str> = project.files.iter().filter_map(|file| package_folder(&file.path)).collect();
        let homes = project
            .files
            .iter()
            .map(|file| {
                let folder = file.path.rfind('/').map_or("", |at| &file.path[..=at]);
                // The topmost folder of an unbroken chain of packages.
                let mut top = None;
                let mut at = folder;
                let mut levels = 0;
                while packages.contains(at) {
                    levels += 1;
                    top = Some((at, levels));
                    if at.is_empty() {
                        break;
                    }
                    at = at[..at.len() - 1].rfind('/').map_or("", |up| &at[..=up]);
                }
                top.map_or_else(|| (folder.to_owned(), None), |(home, levels)| (home.to_owned(), Some(levels)))
            })
            .collect();
        Self { homes }
    }

    /// Path of the helper module that this file uses.
    pub(crate) fn path(&self, id: FileId) -> String {
        format!("{}{MODULE}.py", self.homes[id.0 as usize].0)
    }

    pub(crate) fn import(&self, id: FileId) -> CompatImport {
        match self.homes[id.0 as usize].1 {
            None => CompatImport { text: format!("import {MODULE}"), from: format!("from {MODULE} import ") },
            Some(levels) => {
                let dots = ".".repeat(levels);
                CompatImport { text: format!("from {dots} import {MODULE}"), from: format!("from {dots}{MODULE} import ") }
            }
        }
    }
}

/// The folder of an `__init__.py`.
fn package_folder(path: &str) -> Option<&str> {
    path.strip_suffix("__init__.py").filter(|folder| folder.is_empty() || folder.ends_with('/'))
}
