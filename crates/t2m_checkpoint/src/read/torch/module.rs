//! The state dict of a module that was pickled whole, in PyTorch's order.

use std::collections::HashSet;

use crate::error::{Result, refuse, shown};
use crate::read::pickle::{Arena, Id, Node};

/// Deeper trees are cycles or attacks.
const DEEPEST: usize = 128;
/// Attributes that are looked at: modules that share others make paths without end.
const MOST: usize = 16 << 20;

/// An attribute of a module.
fn attribute(arena: &Arena, id: Id, name: &str) -> Option<Id> {
    let Node::Call(call) = arena.get(id) else { return None };
    let state = call.state?;
    let find = |id: Id| match arena.get(id) {
        Node::Dict(entries) => entries.iter().rev().find(|(key, _)| arena.text(*key) == Some(name)).map(|(_, value)| *value),
        _ => None,
    };
    // With `__slots__`, the state is (dict, slots).
    find(state).or_else(|| arena.items(state)?.iter().find_map(|&part| find(part)))
}

/// How many there are.
fn attributes(arena: &Arena, id: Id) -> usize {
    let Node::Call(call) = arena.get(id) else { return 0 };
    match call.state.map(|state| arena.get(state)) {
        Some(Node::Dict(entries)) => entries.len(),
        _ => 1,
    }
}

pub(crate) fn is_module(arena: &Arena, id: Id) -> bool {
    attribute(arena, id, "_parameters").is_some() && attribute(arena, id, "_modules").is_some()
}

/// Names and objects of its parameters and buffers.
pub(crate) fn state_dict(arena: &Arena, id: Id) -> Result<Vec<(String, Id)>> {
    let mut out = Vec::new();
    walk(arena, id, "", 0, &mut MOST.clone(), &mut out)?;
    Ok(out)
}

fn walk(arena: &Arena, id: Id, prefix: &str, depth: usize, budget: &mut usize, out: &mut Vec<(String, Id)>) -> Result<()> {
    *budget = budget.saturating_sub(1 + attributes(arena, id) + prefix.len());
    if depth > DEEPEST || *budget == 0 {
        return Err(refuse!("the pickled module is nested too deep, or without end"));
    }
    let entries = |name: &str| attribute(arena, id, name).and_then(|id| arena.entries(id)).unwrap_or_default();
    let transient = attribute(arena, id, "_non_persistent_buffers_set").map(|id| names(arena, id)).unwrap_or_default();
    for (kind, entries) in [("_parameters", entries("_parameters")), ("_buffers", entries("_buffers"))] {
        for (key, value) in entries {
            let name = arena.text(key).ok_or_else(|| refuse!("a {kind} of {} without a name", shown(prefix)))?;
            if matches!(arena.get(value), Node::None) || (kind == "_buffers" && transient.contains(name)) {
                continue;
            }
            out.push((format!("{prefix}{name}"), value));
        }
    }
    for (key, value) in entries("_modules") {
        let name = arena.text(key).ok_or_else(|| refuse!("a module of {} without a name", shown(prefix)))?;
        if matches!(arena.get(value), Node::None) {
            continue;
        }
        if !is_module(arena, value) {
            return Err(refuse!(
                "{} is pickled in a way that is not known; save the `state_dict()` instead",
                shown(&format!("{prefix}{name}"))
            ));
        }
        // A module without own state counts, too: a tree of them may be endless.
        walk(arena, value, &format!("{prefix}{name}."), depth + 1, budget, out)?;
    }
    Ok(())
}

/// The texts of a set: `set([...])` in protocol 2, a set of its own in protocol 4.
fn names(arena: &Arena, id: Id) -> HashSet<&str> {
    let items: &[Id] = match arena.get(id) {
        Node::Set(items) => items,
        _ => match arena.call(id) {
            Some((("builtins", "set" | "frozenset"), [items])) => arena.items(*items).unwrap_or_default(),
            _ => &[],
        },
    };
    items.iter().filter_map(|&item| arena.text(item)).collect()
}
