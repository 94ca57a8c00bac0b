//! The format of `torch.save` before 1.6: five pickles in a row, then for each storage its number of elements and its bytes.

use std::collections::HashMap;
use std::sync::Arc;

use super::choose;
use super::tensors::{Key, Storages, Tensors, storage_key};
use crate::checkpoint::{Checkpoint, Kind, OpenOptions};
use crate::dtype::Dtype;
use crate::error::{Result, refuse, shown};
use crate::read::pickle::{Arena, Cursor, Id, Node, load};
use crate::source::Source;
use crate::view::Storage;

/// `0x1950a86a20f9469cfc6c` as LONG1, which follows the protocol and, since protocol 4, a frame.
pub(crate) const MAGIC: &[u8] = b"\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";

pub(crate) fn read(source: &Arc<Source>, options: &OpenOptions) -> Result<Checkpoint> {
    let mut cursor = Cursor::new(source, 0, source.len());
    let mut arena = Arena::default();
    let _magic = load(&mut cursor, &mut arena)?;
    let version = load(&mut cursor, &mut arena)?;
    if !matches!(arena.get(version), Node::Int(1001)) {
        return Err(refuse!("a version of torch.save's legacy format that is not known"));
    }
    let system = load(&mut cursor, &mut arena)?;
    let little = arena.entries(system).unwrap_or_default().into_iter().find(|(key, _)| arena.text(*key) == Some("little_endian"));
    let big_endian = little.is_some_and(|(_, value)| matches!(arena.get(value), Node::Bool(false)));
    let before = arena.ids().end;
    let object = load(&mut cursor, &mut arena)?;
    let sizes = element_sizes(&arena, before)?;
    let keys = load(&mut cursor, &mut arena)?;
    let keys = arena.items(keys).ok_or_else(|| refuse!("the list of storages is damaged"))?.to_vec();
    let mut known = HashMap::with_capacity(keys.len());
    for id in keys {
        let key = arena.key(id).ok_or_else(|| refuse!("the list of storages is damaged"))?;
        let count = u64::from_le_bytes(cursor.array()?);
        let size = *sizes.get(&key).ok_or_else(|| refuse!("no tensor tells the size of the storage {}", shown(&key)))?;
        let bytes = count
            .checked_mul(size)
            .filter(|&bytes| bytes <= cursor.left())
            .ok_or_else(|| refuse!("the file ends within its storages; it is truncated"))?;
        let mut storage = Storage::new(Arc::clone(source), cursor.position(), bytes)?;
        storage.big_endian = big_endian;
        cursor.skip(bytes)?;
        if known.insert(key.clone(), storage).is_some() {
            return Err(refuse!("the storage {} is listed twice", shown(&key)));
        }
    }
    let mut tensors = Tensors::new(&arena, Known(known));
    let chosen = choose::choose(&mut tensors, object, options)?;
    Ok(Checkpoint {
        kind: Kind::TorchLegacy,
        tensors: chosen.tensors,
        optimizer: chosen.optimizer,
        tree: chosen.tree,
        notes: chosen.notes,
        size: source.len(),
    })
}

/// Bytes of an element by storage. Only the persistent ids tell.
fn element_sizes(arena: &Arena, first: Id) -> Result<HashMap<String, u64>> {
    let mut out = HashMap::new();
    for id in arena.ids().skip_while(|&id| id < first) {
        let Node::Persistent(key) = arena.get(id) else { continue };
        // ('module', class, file, source): a module's code, which nobody needs.
        if arena.items(*key).and_then(|items| arena.text(*items.first()?)) == Some("module") {
            continue;
        }
        let key = storage_key(arena, *key)?;
        let size = key.dtype.map_or(1, Dtype::size) as u64;
        if out.insert(key.name.clone().into_owned(), size).is_some_and(|before| before != size) {
            return Err(refuse!("the storage {} has elements of two sizes", shown(&key.name)));
        }
    }
    Ok(out)
}

struct Known(HashMap<String, Storage>);

impl Storages for Known {
    fn get(&mut self, key: &Key<'_>) -> Result<Storage> {
        self.0.get(&*key.name).cloned().ok_or_else(|| refuse!("the storage {} is missing; the file is damaged", shown(&key.name)))
    }
}
