//! Which dict of a checkpoint holds the weights.

use std::collections::{HashMap, HashSet};

use super::tensors::{Storages, Tensors};
use super::values::{self, Value};
use super::{module, optimizer, whole};
use crate::checkpoint::{OpenOptions, Part, Tensor};
use crate::error::{Error, Result, refuse, shown, some_of};
use crate::optimizer::Optimizer;
use crate::read::pickle::{Arena, Id, Node};
use crate::tree::Tree;

/// Names under which people put the weights.
const KNOWN: [&str; 9] = ["state_dict", "model_state_dict", "model", "module", "model_state", "net", "network", "weights", "params"];
/// How many dicts lie in each other.
const DEEPEST: usize = 5;

pub(crate) struct Chosen {
    pub tensors: Vec<Tensor>,
    pub optimizer: Option<Optimizer>,
    pub tree: Option<Tree>,
    pub notes: Vec<String>,
}

pub(crate) fn choose<S: Storages>(tensors: &mut Tensors<'_, S>, root: Id, options: &OpenOptions) -> Result<Chosen> {
    if let Part::Optimizer(place) = &options.part {
        let (optimizer, notes) = optimizer::find(tensors, root, place.as_deref())?;
        return Ok(Chosen { tensors: Vec::new(), optimizer: Some(optimizer), tree: None, notes });
    }
    if let Part::Whole(optimizer) = &options.part {
        let (tree, notes) = whole::read(tensors, root, optimizer)?;
        return Ok(Chosen { tensors: Vec::new(), optimizer: None, tree: Some(tree), notes });
    }
    let mut notes = Vec::new();
    let (path, id) = match &options.key {
        Some(key) => (key.clone(), by_key(tensors, root, key)?),
        None => search(tensors, root, options.besides.as_deref(), &mut notes)?,
    };
    let place = |error: Error| if path.is_empty() { error } else { error.at(shown(&path)) };
    let entries = if module::is_module(tensors.arena, id) {
        module::state_dict(tensors.arena, id).map_err(place)?
    } else {
        named(tensors.arena, id).map_err(place)?
    };
    if !path.is_empty() {
        notes.insert(0, format!("took the weights from {}", shown(&path)));
    }
    let mut out: Vec<Tensor> = Vec::with_capacity(entries.len());
    let mut places: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    let mut left_out = Vec::new();
    for (name, value) in entries {
        if let Some(view) = tensors.tensor(value) {
            let view = view.map_err(|error| error.at(shown(&name)))?;
            // A later entry replaces the value of an earlier one, and not its place: as in Python.
            match places.get(&name) {
                Some(&at) => out[at].view = view,
                None => {
                    places.insert(name.clone(), out.len());
                    out.push(Tensor { name, view });
                }
            }
            continue;
        }
        match values::value(tensors.arena, value) {
            Value::Plain(what) => left_out.push(format!("{} ({what})", shown(&name))),
            Value::Container(what) => {
                let is_list = tensors.arena.items(value).is_some();
                let inside = match inside(tensors, value) {
                    // Ex) the packed parameters of a quantized layer.
                    Inside::Refused(reason) => return Err(refuse!("{}: holds {reason}", shown(&name))),
                    Inside::Tensors if is_list => " of tensors",
                    Inside::Tensors => ", which holds tensors of its own: --key chooses it",
                    Inside::Nothing => "",
                };
                left_out.push(format!("{} ({what}{inside})", shown(&name)));
            }
            Value::Storage => left_out.push(format!("{} (a storage, not a tensor)", shown(&name))),
            Value::Unknown if name.ends_with("_extra_state") => left_out.push(format!("{} (extra state)", shown(&name))),
            Value::Unknown => {
                return Err(refuse!(
                    "{} is no tensor but {}; save only tensors, or remove it from the dict",
                    shown(&name),
                    shown(&values::class(tensors.arena, value))
                ));
            }
        }
    }
    if out.is_empty() {
        let here = if path.is_empty() { String::new() } else { format!(" in {}", shown(&path)) };
        return Err(refuse!("there is no tensor{here}"));
    }
    if !left_out.is_empty() {
        notes.push(format!("left out {}", few(&left_out)));
    }
    Ok(Chosen { tensors: out, optimizer: None, tree: None, notes })
}

pub(super) fn few(list: &[String]) -> String {
    const MOST: usize = 5;
    let named = list.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ");
    if list.len() > MOST { format!("{named} and {} more", list.len() - MOST) } else { named }
}

