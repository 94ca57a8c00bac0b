//! Several files with an index, or the folder that holds them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::checkpoint::{Checkpoint, Kind, OpenOptions, Tensor};
use crate::error::{Result, refuse, shown, some_of};
use crate::source::Source;

const LARGEST_INDEX: u64 = 256 << 20;
/// What a folder is looked through for, in this order.
const INDICES: [&str; 2] = ["model.safetensors.index.json", "pytorch_model.bin.index.json"];
const SINGLES: [&str; 2] = ["model.safetensors", "pytorch_model.bin"];

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

/// An index is JSON. Safetensors start with the length of theirs.
pub(crate) fn is_index(path: &Path, source: &Source) -> bool {
    let named = path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(".json"));
    named && source.head(64).is_ok_and(|head| head.trim_ascii_start().first() == Some(&b'{'))
}

pub(crate) fn read_folder(path: &Path, options: &OpenOptions) -> Result<Checkpoint> {
    let there = |name: &&&str| path.join(name).is_file();
    if let Some(name) = INDICES.iter().find(there) {
        let path = path.join(name);
        return read_index(&path, &*Source::open(&path)?, options);
    }
    if let Some(name) = SINGLES.iter().find(there) {
        return super::single(&Source::open(&path.join(name))?, options).map_err(|error| error.at(shown(name)));
    }
    if path.join(".metadata").is_file() {
        return Err(refuse!(
            "is a folder of torch.distributed.checkpoint; run `python -m torch.distributed.checkpoint.format_utils dcp_to_torch DIR FILE` and convert FILE"
        ));
    }
    // Others' names: one index, or one file.
    let names = std::fs::read_dir(path).map_err(|error| crate::source::io_error(&error))?;
    let mut names: Vec<String> = names.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    let ending = |ends: &[&str]| names.iter().filter(|name| ends.iter().any(|end| name.ends_with(end))).cloned().collect::<Vec<_>>();
    let indices = ending(&[".safetensors.index.json", ".bin.index.json"]);
    let files = ending(&[".safetensors", ".bin", ".pt", ".pth", ".ckpt"]);
    match (indices.as_slice(), files.as_slice()) {
        ([index], _) => {
            let path = path.join(index);
            read_index(&path, &*Source::open(&path)?, options)
        }
        ([], [file]) => super::single(&Source::open(&path.join(file))?, options).map_err(|error| error.at(shown(file))),
        ([], []) => Err(refuse!("is a folder without weights (no `model.safetensors`, `pytorch_model.bin` or index)")),
        (several, files) => {
            let all = if several.len() > 1 { several } else { files };
            Err(refuse!("is a folder with several files: {}; name one of them", some_of(all.iter().map(String::as_str))))
        }
    }
}

pub(crate) fn read_index(path: &Path, source: &Source, options: &OpenOptions) -> Result<Checkpoint> {
    if source.len() > LARGEST_INDEX {
        return Err(refuse!("an index of {} bytes; the file is damaged", source.len()));
    }
    let bytes = source.vec_at(0, source.len() as usize)?;
    let index: Index = serde_json::from_slice(&bytes).map_err(|error| refuse!("the index can't be read: {error}"))?;
    drop(bytes);
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut files: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, file) in &index.weight_map {
        let plain = !file.is_empty() && !file.contains(['/', '\\', '\0']) && file != ".." && file != ".";
        if !plain {
            return Err(refuse!("the index names the file {}, which does not lie beside it", shown(file)));
        }
        files.entry(file).or_default().push(name);
    }
    if files.is_empty() {
        return Err(refuse!("the index names no tensor"));
    }
    let mut tensors: Vec<Tensor> = Vec::new();
    let mut notes = Vec::new();
    let mut size = source.len();
    for (file, mut names) in files {
        let shard = super::single(&Source::open(&folder.join(file)).map_err(|error| error.at(shown(file)))?, options);
        let shard = shard.map_err(|error| error.at(shown(file)))?;
        size += shard.size;
        notes.extend(shard.notes.into_iter().map(|note| format!("{file}: {note}")));
        let mut extra = Vec::new();
        for tensor in shard.tensors {
            match index.weight_map.get(&tensor.name) {
                Some(owner) if owner == file => tensors.push(tensor),
                _ => extra.push(tensor.name),
            }
        }
        if !extra.is_empty() {
            notes.push(format!("{file}: left out {}, which the index does not name", some_of(extra.iter().map(String::as_str))));
        }
        let here: std::collections::HashSet<&str> = tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        names.retain(|name| !here.contains(name));
        if !names.is_empty() {
            names.sort_unstable();
            return Err(refuse!("{}: the index promises {}, which it does not hold", shown(file), some_of(names)));
        }
    }
    Ok(Checkpoint { kind: Kind::Sharded, tensors, optimizer: None, tree: None, notes, size })
}
