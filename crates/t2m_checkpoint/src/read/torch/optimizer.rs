//! The state of an optimizer among the objects of a pickle.

use std::collections::HashSet;

use super::choose::is_optimizer;
use super::module;
use super::scalar;
use super::tensors::{Storages, Tensors};
use crate::error::{Error, Result, refuse, shown, some_of};
use crate::optimizer::{Group, Kept, Optimizer};
use crate::read::pickle::{Arena, Id, Node};
use crate::tree::Tree;

/// How deep it may lie in other dicts and lists.
const DEEPEST: usize = 6;
/// Nobody chooses among more.
const MOST: usize = 64;
/// Parameters, and what is kept of them all: one list that is referred to a million times is a few bytes.
const MOST_KEPT: usize = 1 << 20;

/// The optimizer at a place, or the only one.
pub(super) fn find<S: Storages>(tensors: &mut Tensors<'_, S>, root: Id, place: Option<&str>) -> Result<(Optimizer, Vec<String>)> {
    let all = all(tensors.arena, root);
    let names = || some_of(all.iter().map(|(path, _)| path.as_str()));
    let (path, id) = match (all.as_slice(), place) {
        ([], _) => {
            return Err(refuse!(
                "holds no state of an optimizer (a dict with `state` and `param_groups`); if it is in another file, --optimizer-from names that"
            ));
        }
        (all, Some(place)) => all
            .iter()
            .find(|(path, _)| path == place)
            .ok_or_else(|| refuse!("--optimizer-key {}: the optimizers are {}", shown(place), names()))?,
        ([only], None) => only,
        (_, None) => return Err(refuse!("holds the states of several optimizers: {}; choose one with --optimizer-key", names())),
    };
    let optimizer = read(tensors, *id).map_err(|error| if path.is_empty() { error } else { error.at(shown(path)) })?;
    let notes = if path.is_empty() { Vec::new() } else { vec![format!("took the optimizer from {}", shown(path))] };
    Ok((Optimizer { place: path.clone(), ..optimizer }, notes))
}

/// A part of a place: the key of a dict, or the number of an item.
#[derive(Clone, Copy)]
enum Step {
    Key(Id),
    Item(usize),
}

/// All optimizers with their places: `optimizer`, `optimizer_states.0`.
fn all(arena: &Arena, root: Id) -> Vec<(String, Id)> {
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    // Steps from an earlier one on: places of a hostile file would fill the memory as texts.
    let mut steps: Vec<(usize, Step)> = Vec::new();
    let mut open = vec![(usize::MAX, root, 0)];
    while let Some((at, id, depth)) = open.pop() {
        // Before any look at it: many may refer to one large dict.
        if !seen.insert(id) {
            continue;
        }
        if is_optimizer(arena, id) {
            found.push((place(arena, &steps, at), id));
            if found.len() == MOST {
                break;
            }
            continue;
        }
        if depth == DEEPEST || module::is_module(arena, id) {
            continue;
        }
        let is_container = |id: Id| matches!(arena.get(id), Node::Dict(_) | Node::List(_) | Node::Tuple(_) | Node::Call(_));
        let inside: Vec<(Step, Id)> = match (arena.entries(id), arena.items(id)) {
            (Some(entries), _) => entries.into_iter().map(|(key, value)| (Step::Key(key), value)).collect(),
            (None, Some(items)) => items.iter().enumerate().map(|(i, &item)| (Step::Item(i), item)).collect(),
            (None, None) => continue,
        };
        // The first is looked at first.
        for (step, id) in inside.into_iter().rev().filter(|(_, id)| is_container(*id)) {
            steps.push((at, step));
            open.push((steps.len() - 1, id, depth + 1));
        }
    }
    found
}

fn place(arena: &Arena, steps: &[(usize, Step)], mut at: usize) -> String {
    let mut parts = Vec::new();
    while let Some((before, step)) = steps.get(at) {
        parts.push(match step {
            Step::Key(id) => arena.key(*id).unwrap_or_default(),
            Step::Item(i) => i.to_string(),
        });
        at = *before;
    }
    parts.reverse();
    parts.join(".")
}

fn read<S: Storages>(tensors: &mut Tensors<'_, S>, id: Id) -> Result<Optimizer> {
    let arena = tensors.arena;
    let entry = |id: Id, name: &str| {
        let entries = arena.entries(id)?;
        entries.into_iter().rev().find(|(key, _)| arena.text(*key) == Some(name)).map(|(_, value)| value)
    };
    let mut left = MOST_KEPT;
    let mut spend = |count: usize| -> Result<()> {
        left = left.checked_sub(count).ok_or_else(|| refuse!("holds the state of more than {MOST_KEPT} parameters"))?;
        Ok(())
    };
    let damaged = || refuse!("is no state of an optimizer as `state_dict()` writes it");
    let groups = entry(id, "param_groups").and_then(|id| arena.items(id)).ok_or_else(damaged)?;
    let mut out = Optimizer { groups: Vec::new(), state: Default::default(), place: String::new(), notes: Vec::new(), size: 0 };
    for &group in groups {
        let keys = |name: &str| -> Option<Vec<String>> { arena.items(entry(group, name)?)?.iter().map(|&id| arena.key(id)).collect() };
        let rate = match entry(group, "lr") {
            Some(id) => number(tensors, id)?,
            None => None,
        };
        let parameters = entry(group, "params").and_then(|id| arena.items(id)).ok_or_else(damaged)?;
        spend(parameters.len() + 1)?;
        let parameters = keys("params").ok_or_else(damaged)?;
        let named = entry(group, "param_names").and_then(|id| arena.items(id)).is_some_and(|names| names.len() == parameters.len());
        let names = if named { keys("param_names").unwrap_or_default() } else { Vec::new() };
        spend(arena.size_of_dict(group))?;
        let settings = arena.entries(group).unwrap_or_default().into_iter().filter_map(|(key, _)| arena.key(key)).collect();
        out.groups.push(Group { rate, parameters, names, settings });
    }
    let state = entry(id, "state").and_then(|id| arena.entries(id)).ok_or_else(damaged)?;
    for (key, kept) in state {
        let key = arena.key(key).ok_or_else(damaged)?;
        let mut entries = Vec::new();
        spend(1 + arena.size_of_dict(kept))?;
        for (name, value) in arena.entries(kept).unwrap_or_default() {
            let name = arena.key(name).ok_or_else(damaged)?;
            let at = |error: Error| error.at(shown(&name));
            let kept = match tensors.tensor(value) {
                Some(view) => Kept::Tensor(view.map_err(at)?),
                None if matches!(arena.get(value), Node::None) => continue,
                None => number(tensors, value)?.map_or(Kept::Other("no tensor and no number"), Kept::Number),
            };
            entries.push((name, kept));
        }
        out.state.insert(key, entries);
    }
    Ok(out)
}

/// A number, also one of NumPy or a tensor of one element.
fn number<S: Storages>(tensors: &mut Tensors<'_, S>, id: Id) -> Result<Option<f64>> {
    match tensors.arena.get(id) {
        Node::Float(value) => return Ok(Some(*value)),
        Node::Int(value) => return Ok(Some(*value as f64)),
        _ => {}
    }
    match tensors.tensor(id) {
        Some(view) => view?.number(),
        None => Ok(match scalar::number(tensors.arena, id) {
            Some(Tree::Float(value)) => Some(value),
            Some(Tree::Int(value)) => Some(value as f64),
            _ => None,
        }),
    }
}
