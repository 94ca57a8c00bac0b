//! One name: what it means from the class on, part by part.

use std::collections::BTreeMap;

use super::apply::Direction;
use super::{Class, Entry, Member, Plan, Shape, matches};

/// What the parts of a name so far may stand for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place<'p> {
    /// An instance; of this very class if it is exact, else perhaps of one that inherits it.
    Class {
        key: &'p str,
        exact: bool,
    },
    List(&'p Shape),
    Dict(&'p Shape),
    /// A `Sequential`: its children by their names, and those that MLX calls otherwise.
    Children(&'p BTreeMap<String, Shape>, &'p BTreeMap<String, String>),
    Layer(&'p str),
    /// Something of which nothing is known.
    Any,
    Parameter,
    Buffer,
    /// What is in no checkpoint.
    Nothing,
}

/// A name that was followed to its end.
#[derive(Debug, Clone)]
pub(super) struct Walked<'p> {
    /// The name on the other side.
    pub(super) name: String,
    pub(super) entry: Option<LayerEntry<'p>>,
    pub(super) holds: Holds,
    /// It is one of a torch layer for certain, under the layer's own name.
    pub(super) is_layers: bool,
}

/// What a name stands for, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    Parameter,
    Buffer,
    /// One or the other.
    Unknown,
    /// The plan does not know the name.
    Nothing,
}

/// An entry of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerEntry<'p> {
    /// Where the layer's own names begin, on the other side.
    pub(super) prefix: usize,
    /// The entry's name in the plan.
    pub(super) key: &'p str,
    pub(super) entry: &'p Entry,
    /// Which of several parts the name is.
    pub(super) part: usize,
}

/// Names that PyTorch's weight and spectral norm make of a weight's.
const DERIVED: &[&str] = &["_g", "_v", "_orig", "_u"];

/// What layers of PyTorch hold that is not trained.
const BUFFERS: &[&str] = &["running_mean", "running_var", "num_batches_tracked"];

