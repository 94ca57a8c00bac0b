//! The weight plan: what the keys of a PyTorch checkpoint mean to the classes of a port. `torch2mlx convert --for` reads it, so that code and
//! checkpoint can't disagree. docs/weights.md describes the format.
//!
//! Names and layouts of weights in a port are PyTorch's. So the plan holds the few exceptions (names that MLX has for itself, tied weights, layers of the
//! user's rows), and for the rest what a checkpoint of a class may and must hold.

mod arguments;
mod classes;
mod held;
mod layers;
mod members;
mod shapes;

pub(crate) use self::layers::{holds_buffer, is_held, is_stateless};

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use t2m_semantic::tables::Tables;
use t2m_semantic::{Facts, Project};

use crate::survey::Survey;

/// Raised when a field changes its meaning.
const SCHEMA: u32 = 1;

/// Name of the file, without `.json`.
const NAME: &str = "mlx_weights";

#[derive(Debug, Serialize)]
pub(crate) struct Plan {
    schema: u32,
    tool: &'static str,
    /// Classes by module and name: `models.vit.Block`.
    classes: BTreeMap<String, Class>,
    /// Torch layers that the classes use.
    layers: BTreeMap<String, layers::Layer>,
    /// Attributes that the project sets on other objects than `self`: any module may have them.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    set_from_outside: BTreeSet<String>,
    /// Attributes whose arrays the project replaces: their shapes may be others. `*` for those of any.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    reshaped: BTreeSet<String>,
}

/// A module class with what it inherits in the project.
#[derive(Debug, Default, Serialize)]
struct Class {
    /// Names are set that only the run knows, or a base is not known: any key may be right.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    open: bool,
    /// It is a container, as far as its bases are known: its children have numbers for names, as in PyTorch.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    container: bool,
    /// Torch layers that it is a kind of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    extends: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    subclasses: Vec<String>,
    members: BTreeMap<String, Member>,
    /// A parameter that is another one: it has no entry in the port.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    ties: BTreeMap<String, String>,
    /// The same under a condition, or in a method that may not run.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    possible_ties: BTreeMap<String, String>,
}

/// An attribute by PyTorch's name; a name with `*` stands for many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Member {
    is: Shape,
    /// Its name in the port, if it has another.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Every instance has it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    /// What its layer, or the layers in it, hold in any case: `bias`, `0.weight`, `*.weight` of each item.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    holds: Vec<String>,
    /// Their shapes in PyTorch, as far as the class says them in numbers: `64, 3, ?, ?`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    shapes: BTreeMap<String, String>,
}

/// What an attribute is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
enum Shape {
    /// `parameter`, `buffer`, `unsaved`, `unknown`, a torch layer, or a class of the plan.
    Named(String),
    List {
        list: Box<Shape>,
    },
    Dict {
        dict: Box<Shape>,
    },
    /// A `Sequential` by the names of its children.
    Children {
        children: BTreeMap<String, Shape>,
        /// In the port, where that is another one.
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        names: BTreeMap<String, String>,
    },
    Any {
        any: Vec<Shape>,
    },
}

impl Shape {
    const UNKNOWN: &str = "unknown";

    fn named(name: &str) -> Self {
        Self::Named(name.to_owned())
    }

    fn unknown() -> Self {
        Self::named(Self::UNKNOWN)
    }

    /// Whether it may be a list.
    fn is_list(&self) -> bool {
        match self {
            Self::List { .. } => true,
            Self::Any { any } => any.iter().any(Self::is_list),
            _ => false,
        }
    }

    /// What is one or the other.
    fn or(self, other: Self) -> Self {
        if self == other {
            return self;
        }
        let mut any = Vec::new();
        for shape in [self, other] {
            let parts = if let Self::Any { any } = shape { any } else { vec![shape] };
            parts.into_iter().for_each(|part| {
                if !any.contains(&part) {
                    any.push(part)
                }
            });
        }
        Self::Any { any }
    }

    /// The torch layers and classes that it names.
    fn names<'a>(&'a self, found: &mut BTreeSet<&'a str>) {
        match self {
            Self::Named(name) => _ = found.insert(name),
            Self::List { list: item } | Self::Dict { dict: item } => item.names(found),
            Self::Children { children, .. } => children.values().for_each(|child| child.names(found)),
            Self::Any { any } => any.iter().for_each(|shape| shape.names(found)),
        }
    }
}

impl Plan {
    /// `None` for a project without a module class.
    pub(crate) fn new(project: &Project, facts: &Facts, tables: &Tables, survey: &Survey<'_>) -> Option<Self> {
        if !facts.classes().any(|(_, class)| class.is_module) {
            return None;
        }
        let classes::Found { classes, set_from_outside, reshaped } = classes::classes(project, facts, tables, survey);
        let mut used = BTreeSet::new();
        for class in classes.values() {
            used.extend(class.extends.iter().map(String::as_str));
            class.members.values().for_each(|member| member.is.names(&mut used));
        }
        let layers = layers::used(tables, &used);
        Some(Self { schema: SCHEMA, tool: concat!("torch2mlx ", env!("CARGO_PKG_VERSION")), classes, layers, set_from_outside, reshaped })
    }

    /// The file: path and text. The name is free in the project.
    pub(crate) fn file(&self, project: &Project) -> Option<(String, String)> {
        let mut text = serde_json::to_string_pretty(self).ok()?;
        text.push('\n');
        let names = std::iter::once(format!("{NAME}.json")).chain((2..).map(|n| format!("{NAME}_{n}.json")));
        let path = names.into_iter().find(|name| !project.others.contains(name))?;
        Some((path, text))
    }
}
