//! Safetensors. What the format forbids and readers let pass is refused: overlaps, holes, bytes behind the end, names twice.

use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, IgnoredAny, MapAccess, Visitor};

use crate::checkpoint::{Checkpoint, Kind, OpenOptions, Tensor};
use crate::dtype::Dtype;
use crate::error::{Result, refuse, shown};
use crate::source::Source;
use crate::view::{Storage, View};

const LARGEST_HEADER: u64 = 100_000_000;

pub(crate) fn read(source: &Arc<Source>, options: &OpenOptions) -> Result<Checkpoint> {
    let mut length = [0; 8];
    source.read_at(0, &mut length)?;
    let length = u64::from_le_bytes(length);
    if length > LARGEST_HEADER {
        return Err(refuse!("a safetensors header of {length} bytes, and {LARGEST_HEADER} is the limit; the file is damaged"));
    }
    let start = 8 + length;
    if start > source.len() {
        return Err(refuse!("the file ends within its header; it is truncated"));
    }
    let bytes = source.vec_at(8, length as usize)?;
    let header: Header = serde_json::from_slice(&bytes).map_err(|error| refuse!("the safetensors header can't be read: {error}"))?;
    drop(bytes);
    let mut ends: Vec<(u64, u64)> = Vec::with_capacity(header.0.len());
    let mut names: Vec<&str> = Vec::with_capacity(header.0.len());
    for (name, info) in &header.0 {
        let [begin, end] = info.data_offsets;
        if begin > end {
            return Err(refuse!("{}: the offsets {begin} and {end} are out of order", shown(name)));
        }
        ends.push((begin, end));
        names.push(name);
    }
    names.sort_unstable();
    if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(refuse!("{} is in the header twice", shown(twice[0])));
    }
    ends.sort_unstable();
    let mut last = 0;
    for (begin, end) in ends {
        if begin != last {
            return Err(refuse!(
                "the tensors {} at byte {last}; the file is damaged",
                if begin < last { "overlap" } else { "leave a hole" }
            ));
        }
        last = end;
    }
    if start.checked_add(last) != Some(source.len()) {
        let is = if start.saturating_add(last) > source.len() { "truncated" } else { "longer than its header says" };
        return Err(refuse!("the file is {is}: {} bytes, and {} are described", source.len(), start.saturating_add(last)));
    }
    let mut tensors = Vec::with_capacity(header.0.len());
    for (name, info) in header.0 {
        let view = view(source, start, &info).map_err(|error| error.at(shown(&name)))?;
        tensors.push(Tensor { name, view });
    }
    let mut notes = Vec::new();
    if let Some(key) = &options.key {
        super::names::choose(&mut tensors, key, &mut notes)?;
    }
    Ok(Checkpoint { kind: Kind::Safetensors, tensors, optimizer: None, tree: None, notes, size: source.len() })
}

fn view(source: &Arc<Source>, start: u64, info: &Info) -> Result<View> {
    let dtype = Dtype::from_safetensors(&info.dtype)
        .ok_or_else(|| refuse!("the dtype {} is not known here; convert it to a float before saving", shown(&info.dtype)))?;
    let [begin, end] = info.data_offsets;
    let storage = Storage::new(Arc::clone(source), start + begin, end - begin)?;
    let view = View::contiguous(storage, dtype, info.shape.clone())?;
    if view.bytes() != end - begin {
        return Err(refuse!("a {dtype} of shape {:?} has {} bytes, and the file has {}", info.shape, view.bytes(), end - begin));
    }
    Ok(view)
}

#[derive(Deserialize)]
struct Info {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: [u64; 2],
}

/// The tensors in the order of the header, duplicates included.
struct Header(Vec<(String, Info)>);

impl<'de> Deserialize<'de> for Header {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Header;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tensors")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<Header, A::Error> {
                let mut out = Vec::new();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "__metadata__" {
                        map.next_value::<IgnoredAny>()?;
                    } else {
                        out.push((name, map.next_value()?));
                    }
                }
                Ok(Header(out))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}