impl Plan {
    /// Follows a name. `None` if the plan does not know it. `visit` sees the places on its way, after the names up to them on both sides.
    ///
    /// # Errors
    /// Classes that it may belong to disagree; the text says how.
    pub(super) fn walk<'p>(
        &'p self,
        root: &'p str,
        name: &str,
        direction: Direction,
        visit: &mut dyn FnMut(&str, &str, &[Place<'p>]),
    ) -> Result<Option<Walked<'p>>, String> {
        let mut places = Vec::new();
        self.class_places(root, true, &mut places);
        let (mut read, mut written, mut parametrized) = (0, String::new(), false);
        loop {
            visit(name[..read].trim_end_matches('.'), written.trim_end_matches('.'), &places);
            let rest = &name[read..];
            for place in &places {
                if let Place::Layer(layer) = place
                    && let Some((other, key, entry, part)) = self.layer_entry(layer, rest, direction)
                {
                    let prefix = written.len();
                    let holds = match matches(key, rest) && !BUFFERS.contains(&key) {
                        true => Holds::Parameter,
                        false if BUFFERS.contains(&key) => Holds::Buffer,
                        false => Holds::Unknown,
                    };
                    let is_layers = places.len() == 1 && matches(key, rest);
                    return Ok(Some(Walked {
                        name: written + &other,
                        entry: Some(LayerEntry { prefix, key, entry, part }),
                        holds,
                        is_layers,
                    }));
                }
            }
            let (part, more) = rest.split_once('.').map_or((rest, None), |(part, more)| (part, Some(more)));
            let mut steps: Vec<(String, Place<'p>)> = Vec::new();
            for place in &places {
                self.step(*place, part, direction, parametrized, &mut steps);
            }
            parametrized |= part == "parametrizations";
            let Some(first) = steps.first().map(|(name, _)| name.clone()) else { return Ok(None) };
            if let Some((other, _)) = steps.iter().find(|(name, _)| *name != first) {
                return Err(format!("`{name}`: `{part}` may be `{first}` or `{other}`"));
            }
            written.push_str(&first);
            places.clear();
            for (_, place) in steps {
                if !places.contains(&place) {
                    places.push(place);
                }
            }
            let Some(more) = more else {
                let mut ends = places.iter().filter_map(|place| match place {
                    Place::Parameter => Some(Holds::Parameter),
                    Place::Buffer => Some(Holds::Buffer),
                    Place::Any if BUFFERS.contains(&part) => Some(Holds::Buffer),
                    Place::Any => Some(Holds::Unknown),
                    _ => None,
                });
                let Some(first) = ends.next() else { return Ok(None) };
                let holds = if ends.all(|other| other == first) { first } else { Holds::Unknown };
                return Ok(Some(Walked { name: written, entry: None, holds, is_layers: false }));
            };
            written.push('.');
            read = name.len() - more.len();
        }
    }

    fn step<'p>(&'p self, place: Place<'p>, part: &str, direction: Direction, parametrized: bool, steps: &mut Vec<(String, Place<'p>)>) {
        let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let mut push = |name: String, shape: &'p Shape| {
            let mut places = Vec::new();
            self.places(shape, &mut places);
            steps.extend(places.into_iter().map(|place| (name.clone(), place)));
        };
        match place {
            Place::Class { key, exact } => self.step_class(key, exact, part, direction, steps),
            Place::List(item) if is_number => push(part.to_owned(), item),
            Place::Dict(item) => push(shown(part, direction), item),
            Place::Children(children, names) => match child(children, names, part, direction) {
                Some((name, child)) => push(name, child),
                None => steps.push((numbered(part, direction), Place::Any)),
            },
            Place::Layer(_) if part == "parametrizations" => steps.push((part.to_owned(), Place::Any)),
            Place::Any => steps.push((self.guessed(part, direction, parametrized), Place::Any)),
            Place::List(_) | Place::Layer(_) | Place::Parameter | Place::Buffer | Place::Nothing => {}
        }
    }

    fn step_class<'p>(&'p self, key: &'p str, exact: bool, part: &str, direction: Direction, steps: &mut Vec<(String, Place<'p>)>) {
        let Some(class) = self.classes.get(key) else { return };
        let subclasses = class.subclasses.iter().filter_map(|sub| self.classes.get(sub));
        let candidates: Vec<&Class> = std::iter::once(class).chain(subclasses.filter(|_| !exact)).collect();
        let before = steps.len();
        // `0` of a module that is no container is `0_` in MLX, which would take it for a place in a list.
        let is_container = candidates.iter().any(|class| class.container || !class.extends.is_empty());
        let other = (!is_container).then(|| other_number(part, direction)).flatten();
        let (torch, renamed) = match (&other, direction) {
            (Some(other), Direction::ToPytorch) => (other.as_str(), true),
            (other, _) => (part, other.is_some()),
        };
        for (name, member) in candidates.iter().filter_map(|class| class.member(torch, direction)) {
            let name = if renamed { other.clone().unwrap_or(name) } else { name };
            let mut places = Vec::new();
            self.places(&member.is, &mut places);
            if self.set_from_outside.contains(part) {
                places.push(Place::Any);
            }
            steps.extend(places.into_iter().map(|place| (name.clone(), place)));
        }
        // A name that a class declares is that one; else it may be anything where names are made at run time.
        if steps.len() == before && (candidates.iter().any(|class| class.open) || self.set_from_outside.contains(part)) {
            steps.push((other.unwrap_or_else(|| numbered(part, direction)), Place::Any));
        }
    }

    fn places<'p>(&'p self, shape: &'p Shape, places: &mut Vec<Place<'p>>) {
        places.push(match shape {
            Shape::List { list } => Place::List(list),
            Shape::Dict { dict } => Place::Dict(dict),
            Shape::Children { children, names } => Place::Children(children, names),
            Shape::Any { any } => return any.iter().for_each(|shape| self.places(shape, places)),
            Shape::Named(name) => match name.as_str() {
                "parameter" => Place::Parameter,
                "buffer" => Place::Buffer,
                "unsaved" => Place::Nothing,
                name if self.classes.contains_key(name) => return self.class_places(name, false, places),
                name if self.layers.contains_key(name) => Place::Layer(name),
                _ => Place::Any,
            },
        });
    }

    fn class_places<'p>(&'p self, key: &'p str, exact: bool, places: &mut Vec<Place<'p>>) {
        places.push(Place::Class { key, exact });
        let known = |layer: &'p String| if self.layers.contains_key(layer) { Place::Layer(layer) } else { Place::Any };
        places.extend(self.classes.get(key).iter().flat_map(|class| &class.extends).map(known));
    }

    /// The entry of a layer that `name` is, its name on the other side, and which of several parts.
    fn layer_entry<'p>(&'p self, layer: &str, name: &str, direction: Direction) -> Option<(String, &'p str, &'p Entry, usize)> {
        let place_in = |names: &Option<Vec<String>>| names.as_ref().and_then(|names| names.iter().position(|part| part == name));
        self.layers.get(layer)?.iter().find_map(|(key, entry)| {
            let mlx = entry.name.as_deref().unwrap_or(key);
            let (here, there, parts) = match direction {
                Direction::ToMlx => (key.as_str(), mlx, &entry.join),
                Direction::ToPytorch => (mlx, key.as_str(), &entry.split),
            };
            let found = |other: &str, part| Some((other.to_owned(), key.as_str(), entry, part));
            if let Some(part) = place_in(parts) {
                return found(key, part);
            }
            // The key of a join names what only MLX has, that of a split what only PyTorch has.
            let elsewhere = match direction {
                Direction::ToMlx => entry.join.is_some(),
                Direction::ToPytorch => entry.split.is_some(),
            };
            if elsewhere {
                return None;
            }
            let derived = || DERIVED.iter().find(|end| name.strip_suffix(*end) == Some(here));
            if name == here {
                found(there, 0)
            } else if matches(here, name) || derived().is_some() {
                found(name, 0)
            } else {
                None
            }
        })
    }

    /// A name of something that is not known. If the classes that have it agree, it is what it is there.
    fn guessed(&self, part: &str, direction: Direction, parametrized: bool) -> String {
        if parametrized {
            return match direction {
                Direction::ToPytorch if part.ends_with('_') => format!("_{}", part.trim_end_matches('_')),
                _ => shown(part, direction),
            };
        }
        // Names, and not patterns: `blocks*` would be `blocks_`, too.
        let mut names = self.classes.values().filter_map(|class| class.exactly(part, direction)).map(|(name, _)| name);
        match names.next() {
            Some(name) if names.all(|other| other == name) => name,
            _ => numbered(part, direction),
        }
    }
}

