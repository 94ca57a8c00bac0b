//! What is known about distributions on PyPI and conda (`mappings/names/distributions.toml`, `packages.toml`).

use std::sync::OnceLock;

use indexmap::IndexMap;
use serde::Deserialize;
use t2m_semantic::tables::read_names;

use crate::rules::foreign_package::packages_with_torch;

/// What becomes of a distribution that a project names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// `mlx` takes its place.
    Replaced,
    Dropped,
    /// It imports torch, and brings it.
    NeedsTorch,
    Kept,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Distributions {
    pub(crate) mlx: Mlx,
    torch: Torch,
    /// By distribution: what it installs, by the module that is imported.
    brought: IndexMap<String, IndexMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mlx {
    pub(super) name: String,
    pub(super) version: String,
    /// The oldest Python that it runs on.
    pub(crate) python: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Torch {
    replaced: Vec<String>,
    dropped: Vec<String>,
    hosts: Vec<String>,
    channels: Vec<String>,
}

impl Distributions {
    pub(crate) fn builtin() -> &'static Self {
        static ALL: OnceLock<Distributions> = OnceLock::new();
        ALL.get_or_init(|| read_names("distributions"))
    }

    pub(crate) fn fate(&self, name: &str) -> Fate {
        let name = normalized(name);
        let is_meant = |pattern: &String| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => *pattern == name,
        };
        if self.torch.replaced.contains(&name) {
            Fate::Replaced
        } else if self.torch.dropped.iter().any(is_meant) {
            Fate::Dropped
        } else if packages_with_torch().any(|package| normalized(package) == name) {
            Fate::NeedsTorch
        } else {
            Fate::Kept
        }
    }

    /// `mlx`, or `mlx>=0.32.4` where the version was bound.
    pub(crate) fn requirement(&self, is_bound: bool) -> String {
        let Mlx { name, version, .. } = &self.mlx;
        if is_bound { format!("{name}>={version}") } else { name.clone() }
    }

    /// Whether a text names a place where PyTorch's wheels are.
    pub(super) fn is_torch_host(&self, text: &str) -> bool {
        self.torch.hosts.iter().any(|host| text.contains(host.as_str()))
    }

    pub(super) fn is_torch_channel(&self, channel: &str) -> bool {
        self.torch.channels.iter().any(|known| known == channel)
    }

    /// What the distributions of PyTorch install beside themselves, by the name of each: module and distribution.
    pub(super) fn brought(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        let all = self.brought.iter();
        all.flat_map(|(by, modules)| modules.iter().map(move |(module, name)| (by.as_str(), module.as_str(), name.as_str())))
    }
}

/// As PyPI compares names: `Torch_Vision` is `torch-vision`.
pub(super) fn normalized(name: &str) -> String {
    let mut normal = String::with_capacity(name.len());
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if normal.ends_with('-') => {}
            '-' | '_' | '.' => normal.push('-'),
            c => normal.push(c.to_ascii_lowercase()),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_data_is_read() {
        let all = Distributions::builtin();
        assert_eq!(all.fate("Torch"), Fate::Replaced);
        assert_eq!(all.fate("torchvision"), Fate::Dropped);
        assert_eq!(all.fate("nvidia_cublas.cu12"), Fate::Dropped);
        assert_eq!(all.fate("pytorch-lightning"), Fate::NeedsTorch);
        assert_eq!(all.fate("torch-ema"), Fate::Kept);
        assert_eq!(all.requirement(false), "mlx");
    }
}
