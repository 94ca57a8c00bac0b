//! Where a checkpoint is written, and in which format.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use t2m_checkpoint::Format;

use crate::args::{ConvertArgs, FloatType};

/// The size of shards in a folder, as Hugging Face cuts them.
const SHARD_SIZE: u64 = 5_000_000_000;

pub(crate) struct Place {
    pub path: PathBuf,
    pub format: Format,
    pub shard_size: Option<u64>,
}

impl Place {
    pub(crate) fn of(args: &ConvertArgs) -> anyhow::Result<Self> {
        let path = match args.out.as_ref().or(args.output.as_ref()) {
            Some(path) => path.clone(),
            None => default_path(&args.checkpoint),
        };
        Self::at(args, path)
    }

    /// Where the state of the optimizer goes.
    pub(crate) fn of_optimizer(args: &ConvertArgs, path: &Path, weights: &Place) -> anyhow::Result<Self> {
        let place = Self { shard_size: None, ..Self::at(args, path.to_owned())? };
        if place.path.is_dir() || place.path.as_os_str().to_string_lossy().ends_with('/') {
            return Err(anyhow!("{}: the state of an optimizer is one file, `.safetensors` or `.npz`", path.display()));
        }
        if place.path == weights.path {
            return Err(anyhow!("{}: weights and the state of the optimizer are two files", path.display()));
        }
        Ok(place)
    }

    fn at(args: &ConvertArgs, path: PathBuf) -> anyhow::Result<Self> {
        let folder = path.is_dir() || path.as_os_str().to_string_lossy().ends_with('/');
        let format = if folder { Some(Format::Safetensors) } else { Format::of_path(&path) };
        let shown = path.display();
        let Some(format) = format else {
            return Err(anyhow!(
                "{shown}: the suffix is neither `.safetensors` nor `.npz`, by which `mx.load` tells formats; a folder of shards ends in `/`"
            ));
        };
        let same = |a: &Path, b: &Path| a == b || std::fs::canonicalize(a).is_ok_and(|a| std::fs::canonicalize(b).is_ok_and(|b| a == b));
        if same(&path, &args.checkpoint) || args.optimizer_from.as_ref().is_some_and(|from| same(&path, from)) {
            return Err(anyhow!("{shown}: is the checkpoint itself, which is never written over; choose another name"));
        }
        if format == Format::Npz && args.shard_size.is_some() {
            return Err(anyhow!("{shown}: npz is one file; --shard-size takes a name that ends in `.safetensors`, or a folder"));
        }
        if format == Format::Npz && args.dtype == Some(FloatType::Bfloat16) {
            return Err(anyhow!("{shown}: npz has no bfloat16; choose a name that ends in `.safetensors`"));
        }
        let shard_size = args.shard_size.or(folder.then_some(SHARD_SIZE));
        Ok(Self { path, format, shard_size })
    }
}

/// `CKPT.npz`: nothing is cut off, for `step_1.5` has no suffix.
fn default_path(checkpoint: &Path) -> PathBuf {
    // Without a slash at the end.
    let mut path = checkpoint.components().collect::<PathBuf>().into_os_string();
    path.push(".npz");
    path.into()
}
