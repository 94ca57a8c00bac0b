//! The two folders that are compared, as the interpreters import from them.

use std::path::{Path, PathBuf};

use crate::failure::failure;
use crate::walk::show_from_here;

/// The original and its port.
#[derive(Debug, Clone)]
pub(super) struct Project {
    pub(super) original: Root,
    pub(super) port: Root,
}

/// One side's files.
#[derive(Debug, Clone)]
pub(super) struct Root {
    /// Files are named relative to it.
    pub(super) folder: PathBuf,
    /// What goes into `sys.path`.
    pub(super) import_from: PathBuf,
    /// The folder's own name, where it is a package itself.
    pub(super) package: Option<String>,
}

impl Root {
    /// A folder, or the folder of a file.
    pub(super) fn new(path: &Path, what: &str) -> anyhow::Result<Self> {
        let folder = match path.canonicalize() {
            Ok(path) if path.is_dir() => path,
            Ok(path) => path.parent().map(Path::to_owned).unwrap_or(path),
            Err(_) => {
                let help = format!("{what} is a folder or a Python file: check the path");
                return Err(failure(format!("there is no `{}`", show_from_here(path)), help));
            }
        };
        let package =
            folder.join("__init__.py").exists().then(|| folder.file_name()).flatten().map(|name| name.to_string_lossy().into_owned());
        let import_from = match (&package, folder.parent()) {
            (Some(_), Some(parent)) => parent.to_owned(),
            _ => folder.clone(),
        };
        Ok(Self { folder, import_from, package })
    }

    /// The text of a line, without what stands around it.
    pub(super) fn line(&self, place: &(String, usize)) -> Option<String> {
        let text = std::fs::read_to_string(self.folder.join(&place.0)).ok()?;
        Some(text.lines().nth(place.1.checked_sub(1)?)?.trim().to_owned())
    }

    /// `model.py:12`, as it is found from here.
    pub(super) fn show(&self, place: &(String, usize)) -> String {
        format!("{}:{}", show_from_here(&self.folder.join(&place.0)), place.1)
    }
}
