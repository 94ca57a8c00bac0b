//! Which Python runs which side: the ones that were named, else the first that has both frameworks, else one for each.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::failure::failure;

/// The interpreters of the two sides.
#[derive(Debug)]
pub(super) struct Pythons {
    pub(super) torch: PathBuf,
    pub(super) mlx: PathBuf,
}

/// What an interpreter has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Has {
    torch: bool,
    mlx: bool,
    numpy: bool,
}

/// Prints the names of what it finds, without importing it.
const PROBE: &str =
    "import importlib.util as u, sys\nprint(*[n for n in ('torch', 'mlx', 'numpy') if u.find_spec(n)], sys.version_info >= (3, 9))";

pub(super) fn both(torch: Option<&Path>, mlx: Option<&Path>) -> anyhow::Result<Pythons> {
    if let (Some(torch), Some(mlx)) = (torch, mlx) {
        return Ok(Pythons { torch: named(torch, "torch", "--torch-python")?, mlx: named(mlx, "mlx", "--mlx-python")? });
    }
    let found: Vec<(PathBuf, Has)> = candidates().into_iter().filter_map(|python| Some((python.clone(), probe(&python)?))).collect();
    let pick = |wanted: fn(&Has) -> bool| found.iter().find(|(_, has)| has.numpy && wanted(has)).map(|(python, _)| python.clone());
    let with_both = pick(|has| has.torch && has.mlx);
    let torch = match torch {
        Some(python) => Some(named(python, "torch", "--torch-python")?),
        None => with_both.clone().or_else(|| pick(|has| has.torch)),
    };
    let mlx = match mlx {
        Some(python) => Some(named(python, "mlx", "--mlx-python")?),
        None => with_both.or_else(|| pick(|has| has.mlx)),
    };
    match (torch, mlx) {
        (Some(torch), Some(mlx)) => Ok(Pythons { torch, mlx }),
        (torch, _) => Err(missing(if torch.is_none() { "torch" } else { "mlx" }, &found)),
    }
}

/// The interpreter of one side alone.
pub(super) fn one(python: Option<&Path>, framework: &str, flag: &str) -> anyhow::Result<PathBuf> {
    if let Some(python) = python {
        return named(python, framework, flag);
    }
    let found: Vec<(PathBuf, Has)> = candidates().into_iter().filter_map(|python| Some((python.clone(), probe(&python)?))).collect();
    let fits = |has: &Has| has.numpy && if framework == "torch" { has.torch } else { has.mlx };
    found.iter().find(|(_, has)| fits(has)).map(|(python, _)| python.clone()).ok_or_else(|| missing(framework, &found))
}

/// An interpreter that the user named must have what its side needs.
fn named(python: &Path, framework: &str, flag: &str) -> anyhow::Result<PathBuf> {
    let shown = python.display();
    let Some(has) = probe(python) else {
        return Err(failure(format!("`{shown}` is no Python that runs"), format!("{flag} names an interpreter, such as .venv/bin/python")));
    };
    let there = if framework == "torch" { has.torch } else { has.mlx };
    match [(there, framework), (has.numpy, "numpy")].into_iter().find(|(has, _)| !has) {
        Some((_, lacks)) => {
            Err(failure(format!("`{shown}` has no {lacks}"), format!("install it: {shown} -m pip install {}", package(lacks))))
        }
        None => Ok(python.to_owned()),
    }
}

/// The active environment, those that lie around by habit, and what `PATH` has.
fn candidates() -> Vec<PathBuf> {
    let inside = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    let active = ["VIRTUAL_ENV", "CONDA_PREFIX"].iter().filter_map(std::env::var_os).map(|home| Path::new(&home).join(inside));
    let beside = [".venv-verify", ".venv", "venv", "env"].iter().map(|home| Path::new(home).join(inside)).filter(|python| python.exists());
    active.chain(beside).chain(["python3", "python"].map(PathBuf::from)).collect()
}

fn probe(python: &Path) -> Option<Has> {
    let output = Command::new(python).args(["-s", "-c", PROBE]).env_remove("PYTHONPATH").stdin(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let has = |name: &str| text.split_whitespace().any(|word| word == name);
    (output.status.success() && has("True")).then(|| Has { torch: has("torch"), mlx: has("mlx"), numpy: has("numpy") })
}

fn package(name: &str) -> &str {
    match name {
        "mlx" if cfg!(target_os = "linux") => "'mlx[cpu]'",
        name => name,
    }
}

fn missing(framework: &str, found: &[(PathBuf, Has)]) -> anyhow::Error {
    let tried: Vec<String> = found.iter().map(|(python, _)| format!("`{}`", python.display())).collect();
    let tried = if tried.is_empty() { "there is no Python".to_owned() } else { format!("looked at {}", tried.join(", ")) };
    let python = if cfg!(windows) { ".venv-verify\\Scripts\\python" } else { ".venv-verify/bin/python" };
    failure(
        format!("no Python with {framework} and numpy was found ({tried})"),
        format!(
            "make one with both frameworks, it is found by its name:\n      python3 -m venv .venv-verify\n      {python} -m pip install torch {} numpy\n    \
             or name the interpreters with --torch-python and --mlx-python",
            package("mlx")
        ),
    )
}
