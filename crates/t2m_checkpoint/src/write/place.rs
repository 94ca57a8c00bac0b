//! Temporary files beside their targets, renamed at the end.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::NamedTempFile;

use crate::error::{Result, refuse};
use crate::source::io_error;

/// What exists only until it is renamed.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes the temporary files of this process: for a handler of Ctrl-C.
pub fn sweep_on_interrupt() {
    let paths = std::mem::take(&mut *UNFINISHED.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    for path in paths {
        // Already renamed or removed.
        let _ = std::fs::remove_file(path);
    }
}

pub(crate) struct Place {
    file: NamedTempFile,
    path: PathBuf,
    /// As the user wrote it.
    named: PathBuf,
}

/// The folder that a file is written into, if it may be.
pub(crate) fn check(path: &Path) -> Result<&Path> {
    if path.is_dir() {
        return Err(refuse!("`{}` is a folder", path.display()));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() { Ok(folder) } else { Err(refuse!("the folder `{}` does not exist", folder.display())) }
}

impl Place {
    pub(crate) fn new(path: &Path) -> Result<Self> {
        // Through a link, so that it stays one.
        let named = path.to_owned();
        let path = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = check(&path)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".torch2mlx-").suffix(".tmp");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The process's umask takes its share.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder).map_err(|error| refuse!("can't write into `{}`: {}", folder.display(), io_error(&error)))?;
        UNFINISHED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(file.path().to_owned());
        Ok(Self { file, path, named })
    }

    pub(crate) fn file(&self) -> &File {
        self.file.as_file()
    }

    /// The file gets its name.
    pub(crate) fn finish(self) -> Result<PathBuf> {
        let temporary = self.file.path().to_owned();
        let done =
            self.file.persist(&self.path).map_err(|error| refuse!("can't write `{}`: {}", self.path.display(), io_error(&error.error)));
        UNFINISHED.lock().unwrap_or_else(std::sync::PoisonError::into_inner).retain(|path| *path != temporary);
        done.map(|_| self.named)
    }
}