enum Inside {
    /// Tensors of a kind that has no counterpart, and why.
    Refused(&'static str),
    Tensors,
    Nothing,
}

/// What a container holds, at any depth.
fn inside<S: Storages>(tensors: &Tensors<'_, S>, id: Id) -> Inside {
    let (mut seen, mut open, mut found) = (HashSet::new(), vec![id], Inside::Nothing);
    while let Some(id) = open.pop() {
        if let Some(reason) = tensors.refusal(id) {
            return Inside::Refused(reason);
        }
        if tensors.is_tensor(id) {
            found = Inside::Tensors;
        } else if seen.insert(id) {
            open.extend(tensors.arena.items(id).unwrap_or_default());
            open.extend(tensors.arena.entries(id).unwrap_or_default().iter().map(|&(_, value)| value));
        }
    }
    found
}

/// The items of a list by their numbers.
fn numbered(arena: &Arena, id: Id) -> Option<Vec<(String, Id)>> {
    Some(arena.items(id)?.iter().enumerate().map(|(i, &item)| (i.to_string(), item)).collect())
}

/// The entries of a dict by their names.
fn named(arena: &Arena, id: Id) -> Result<Vec<(String, Id)>> {
    let entries = arena.entries(id).ok_or_else(|| match arena.items(id) {
        Some(_) => refuse!("is a list, not a dict of names; save a state dict"),
        None => refuse!("is no dict of names; save a state dict"),
    })?;
    let name = |(key, value)| match arena.key(key) {
        Some(name) => Ok((name, value)),
        None => Err(refuse!("a key of its dict is neither text nor a number")),
    };
    entries.into_iter().map(name).collect()
}

/// Whether an object is a module, or a dict with a tensor among its values. Optimizers keep theirs deeper.
fn holds_weights<S: Storages>(tensors: &Tensors<'_, S>, id: Id) -> bool {
    module::is_module(tensors.arena, id)
        || tensors.arena.entries(id).is_some_and(|entries| entries.iter().any(|&(_, value)| tensors.is_tensor(value)))
}

pub(super) fn is_optimizer(arena: &Arena, id: Id) -> bool {
    // It has a handful of entries: large dicts are not looked through at every mention.
    const MOST: usize = 256;
    if arena.size_of_dict(id) > MOST {
        return false;
    }
    let Some(entries) = arena.entries(id) else { return false };
    let has = |name| entries.iter().any(|(key, _)| arena.text(*key) == Some(name));
    has("state") && has("param_groups")
}

/// Follows `a.b`; keys may hold dots themselves.
fn by_key<S: Storages>(tensors: &Tensors<'_, S>, root: Id, path: &str) -> Result<Id> {
    let arena = tensors.arena;
    let mut at = root;
    let mut rest = path;
    while !rest.is_empty() {
        let entries = if module::is_module(arena, at) {
            return Err(refuse!("--key {}: what lies in front of {} is a module", shown(path), shown(rest)));
        } else if let Some(items) = numbered(arena, at) {
            items
        } else {
            let entries = arena.entries(at).unwrap_or_default();
            entries.into_iter().filter_map(|(key, value)| Some((arena.key(key)?, value))).collect()
        };
        // The longest key wins.
        let found = entries
            .iter()
            .rev()
            .filter(|(key, _)| rest.strip_prefix(key.as_str()).is_some_and(|tail| tail.is_empty() || tail.starts_with('.')))
            .max_by_key(|(key, _)| key.len());
        let Some((key, value)) = found else {
            let keys = some_of(entries.iter().map(|(key, _)| key.as_str()));
            let keys = if keys.is_empty() { "nothing".to_owned() } else { keys };
            return Err(refuse!("--key {}: there is no {} among {keys}", shown(path), shown(rest)));
        };
        at = *value;
        rest = rest[key.len()..].trim_start_matches('.');
    }
    Ok(at)
}

fn search<S: Storages>(tensors: &Tensors<'_, S>, root: Id, besides: Option<&str>, notes: &mut Vec<String>) -> Result<(String, Id)> {
    let arena = tensors.arena;
    let (mut path, mut at) = (String::new(), root);
    let leads = &mut HashMap::new();
    for _ in 0..DEEPEST {
        if module::is_module(arena, at) {
            return Ok((path, at));
        }
        if is_optimizer(arena, at) {
            return Err(refuse!(
                "holds the state of an optimizer and no weights; beside the file of those, --optimizer and --optimizer-from convert it with --for"
            ));
        }
        if tensors.is_tensor(at) {
            return Err(refuse!("is a single tensor without a name; save a dict of tensors"));
        }
        // A list of state dicts is chosen from like a dict; one of tensors has no names.
        let parts = numbered(arena, at).filter(|items| items.iter().any(|(_, item)| leads_to_weights(tensors, *item, leads)));
        let entries: Vec<(String, Id)> = match parts {
            Some(parts) => parts,
            None => named(arena, at)?,
        };
        let known: Vec<(String, Id)> = KNOWN
            .iter()
            .filter_map(|known| entries.iter().rev().find(|(name, _)| name == known))
            .filter(|(_, value)| leads_to_weights(tensors, *value, leads))
            .cloned()
            .collect();
        let mut several: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        if let [(chosen, weights)] = known.as_slice() {
            let is_other = |(name, value): &&(String, Id)| {
                name != chosen
                    && leads_to_weights(tensors, *value, leads)
                    && (is_average(name) || has_same_names(tensors, *weights, *value))
            };
            several.extend(entries.iter().filter(is_other).map(|(name, _)| name.as_str()));
        }
        if several.len() > 1 {
            let names = some_of(several);
            return Err(refuse!("several parts may be the weights: {names}; choose one with --key"));
        }
        let next = match known.first() {
            Some(known) => Some(known.clone()),
            None if entries.iter().any(|&(_, value)| tensors.is_tensor(value)) => {
                // A stray tensor is no state dict because the weights lie under a name that is not known.
                let is_part = |(name, value): &&(String, Id)| !name.ends_with("_extra_state") && leads_to_weights(tensors, *value, leads);
                let parts: Vec<&str> = entries.iter().filter(is_part).map(|(name, _)| name.as_str()).collect();
                if !parts.is_empty() {
                    let here = if path.is_empty() { "\"\"" } else { path.as_str() };
                    return Err(refuse!(
                        "tensors lie beside parts that hold some of their own: {}; choose one with --key, or those beside them with --key {here}",
                        some_of(parts.iter().copied())
                    ));
                }
                None
            }
            None => {
                let candidates: Vec<&(String, Id)> =
                    entries.iter().filter(|&&(_, value)| leads_to_weights(tensors, value, leads)).collect();
                match candidates.as_slice() {
                    [] => return Err(refuse!("there is no tensor in it")),
                    [only] => Some((*only).clone()),
                    several => {
                        let names = some_of(several.iter().map(|(name, _)| name.as_str()));
                        return Err(refuse!("several parts hold tensors: {names}; choose one with --key"));
                    }
                }
            }
        };
        let Some((name, value)) = next else {
            return Ok((path, at));
        };
        let full = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        let is_read = |name: &str| {
            besides.and_then(|place| place.strip_prefix(full(name).as_str())).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let others: Vec<&(String, Id)> = entries.iter().filter(|(other, _)| *other != name && !is_read(other)).collect();
        mention(tensors, &others, leads, notes);
        path = full(&name);
        at = value;
    }
    Err(refuse!("its dicts are nested too deep; choose one with --key"))
}

/// `ema`, `model_ema`: the weights of another moment.
fn is_average(name: &str) -> bool {
    const AVERAGES: [&str; 4] = ["ema", "swa", "averaged", "shadow"];
    name.to_lowercase().split(|c: char| !c.is_alphanumeric()).any(|part| AVERAGES.contains(&part))
}

/// Whether two dicts hold tensors under the very same names: both are states of one model.
fn has_same_names<S: Storages>(tensors: &Tensors<'_, S>, a: Id, b: Id) -> bool {
    let arena = tensors.arena;
    let names = |id| -> HashSet<String> {
        let entries = arena.entries(id).unwrap_or_default().into_iter().filter(|&(_, value)| tensors.is_tensor(value));
        entries.filter_map(|(key, _)| arena.key(key)).collect()
    };
    let (a, b) = (names(a), names(b));
    !a.is_empty() && a == b
}

/// Whether an object holds weights, or is a dict that leads to them. An optimizer never does.
fn leads_to_weights<S: Storages>(tensors: &Tensors<'_, S>, id: Id, known: &mut HashMap<Id, bool>) -> bool {
    let mut seen = HashSet::new();
    let mut open = vec![id];
    let mut found = false;
    while let Some(id) = open.pop() {
        found = match known.get(&id) {
            Some(&found) => found,
            None if !matches!(tensors.arena.get(id), Node::Dict(_) | Node::Call(_))
                || !seen.insert(id)
                || is_optimizer(tensors.arena, id) =>
            {
                false
            }
            None if holds_weights(tensors, id) => true,
            None => {
                open.extend(tensors.arena.entries(id).unwrap_or_default().iter().map(|&(_, value)| value));
                false
            }
        };
        if found {
            break;
        }
    }
    if found {
        known.insert(id, true);
    } else {
        known.extend(seen.into_iter().map(|id| (id, false)));
    }
    found
}

/// Other things than the chosen one that a user may have wanted.
fn mention<S: Storages>(tensors: &Tensors<'_, S>, entries: &[&(String, Id)], leads: &mut HashMap<Id, bool>, notes: &mut Vec<String>) {
    let mut weights = Vec::new();
    let mut others = Vec::new();
    for (name, value) in entries {
        if is_optimizer(tensors.arena, *value) {
            others.push(format!("{} (the state of an optimizer)", shown(name)));
        } else if tensors.is_tensor(*value) {
            others.push(format!("{} (a tensor)", shown(name)));
        } else if leads_to_weights(tensors, *value, leads) {
            weights.push(name.as_str());
        } else {
            others.push(shown(name));
        }
    }
    if !weights.is_empty() {
        notes.push(format!("left out {}, which --key chooses", some_of(weights)));
    }
    if !others.is_empty() {
        notes.push(format!("left out {}", few(&others)));
    }
}