/// The name on the other side of a number, as `4_` for `4`.
fn other_number(part: &str, direction: Direction) -> Option<String> {
    let is_number = |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
    match direction {
        Direction::ToMlx => is_number(part).then(|| format!("{part}_")),
        Direction::ToPytorch => part.strip_suffix('_').filter(|name| is_number(name)).map(str::to_owned),
    }
}

/// `4_` is a child of a `Sequential` that PyTorch calls `4`.
fn numbered(part: &str, direction: Direction) -> String {
    match part.strip_suffix('_') {
        Some(number) if direction == Direction::ToPytorch && number.bytes().all(|byte| byte.is_ascii_digit()) => number.to_owned(),
        _ => shown(part, direction),
    }
}

/// `_a` is `a_` in MLX, which hides names with an underscore in front. On the way back, `a_` may be either.
fn shown(part: &str, direction: Direction) -> String {
    match direction {
        Direction::ToMlx if part.starts_with('_') => format!("{}_", part.trim_start_matches('_')),
        _ => part.to_owned(),
    }
}

/// A child of a `Sequential`, with its name on the other side.
fn child<'p>(
    children: &'p BTreeMap<String, Shape>,
    names: &BTreeMap<String, String>,
    part: &str,
    direction: Direction,
) -> Option<(String, &'p Shape)> {
    let name = match direction {
        Direction::ToMlx => part,
        Direction::ToPytorch => names.iter().find(|(_, mlx)| *mlx == part).map_or(part, |(name, _)| name),
    };
    let other = match direction {
        Direction::ToMlx => names.get(name).map_or(name, String::as_str),
        Direction::ToPytorch => name,
    };
    Some((other.to_owned(), children.get(name)?))
}

impl Class {
    /// The same without patterns.
    fn exactly(&self, part: &str, direction: Direction) -> Option<(String, &Member)> {
        let (name, member) = self.member(part, direction)?;
        let key = if direction == Direction::ToMlx { part } else { &name };
        self.members.contains_key(key).then_some((name, member))
    }

    /// What it has under a name, and the name on the other side.
    fn member(&self, part: &str, direction: Direction) -> Option<(String, &Member)> {
        match direction {
            Direction::ToMlx => {
                let pattern = || self.members.iter().find(|(name, _)| matches(name, part)).map(|(_, member)| member);
                let member = self.members.get(part).or_else(pattern)?;
                Some((member.name.clone().unwrap_or_else(|| part.to_owned()), member))
            }
            Direction::ToPytorch => {
                let renamed = self.members.iter().find(|(_, member)| member.name.as_deref() == Some(part));
                match renamed {
                    Some((name, member)) => Some((name.clone(), member)),
                    None => {
                        let same = self.members.iter().find(|(name, member)| member.name.is_none() && matches(name, part));
                        same.map(|(_, member)| (part.to_owned(), member))
                    }
                }
            }
        }
    }
}
