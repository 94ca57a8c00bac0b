//! Safetensors: a length, a header of JSON, the bytes without gaps.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::engine::{Placed, fill};
use super::place::Place;
use super::{WriteOptions, Written};
use crate::error::{Result, refuse, shown};
use crate::output::OutputTensor;
use crate::source::{io_error, write_all_at};

/// The largest header that readers take.
const LARGEST_HEADER: usize = 100_000_000;

pub(super) fn write_one(outputs: &[OutputTensor], path: &Path, options: &WriteOptions<'_>) -> Result<Written> {
    let place = Place::new(path)?;
    let mut written = Written::default();
    one(&outputs.iter().collect::<Vec<_>>(), &place, options, &mut written)?;
    written.files.push(place.finish()?);
    Ok(written)
}

/// Large elements first, then by name: aligned, and the same bytes for the same tensors.
fn one(outputs: &[&OutputTensor], place: &Place, options: &WriteOptions<'_>, written: &mut Written) -> Result<()> {
    let mut sorted = outputs.to_vec();
    sorted.sort_by(|a, b| b.dtype.size().cmp(&a.dtype.size()).then_with(|| a.name.cmp(&b.name)));
    let mut header = Map::new();
    if !options.metadata.is_empty() {
        header.insert(
            "__metadata__".into(),
            options.metadata.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect(),
        );
    }
    let mut offset = 0u64;
    let mut placed = Vec::with_capacity(sorted.len());
    for tensor in sorted {
        let dtype = tensor.dtype.safetensors().ok_or_else(|| refuse!("{}: safetensors holds no {}", shown(&tensor.name), tensor.dtype))?;
        let end = offset + tensor.bytes();
        header.insert(tensor.name.clone(), json!({ "dtype": dtype, "shape": tensor.shape, "data_offsets": [offset, end] }));
        placed.push(Placed { tensor, offset });
        offset = end;
    }
    let mut header = Value::Object(header).to_string().into_bytes();
    header.resize(header.len().next_multiple_of(8), b' ');
    if header.len() > LARGEST_HEADER {
        return Err(refuse!("a header of {} bytes, and readers take {LARGEST_HEADER}; split the checkpoint", header.len()));
    }
    let start = 8 + header.len() as u64;
    placed.iter_mut().for_each(|place| place.offset += start);
    let file = place.file();
    // Room for all of it: a full disk says so before the work, where the file system knows.
    file.set_len(start + offset).map_err(|error| io_error(&error))?;
    write_all_at(file, 0, &(header.len() as u64).to_le_bytes()).map_err(|error| io_error(&error))?;
    write_all_at(file, 8, &header).map_err(|error| io_error(&error))?;
    let filled = fill(file, &placed, false, options.progress)?;
    for (place, filled) in placed.iter().zip(filled).filter(|(_, filled)| filled.overflows > 0) {
        written.overflowed.push((place.tensor.name.clone(), filled.overflows));
    }
    written.bytes += start + offset;
    Ok(())
}

/// `model-00001-of-00003.safetensors` and the index that names them, in the order of the tensors.
pub(super) fn write_shards(outputs: &[OutputTensor], path: &Path, most: u64, options: &WriteOptions<'_>) -> Result<Written> {
    let (folder, stem) = match super::Format::of_path(path) {
        Some(_) => {
            (path.parent().map(Path::to_owned).unwrap_or_default(), path.file_stem().unwrap_or_default().to_string_lossy().into_owned())
        }
        None => (path.to_owned(), "model".to_owned()),
    };
    let made = !folder.as_os_str().is_empty() && !folder.exists();
    if made {
        std::fs::create_dir(&folder).map_err(|error| refuse!("can't make `{}`: {}", folder.display(), io_error(&error)))?;
    }
    let done = shards(outputs, &folder, &stem, most, options);
    if done.is_err() && made {
        // Only if nothing else was put there meanwhile.
        let _ = std::fs::remove_dir(&folder);
    }
    done
}

fn shards(outputs: &[OutputTensor], folder: &Path, stem: &str, most: u64, options: &WriteOptions<'_>) -> Result<Written> {
    let mut groups: Vec<Vec<&OutputTensor>> = vec![Vec::new()];
    let mut size = 0;
    for tensor in outputs {
        if size > 0 && size + tensor.bytes() > most {
            groups.push(Vec::new());
            size = 0;
        }
        size += tensor.bytes();
        if let Some(group) = groups.last_mut() {
            group.push(tensor);
        }
    }
    if let [only] = groups.as_slice() {
        let place = Place::new(&folder.join(format!("{stem}.safetensors")))?;
        let mut written = Written::default();
        one(only, &place, options, &mut written)?;
        written.files.push(place.finish()?);
        return Ok(written);
    }
    let mut written = Written::default();
    let mut places = Vec::new();
    let mut weight_map = Map::new();
    let total: u64 = outputs.iter().map(OutputTensor::bytes).sum();
    for (i, group) in groups.iter().enumerate() {
        let name = format!("{stem}-{:05}-of-{:05}.safetensors", i + 1, groups.len());
        let place = Place::new(&folder.join(&name))?;
        one(group, &place, options, &mut written)?;
        places.push(place);
        weight_map.extend(group.iter().map(|tensor| (tensor.name.clone(), Value::from(name.as_str()))));
    }
    let index = json!({ "metadata": { "total_size": total }, "weight_map": weight_map });
    let text = format!("{index:#}\n");
    let index = Place::new(&folder.join(format!("{stem}.safetensors.index.json")))?;
    write_all_at(index.file(), 0, text.as_bytes()).map_err(|error| io_error(&error))?;
    written.bytes += text.len() as u64;
    // The index comes last: without it the shards are none.
    let mut files = places.into_iter().map(Place::finish).collect::<Result<Vec<_>>>()?;
    files.insert(0, index.finish()?);
    written.files = files;
    Ok(written)
}
