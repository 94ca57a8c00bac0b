//! Published packages, ported whole: the same models give the same numbers. One file of `tests/packages` a project.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::json;
use toml::Spanned;

use super::Found;
use crate::case::Case;
use crate::{python, repo};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Project {
    /// What `pip` installs, pinned, without what it depends on.
    packages: Vec<String>,
    /// The folders among them that are ported. The rest runs as it is, on both sides.
    ports: Vec<String>,
    /// Files and folders of `ports`, where a part is enough: whole folders, or `folder/*.py`.
    #[serde(default)]
    only: Vec<String>,
    /// Cases, by their ids, that run on a port with `--fuse` too.
    #[serde(default)]
    fuse: Vec<String>,
    /// A PyTorch file of ours that is ported beside them, for cases that train: they import it as `program`.
    #[serde(default)]
    program: String,
    /// Statements in front of every case.
    setup: String,
    case: Vec<Spanned<toml::Table>>,
}

pub(super) fn collect() -> Result<Found> {
    let files = repo::files(&repo::root().join("tests/packages"), "toml")?;
    let mut cases = Vec::new();
    for file in &files {
        cases.extend(project(file)?);
    }
    Ok(Found { inputs: files.len(), cases, ..Found::default() })
}

/// The cases of one file, its packages ported.
pub(super) fn project(file: &Path) -> Result<Vec<Case>> {
    let text = repo::read(file)?;
    let name = repo::relative(file);
    let project: Project = toml::from_str(&text).with_context(|| format!("{name} is not a project of packages"))?;
    let source = fetch(&project.packages)?;
    let out = port(file, &source, &project, &[])?;
    let fused = if project.fuse.is_empty() { None } else { Some(port(file, &source, &project, &["--fuse"])?) };
    let program = (!project.program.is_empty()).then(|| program_of(file, &project)).transpose()?;
    let mut again = project.fuse;
    let mut cases = Vec::new();
    for case in project.case {
        let line = repo::line_of(&text, case.span().start);
        let mut table = case.into_inner();
        table.entry("setup").or_insert_with(|| project.setup.clone().into());
        if let (false, Some(torch)) = (table.contains_key("mlx"), table.get("torch").cloned()) {
            table.insert("mlx".to_owned(), torch);
        }
        let mut case = Case::from_table(format!("{name}:{line}"), &table)?;
        case.fields.insert("path_mlx".to_owned(), json!([out]));
        case.fields.extend(program.as_ref().map(|folder| ("path_torch".to_owned(), json!([folder]))));
        case.fields.insert("path_libraries".to_owned(), json!([source]));
        let id = table.get("id").and_then(toml::Value::as_str);
        if let (Some(fused), Some(at)) = (&fused, again.iter().position(|other| Some(other.as_str()) == id)) {
            again.swap_remove(at);
            cases.push(case.on(fused, "--fuse"));
        }
        cases.push(case);
    }
    if let Some(id) = again.first() {
        bail!("{name}: there is no case {id:?} to run with `--fuse`");
    }
    Ok(cases)
}

/// The files of these packages, installed once into the cache.
pub(super) fn fetch(packages: &[String]) -> Result<PathBuf> {
    let mut hasher = DefaultHasher::new();
    packages.hash(&mut hasher);
    let home = python::cache().join("packages").join(format!("{:016x}", hasher.finish()));
    if !home.exists() {
        let part = home.with_extension("part");
        let target = part.to_string_lossy().into_owned();
        let mut args = vec!["--no-deps", "--no-compile", "--upgrade", "--target", &target];
        args.extend(packages.iter().map(String::as_str));
        python::install(&python::interpreter()?, &args)?;
        std::fs::rename(&part, &home).with_context(|| format!("can't create {}", home.display()))?;
    }
    Ok(home)
}

fn port(file: &Path, source: &Path, project: &Project, options: &[&str]) -> Result<PathBuf> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy() + if options.is_empty() { "" } else { "-fused" };
    let out = emptied(&name)?;
    let part = emptied(&format!("{name}-part"))?;
    for place in &project.only {
        copy(source, &part, place).with_context(|| format!("{}: can't copy {place}", repo::relative(file)))?;
    }
    let source = if project.only.is_empty() { source } else { &part };
    let folders = &project.ports[..];
    let mut sources: Vec<PathBuf> = folders.iter().map(|folder| source.join(folder)).collect();
    if !project.program.is_empty() {
        sources.push(program_of(file, project)?.join("program.py"));
    }
    // One folder becomes DIR itself, several stand in it.
    let target = if let ([folder], [_]) = (folders, &sources[..]) { out.join(folder) } else { out.clone() };
    run_port(&sources, &target, options).with_context(|| format!("{} can't be ported", repo::relative(file)))?;
    Ok(out)
}

/// The folder with `program.py`.
fn program_of(file: &Path, project: &Project) -> Result<PathBuf> {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let folder = repo::root().join("target/packages").join(format!("{name}-program"));
    std::fs::create_dir_all(&folder).with_context(|| format!("can't create {}", folder.display()))?;
    std::fs::write(folder.join("program.py"), &project.program).with_context(|| format!("can't write {}", folder.display()))?;
    Ok(folder)
}

/// Ports folders with the tool.
pub(super) fn run_port(sources: &[PathBuf], target: &Path, options: &[&str]) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--package", "torch2mlx", "--", "port"]);
    command.args(sources);
    command.arg("--out").arg(target).args(["--quiet", "--no-respect-gitignore"]).args(options);
    let output = command.current_dir(repo::root()).stdin(Stdio::null()).output().context("can't run cargo run")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{}", said.lines().next().unwrap_or("no message"));
    }
    Ok(())
}

/// A folder under `target/packages` that isn't there yet.
pub(super) fn emptied(name: &str) -> Result<PathBuf> {
    let folder = repo::root().join("target/packages").join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).with_context(|| format!("can't empty {}", folder.display()))?;
    }
    Ok(folder)
}

/// Copies a folder with all that is in it, or the files of one folder: `folder/*.py`.
fn copy(from: &Path, to: &Path, place: &str) -> Result<()> {
    let (folder, extension) = match place.rsplit_once("/*.") {
        Some((folder, extension)) => (folder, Some(extension)),
        None => (place, None),
    };
    std::fs::create_dir_all(to.join(folder))?;
    let entries = repo::entries(&from.join(folder))?;
    if entries.is_empty() {
        bail!("it is not there");
    }
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        let inside = format!("{folder}/{name}");
        match extension {
            None if entry.is_dir() => copy(from, to, &inside)?,
            Some(extension) if entry.is_dir() || entry.extension().is_none_or(|found| found != extension) => {}
            _ => {
                std::fs::copy(&entry, to.join(inside))?;
            }
        }
    }
    Ok(())
}
