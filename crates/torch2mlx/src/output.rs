//! The output folder: what may be written there, and writing it file by file, each at once or not at all.
//!
//! A marker lists the files that are ours with a fingerprint of each. So an earlier output is known as such, a file that was edited by hand is not
//! overwritten, and what is no longer produced can be removed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::failure::{failure, io_failure};
use crate::findings::count;
use crate::outcome::Content;
use crate::walk::{show, show_from_here};

mod place;

/// Name of the marker in the output folder.
pub(crate) const MARKER: &str = ".torch2mlx.json";
const SCHEMA: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Marker {
    schema: u32,
    tool: String,
    /// What was ported, as the user named it.
    #[serde(default)]
    sources: Vec<String>,
    /// Fingerprint by path; empty while a run is under way.
    files: BTreeMap<String, String>,
}

/// One file to be written.
#[derive(Debug)]
pub(crate) struct Product<'a> {
    pub rel: &'a str,
    pub content: &'a Content,
    /// It is executable where its source is.
    pub source: Option<&'a Path>,
}

#[derive(Debug)]
pub(crate) struct OutDir {
    /// As the user wrote it.
    shown: PathBuf,
    /// Canonical, also where it does not exist yet.
    pub path: PathBuf,
    ours: Option<BTreeMap<String, String>>,
    /// What the earlier run ported, where the marker says it.
    earlier: Vec<String>,
    /// What this run ports.
    sources: Vec<String>,
}

/// What a run would do to the folder.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Indices of the products that are missing or differ.
    pub write: Vec<usize>,
    /// Ours, and no longer produced.
    pub remove: Vec<String>,
    /// Ours and no longer produced, but edited by hand.
    pub keep: Vec<String>,
    fingerprints: BTreeMap<String, String>,
}

impl Plan {
    pub(crate) fn is_empty(&self) -> bool {
        self.write.is_empty() && self.remove.is_empty()
    }
}

