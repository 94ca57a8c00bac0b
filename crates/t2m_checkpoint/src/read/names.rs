//! Names: what wrappers put in front, and what users rename.

use std::collections::{BTreeSet, HashSet};

use crate::checkpoint::Tensor;
use crate::error::{Result, refuse, shown, some_of};

/// Parts that wrappers of PyTorch insert, anywhere.
const WRAPPERS: [&str; 3] = ["_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"];
/// What data parallel wrappers put in front of all names.
const PARALLEL: &str = "module.";

/// Removes wrappers. `module.` goes only while all names have it: it is an honest attribute name, too.
pub(crate) fn unwrap(tensors: &mut [Tensor], notes: &mut Vec<String>) -> Result<()> {
    let mut removed: Vec<&str> = Vec::new();
    for wrapper in WRAPPERS {
        for tensor in &mut *tensors {
            if tensor.name.split('.').any(|part| part == wrapper) {
                tensor.name = tensor.name.split('.').filter(|part| *part != wrapper).collect::<Vec<_>>().join(".");
                if !removed.contains(&wrapper) {
                    removed.push(wrapper);
                }
            }
        }
    }
    while !tensors.is_empty() && tensors.iter().all(|tensor| tensor.name.len() > PARALLEL.len() && tensor.name.starts_with(PARALLEL)) {
        for tensor in &mut *tensors {
            tensor.name.drain(..PARALLEL.len());
        }
        if !removed.contains(&"module") {
            removed.push("module");
        }
    }
    if !removed.is_empty() {
        notes.push(format!("took {} off the names", removed.iter().map(|part| format!("`{part}.`")).collect::<Vec<_>>().join(", ")));
        unique(tensors)?;
    }
    Ok(())
}

/// Chooses the tensors below `key` of a file that knows no dicts in each other: a port saves them under names with dots.
pub(crate) fn choose(tensors: &mut Vec<Tensor>, key: &str, notes: &mut Vec<String>) -> Result<()> {
    let (front, all) = (format!("{}.", key.trim_end_matches('.')), tensors.len());
    if !tensors.iter().any(|tensor| tensor.name.starts_with(&front) && tensor.name.len() > front.len()) {
        let parts: BTreeSet<&str> = tensors.iter().filter_map(|tensor| tensor.name.split('.').next()).collect();
        return Err(refuse!("--key {}: no name starts with `{front}`, but with {}", shown(key), some_of(parts)));
    }
    tensors.retain(|tensor| tensor.name.starts_with(&front) && tensor.name.len() > front.len());
    if tensors.len() < all {
        notes.push(format!("left out {} tensors that are not below `{front}`", all - tensors.len()));
    }
    tensors.iter_mut().for_each(|tensor| drop(tensor.name.drain(..front.len())));
    Ok(())
}

/// Replaces a name, or the parts that it starts with. `to` may be empty.
pub(crate) fn rename(tensors: &mut [Tensor], from: &str, to: &str) -> Result<usize> {
    let (from, to) = (from.trim_end_matches('.'), to.trim_end_matches('.'));
    let mut renamed = 0;
    for tensor in &mut *tensors {
        let rest = match tensor.name.strip_prefix(from) {
            Some("") => "",
            Some(rest) => match rest.strip_prefix('.') {
                Some(rest) => rest,
                None => continue,
            },
            None => continue,
        };
        let name = if rest.is_empty() || to.is_empty() { format!("{to}{rest}") } else { format!("{to}.{rest}") };
        if name.is_empty() {
            return Err(refuse!("{} would have no name", shown(&tensor.name)));
        }
        tensor.name = name;
        renamed += 1;
    }
    unique(tensors)?;
    Ok(renamed)
}

fn unique(tensors: &[Tensor]) -> Result<()> {
    let mut seen = HashSet::with_capacity(tensors.len());
    match tensors.iter().find(|tensor| !seen.insert(tensor.name.as_str())) {
        Some(twice) => Err(refuse!("two tensors would be called {}", shown(&twice.name))),
        None => Ok(()),
    }
}
