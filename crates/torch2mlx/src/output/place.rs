//! Paths of the output: where they are, that they stay below the folder, what stands there.

use std::fs;
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use crate::failure::{failure, io_failure};
use crate::walk::show_from_here;

/// The canonical path of a folder that may not exist yet.
pub(super) fn resolve(shown: &Path) -> anyhow::Result<PathBuf> {
    let absolute = std::path::absolute(shown).map_err(|error| io_failure("find", shown, &error))?;
    let mut existing = absolute.as_path();
    let mut rest = Vec::new();
    while fs::symlink_metadata(existing).is_err() {
        match (existing.parent(), existing.file_name()) {
            (Some(parent), Some(name)) => {
                rest.push(name);
                existing = parent;
            }
            // `new/../x`: what `..` means depends on a folder that is not there.
            _ => {
                return Err(failure(
                    format!("`{}` passes through a folder that does not exist", shown.display()),
                    "write the path without `..`",
                ));
            }
        }
    }
    let mut path = fs::canonicalize(existing).map_err(|error| io_failure("find", existing, &error))?;
    if !rest.is_empty() && !path.is_dir() {
        return Err(failure(
            format!("`{}` is a file, and `{}` needs a folder there", show_from_here(&path), shown.display()),
            "choose another name",
        ));
    }
    path.extend(rest.into_iter().rev());
    Ok(path)
}

/// The place of `rel`, if every folder on the way is a real folder or not there yet.
pub(super) fn below(root: &Path, rel: &str) -> anyhow::Result<PathBuf> {
    let refuse = |what: String| failure(what, "remove it, or choose another folder");
    let mut place = root.to_owned();
    let mut parts = Path::new(rel).components().peekable();
    while let Some(part) = parts.next() {
        let Component::Normal(name) = part else {
            return Err(refuse(format!("`{rel}` is not a path below `{}`", show_from_here(root))));
        };
        place.push(name);
        if let Ok(there) = fs::symlink_metadata(&place) {
            let is_last = parts.peek().is_none();
            if !is_last && !there.is_dir() {
                let kind = if there.is_symlink() { "a link" } else { "a file" };
                return Err(refuse(format!("`{}` is {kind}, and `{rel}` needs a folder there", show_from_here(&place))));
            }
            if is_last && there.is_dir() {
                return Err(refuse(format!("`{}` is a folder, and a file is to be written there", show_from_here(&place))));
            }
        }
    }
    Ok(place)
}

/// Removes the folders that became empty above a removed file, up to the root.
pub(super) fn remove_empty_folders(root: &Path, file: &Path) {
    for folder in file.ancestors().skip(1).take_while(|folder| *folder != root) {
        // Fails where something is left in it, and then so do all above.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}

/// Length and FNV-1a of the bytes: enough to see that somebody edited a file.
pub(super) fn fingerprint(bytes: &[u8]) -> String {
    let mut state = Fnv::default();
    state.add(bytes);
    state.text()
}

/// The fingerprint of a file's contents; `None` where nothing is.
pub(super) fn fingerprint_at(path: &Path) -> anyhow::Result<Option<String>> {
    let read = || -> std::io::Result<String> {
        let mut file = fs::File::open(path)?;
        let mut state = Fnv::default();
        let mut buffer = vec![0; 1 << 16];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(state.text()),
                n => state.add(&buffer[..n]),
            }
        }
    };
    match read() {
        Ok(fingerprint) => Ok(Some(fingerprint)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_failure("read", path, &error)),
    }
}

/// The same for a place in the output, where we never write links: one has a text that no file has.
pub(super) fn fingerprint_there(dest: &Path) -> anyhow::Result<Option<String>> {
    if fs::symlink_metadata(dest).is_ok_and(|there| there.is_symlink()) {
        return Ok(Some("link".into()));
    }
    fingerprint_at(dest)
}

struct Fnv {
    hash: u64,
    len: u64,
}

impl Default for Fnv {
    fn default() -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, len: 0 }
    }
}

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        self.len += bytes.len() as u64;
        for &byte in bytes {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn text(&self) -> String {
        format!("{}-{:016x}", self.len, self.hash)
    }
}

/// Whether a file is to be executable: as its source is.
pub(super) fn wants_to_run(source: Option<&Path>) -> bool {
    source.is_some_and(can_run)
}

#[cfg(unix)]
pub(super) fn can_run(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|there| there.permissions().mode() & 0o100 != 0)
}

#[cfg(not(unix))]
pub(super) fn can_run(_path: &Path) -> bool {
    false
}