impl OutDir {
    /// Finds the folder and reads its marker. Nothing is written.
    pub(crate) fn open(shown: &Path, sources: &[PathBuf]) -> anyhow::Result<Self> {
        let path = place::resolve(shown)?;
        if path.exists() && !path.is_dir() {
            return Err(failure(format!("`{}` is a file, and --out names a folder", shown.display()), "choose another name"));
        }
        let marker_path = path.join(MARKER);
        let mut earlier = Vec::new();
        let ours = match fs::read(&marker_path) {
            Ok(bytes) => {
                let marker: Marker = serde_json::from_slice(&bytes).map_err(|error| {
                    failure(
                        format!("`{}` can't be read: {error}", show_from_here(&marker_path)),
                        "delete the folder if all in it was ported, or choose another",
                    )
                })?;
                if marker.schema != SCHEMA {
                    return Err(failure(
                        format!("`{}` was written by {}, whose marker this version does not know", shown.display(), marker.tool),
                        "choose another folder",
                    ));
                }
                earlier = marker.sources;
                Some(marker.files)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
            Err(error) => return Err(io_failure("read", &marker_path, &error)),
        };
        let sources = sources.iter().map(|source| show(source).trim_end_matches('/').to_owned()).collect();
        Ok(Self { shown: shown.to_owned(), path, ours, earlier, sources })
    }

    /// Refuses a folder that holds a source, and one with somebody else's files. `roots` are canonical.
    pub(crate) fn guard(&self, roots: &[PathBuf], force: bool) -> anyhow::Result<()> {
        let shown = self.shown.display();
        if let Some(root) = roots.iter().find(|root| root.starts_with(&self.path)) {
            return Err(if *root == self.path {
                failure(format!("`{shown}` is the source itself"), "choose a folder for the port; the source is never written over")
            } else {
                failure(
                    format!("the source `{}` lies in `{shown}`", show_from_here(root)),
                    "choose a folder that holds no source; the source is never written over",
                )
            });
        }
        if self.ours.is_some() || !self.path.exists() || is_empty(&self.path)? {
            return Ok(());
        }
        let refused = format!("`{shown}` exists and is not an earlier output of torch2mlx");
        if roots.iter().any(|root| self.path.starts_with(root)) {
            return Err(failure(refused, "it is a part of the source: choose a folder that does not exist yet"));
        }
        if force { Ok(()) } else { Err(failure(refused, "choose another folder, or write into this one with --force")) }
    }

    /// Compares with what is there. `unread` are files and folders that can't be read now: what is there of them stays. Refuses to overwrite what we did not write, and what was edited since, unless forced.
    pub(crate) fn plan(&self, products: &[Product<'_>], unread: &[&str], force: bool) -> anyhow::Result<Plan> {
        let none = BTreeMap::new();
        let ours = self.ours.as_ref().unwrap_or(&none);
        let mut plan = Plan::default();
        let mut blocked = Vec::new();
        let look = |product: &Product<'_>| {
            let dest = place::below(&self.path, product.rel)?;
            Ok((fingerprint_of(product.content)?, place::fingerprint_there(&dest)?, dest))
        };
        let looks: Vec<anyhow::Result<_>> = products.par_iter().map(look).collect();
        for (i, (product, look)) in products.iter().zip(looks).enumerate() {
            let (fingerprint, there, dest) = look?;
            let written = ours.get(product.rel);
            let same = there.as_ref() == Some(&fingerprint);
            if !same || place::can_run(&dest) != place::wants_to_run(product.source) {
                plan.write.push(i);
            }
            if !same && there.is_some() && !written.is_some_and(|old| old.is_empty() || Some(old) == there.as_ref()) {
                blocked.push((product.rel, written.is_some()));
            }
            plan.fingerprints.insert(product.rel.to_owned(), fingerprint);
        }
        if !force && !blocked.is_empty() {
            return Err(self.blocked(&blocked));
        }
        let is_unread =
            |rel: &str| unread.iter().any(|path| rel.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')));
        for (rel, old) in ours {
            if plan.fingerprints.contains_key(rel) {
                continue;
            }
            if is_unread(rel) {
                plan.fingerprints.insert(rel.clone(), old.clone());
                continue;
            }
            // The marker is a file that anyone can edit: its paths are checked like all others.
            match place::fingerprint_there(&place::below(&self.path, rel)?)? {
                None => {}
                Some(there) if there == *old || old.is_empty() => plan.remove.push(rel.clone()),
                Some(_) => plan.keep.push(rel.clone()),
            }
        }
        // Ex) `port a.py --out out`, then `port b.py --out out`
        if !force && !self.earlier.is_empty() && self.earlier != self.sources && !plan.remove.is_empty() {
            return Err(failure(
                format!(
                    "`{}` was ported from {}, and {} of it would be removed: {}",
                    self.shown.display(),
                    names(&self.earlier),
                    count(plan.remove.len(), "file"),
                    names(&plan.remove)
                ),
                "nothing was written; port all sources at once, choose another folder, or replace what is there with --force",
            ));
        }
        Ok(plan)
    }

    fn blocked(&self, blocked: &[(&str, bool)]) -> anyhow::Error {
        let all: Vec<&str> = blocked.iter().map(|(rel, _)| *rel).collect();
        let why =
            if blocked.iter().all(|(_, ours)| *ours) { "edited since they were ported" } else { "edited, or never written by torch2mlx" };
        failure(
            format!("{} in `{}`: {}: {why}", count(blocked.len(), "file"), self.shown.display(), names(&all)),
            "nothing was written; move your changes away, choose another folder, or overwrite them with --force",
        )
    }

    /// Writes and removes as planned.
    pub(crate) fn apply(&self, products: &[Product<'_>], plan: &Plan) -> anyhow::Result<()> {
        fs::create_dir_all(&self.path).map_err(|error| io_failure("create", &self.shown, &error))?;
        // If the run breaks off, the marker already says what may be ours.
        let mut under_way: BTreeMap<String, String> = self.ours.clone().unwrap_or_default();
        under_way.extend(plan.write.iter().map(|&i| (products[i].rel.to_owned(), String::new())));
        self.mark(under_way)?;
        self.sweep(products);
        plan.write.par_iter().try_for_each(|&i| {
            let product = &products[i];
            let dest = place::below(&self.path, product.rel)?;
            write_at_once(&dest, product.content, product.source).map_err(|error| io_failure("write", &dest, &error))
        })?;
        for rel in &plan.remove {
            let dest = place::below(&self.path, rel)?;
            fs::remove_file(&dest).map_err(|error| io_failure("remove", &dest, &error))?;
            place::remove_empty_folders(&self.path, &dest);
        }
        self.mark(plan.fingerprints.clone())
    }

    /// Removes what a run that was killed left half written.
    fn sweep(&self, products: &[Product<'_>]) {
        let folders: BTreeSet<PathBuf> =
            products.iter().filter_map(|product| Some(self.path.join(Path::new(product.rel).parent()?))).collect();
        for folder in folders.iter().chain([&self.path]) {
            let Ok(entries) = fs::read_dir(folder) else { continue };
            for entry in entries.flatten().filter(|entry| is_temporary(&entry.file_name())) {
                // Another run may have done it.
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn mark(&self, files: BTreeMap<String, String>) -> anyhow::Result<()> {
        let tool = concat!("torch2mlx ", env!("CARGO_PKG_VERSION")).into();
        let marker = Marker { schema: SCHEMA, tool, sources: self.sources.clone(), files };
        let mut bytes = serde_json::to_vec_pretty(&marker)?;
        bytes.push(b'\n');
        let path = self.path.join(MARKER);
        if fs::read(&path).is_ok_and(|there| there == bytes) {
            return Ok(());
        }
        write_at_once(&path, &Content::Bytes(bytes), None).map_err(|error| io_failure("write", &path, &error))
    }
}

/// The first few of a list, in words.
fn names(all: &[impl AsRef<str>]) -> String {
    let named = all.iter().take(5).map(|name| format!("`{}`", name.as_ref())).collect::<Vec<_>>().join(", ");
    if all.len() > 5 { format!("{named} and {} more", all.len() - 5) } else { named }
}

fn is_empty(folder: &Path) -> anyhow::Result<bool> {
    let entries = fs::read_dir(folder).map_err(|error| io_failure("read", folder, &error))?;
    Ok(entries.flatten().all(|entry| is_temporary(&entry.file_name())))
}

/// Names of files that are being written.
const TEMPORARY: (&str, &str) = (".torch2mlx-", ".tmp");

fn is_temporary(name: &std::ffi::OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with(TEMPORARY.0) && name.ends_with(TEMPORARY.1))
}

fn fingerprint_of(content: &Content) -> anyhow::Result<String> {
    match content {
        Content::Bytes(bytes) => Ok(place::fingerprint(bytes)),
        Content::CopyOf(path) => place::fingerprint_at(path)?
            .ok_or_else(|| failure(format!("`{}` vanished while it was read", path.display()), "run again when the source is at rest")),
        Content::Nothing => Ok(String::new()),
    }
}

/// Writes a file that the user named: through a link, and straight into what is no file, such as `/dev/stdout`.
pub(crate) fn write_named(dest: &Path, bytes: Vec<u8>) -> std::io::Result<()> {
    let dest = fs::canonicalize(dest).unwrap_or_else(|_| dest.to_owned());
    match fs::metadata(&dest) {
        Ok(there) if !there.is_file() => fs::OpenOptions::new().write(true).open(&dest)?.write_all(&bytes),
        _ => write_at_once(&dest, &Content::Bytes(bytes), None),
    }
}

/// Writes to a temporary file beside `dest`, then renames it, so that nobody ever sees half a file.
pub(crate) fn write_at_once(dest: &Path, content: &Content, source: Option<&Path>) -> std::io::Result<()> {
    let folder = dest.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !folder.is_dir() {
        fs::create_dir_all(folder)?;
    }
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY.0).suffix(TEMPORARY.1);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = if place::wants_to_run(source) { 0o777 } else { 0o666 };
        // The process's umask takes its share.
        builder.permissions(fs::Permissions::from_mode(mode));
    }
    let mut file = builder.tempfile_in(folder)?;
    match content {
        Content::Bytes(bytes) => file.write_all(bytes)?,
        Content::CopyOf(path) => {
            std::io::copy(&mut fs::File::open(path)?, &mut file)?;
        }
        Content::Nothing => return Ok(()),
    }
    file.persist(dest)?;
    Ok(())
}
