//! `--for DIR:module.Class`: the tensors as a class of a port has them, by its weight plan.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use t2m_checkpoint::{Checkpoint, Direction, Plan, Planned, Strictness};

use crate::args::{ConvertArgs, Framework};

/// How far above a folder of a port its plan may be.
const DEPTH: usize = 8;

/// The weight plan of a port, and a class of it.
pub(super) struct Plans {
    pub(super) plan: Plan,
    pub(super) class: String,
}

impl Plans {
    /// `DIR:module.Class`. Errors name the plan.
    pub(super) fn of(target: &str) -> anyhow::Result<Self> {
        let (folder, class) = match target.rsplit_once(':') {
            Some((folder, class)) if !folder.is_empty() && !class.is_empty() => (folder, class),
            _ => return Err(anyhow!("--for {target}: it is written DIR:module.Class, with the folder of a port and a class in it")),
        };
        let path = find(Path::new(folder), class).ok_or_else(|| {
            anyhow!("{folder}: there is no weight plan `mlx_weights.json`, which `torch2mlx port` writes beside the code; port again, and name that folder")
        })?;
        let shown = path.display();
        let text = std::fs::read_to_string(&path).map_err(|error| anyhow!("{shown}: {error}"))?;
        let plan = Plan::parse(&text).map_err(|error| anyhow!("{shown}: {error}"))?;
        let class = plan.class_named(class).map_err(|error| anyhow!("{shown}: {error}"))?.to_owned();
        Ok(Self { plan, class })
    }

    /// The tensors under the names of the class. Errors name the checkpoint.
    pub(super) fn weights(&self, args: &ConvertArgs, checkpoint: &Checkpoint) -> anyhow::Result<Planned> {
        let direction = match args.to {
            Framework::Mlx => Direction::ToMlx,
            Framework::Pytorch => Direction::ToPytorch,
        };
        let strictness = Strictness { allow_missing: args.allow_missing, allow_extra: args.allow_extra };
        let planned = self.plan.apply(&self.class, &checkpoint.tensors, direction, strictness);
        planned.map_err(|error| anyhow!("{}: {error}", args.checkpoint.display()))
    }
}

/// The plan of the port that a folder is, that the package of the class is, or that the folder is in.
fn find(folder: &Path, class: &str) -> Option<PathBuf> {
    let folder = std::fs::canonicalize(folder).ok()?;
    let mut packages = vec![folder.clone()];
    for part in class.split('.') {
        packages.push(packages[packages.len() - 1].join(part));
    }
    packages.iter().map(PathBuf::as_path).chain(folder.ancestors().take(DEPTH)).find_map(plan_in)
}

/// The last of several is the port's own: the others were files of the project.
fn plan_in(folder: &Path) -> Option<PathBuf> {
    let names = std::iter::once("mlx_weights.json".to_owned()).chain((2..).map(|n| format!("mlx_weights_{n}.json")));
    names.map(|name| folder.join(name)).take_while(|path| path.is_file()).last()
}
