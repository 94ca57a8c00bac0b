//! The weight plan of a port (docs/weights.md): what the keys of a PyTorch checkpoint mean to its classes.

mod apply;
mod optimizer;
mod optimizer_back;
mod required;
mod shapes;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

pub use apply::{Direction, Planned, Strictness};

use crate::error::{Result, refuse, some_of};

const SCHEMA: u32 = 1;

/// What `torch2mlx port` wrote beside a port.
#[derive(Debug, Deserialize)]
pub struct Plan {
    schema: u32,
    classes: BTreeMap<String, Class>,
    #[serde(default)]
    layers: BTreeMap<String, BTreeMap<String, Entry>>,
    #[serde(default)]
    set_from_outside: BTreeSet<String>,
    /// Attributes whose arrays may have other shapes than their layers say, `*` for any.
    #[serde(default)]
    reshaped: BTreeSet<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Class {
    #[serde(default)]
    open: bool,
    #[serde(default)]
    container: bool,
    #[serde(default)]
    extends: Vec<String>,
    #[serde(default)]
    subclasses: Vec<String>,
    members: BTreeMap<String, Member>,
    #[serde(default)]
    ties: BTreeMap<String, String>,
    #[serde(default)]
    possible_ties: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Member {
    is: Shape,
    name: Option<String>,
    #[serde(default)]
    required: bool,
    #[serde(default)]
    holds: Vec<String>,
    /// The shapes of what it holds: `64, 3, ?, ?`.
    #[serde(default)]
    shapes: BTreeMap<String, String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(untagged)]
enum Shape {
    Named(String),
    List {
        list: Box<Shape>,
    },
    Dict {
        dict: Box<Shape>,
    },
    Children {
        children: BTreeMap<String, Shape>,
        /// On the side of MLX, where that is another one.
        #[serde(default)]
        names: BTreeMap<String, String>,
    },
    Any {
        any: Vec<Shape>,
    },
}

/// How a layer of the port keeps what a torch layer calls by this name.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
struct Entry {
    name: Option<String>,
    /// How many axes it has in PyTorch.
    rank: Option<usize>,
    /// The order in MLX of PyTorch's axes.
    axes: Option<Vec<usize>>,
    /// Names in MLX of its equal parts.
    split: Option<Vec<String>>,
    /// Names in PyTorch of what is one array in MLX, under this name.
    join: Option<Vec<String>>,
    /// Of `split` and `join`.
    #[serde(default)]
    axis: usize,
    /// MLX has nothing like it.
    #[serde(default)]
    drop: bool,
}

impl Entry {
    /// It is kept as PyTorch keeps it, but for its name.
    fn is_plain(&self) -> bool {
        self.axes.is_none() && self.split.is_none() && self.join.is_none() && !self.drop
    }
}

impl Class {
    /// Which parameters are others, and whether for sure.
    fn all_ties(&self) -> impl Iterator<Item = (&String, &String, bool)> {
        let certain = self.ties.iter().map(|(target, source)| (target, source, true));
        certain.chain(self.possible_ties.iter().map(|(target, source)| (target, source, false)))
    }
}

impl Plan {
    /// # Errors
    /// The text is no weight plan, or one of another version.
    pub fn parse(text: &str) -> Result<Self> {
        let plan: Self = serde_json::from_str(text).map_err(|error| refuse!("no weight plan: {error}"))?;
        match plan.schema {
            SCHEMA => Ok(plan),
            other => Err(refuse!("a weight plan of version {other}, and this program reads version {SCHEMA}: port again")),
        }
    }

    /// The class of the plan that a user means: `models.vit.ViT`, or the last parts of that.
    ///
    /// # Errors
    /// None or several have the name.
    pub fn class_named(&self, name: &str) -> Result<&str> {
        if let Some((key, _)) = self.classes.get_key_value(name) {
            return Ok(key);
        }
        let (module, class) = name.rsplit_once('.').unwrap_or(("", name));
        let of_name = |key: &&String| key.rsplit('.').next() == Some(class);
        // Ex) `timm.models.ResNet` is defined in `timm.models.resnet`.
        let below = |key: &&String| key.starts_with(&format!("{module}.")) || key.contains(&format!(".{module}."));
        let is_end = |key: &&String| key.ends_with(&format!(".{name}"));
        let ends: Vec<&String> = self.classes.keys().filter(is_end).collect();
        // Ex) `timm.models.resnet.ResNet`, where the folder of the port is `timm` itself.
        let longer = |key: &&String| name.ends_with(&format!(".{key}"));
        if let (true, Some(key)) = (ends.is_empty(), self.classes.keys().filter(longer).max_by_key(|key| key.len())) {
            return Ok(key);
        }
        let found = if ends.is_empty() {
            self.classes.keys().filter(of_name).filter(|key| module.is_empty() || below(key)).collect()
        } else {
            ends
        };
        match found.as_slice() {
            [key] => Ok(key),
            [] => {
                let near: Vec<&str> = self.classes.keys().filter(of_name).map(String::as_str).collect();
                let known = if near.is_empty() { self.classes.keys().map(String::as_str).collect() } else { near };
                Err(refuse!("the port has no module class `{name}`; it has {}", some_of(known)))
            }
            several => Err(refuse!("`{name}` may be {}", some_of(several.iter().map(|key| key.as_str())))),
        }
    }
}

/// Whether a name is the pattern's: `*` stands for any characters but a dot.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(tail) = name.strip_prefix(start) else { return false };
    (0..=tail.len()).filter(|at| tail.is_char_boundary(*at)).any(|at| !tail[..at].contains('.') && matches(rest, &tail[at..]))
}

#[cfg(test)]
mod tests;
