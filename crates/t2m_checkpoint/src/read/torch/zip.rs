//! The format of `torch.save` since 1.6: a zip archive of `data.pkl` and a record for each storage.

use std::collections::HashMap;

use super::choose;
use super::tensors::{Key, Storages, Tensors};
use crate::checkpoint::{Checkpoint, Kind, OpenOptions};
use crate::error::{Result, refuse, shown};
use crate::read::pickle::{Arena, Cursor, load};
use crate::read::zip::Zip;
use crate::view::Storage;

/// `None` where the archive is none of PyTorch's.
pub(crate) fn read(zip: &Zip, options: &OpenOptions) -> Result<Option<Checkpoint>> {
    let mut pickles = zip.entries.iter().filter(|entry| entry.name == "data.pkl" || entry.name.ends_with("/data.pkl"));
    let first = pickles.next();
    // Files below a folder of the archive (`code/data.pkl`) are no second one.
    let pickle = match (first, pickles.next()) {
        (None, _) => return strangers(zip),
        (Some(first), None) => first,
        (Some(first), Some(second)) => {
            return Err(refuse!("holds two pickles, {} and {}; the file is damaged or hostile", shown(&first.name), shown(&second.name)));
        }
    };
    let root = pickle.name.strip_suffix("data.pkl").unwrap_or_default();
    if zip.get(&format!("{root}constants.pkl")).is_some() {
        return Err(refuse!("is a TorchScript archive; load it with `torch.jit.load` and save its `state_dict()` with `torch.save`"));
    }
    if zip.get(&format!("{root}archive_format")).is_some() {
        return Err(refuse!("is an archive of torch.export; save the module's `state_dict()` with `torch.save` instead"));
    }
    let big_endian = match zip.get(&format!("{root}byteorder")) {
        None => false,
        Some(entry) => {
            let (start, size) = entry.stored()?;
            match zip.source.vec_at(start, size.min(16) as usize)?.trim_ascii() {
                b"little" => false,
                b"big" => true,
                other => return Err(refuse!("the byte order {} is not known", shown(&String::from_utf8_lossy(other)))),
            }
        }
    };
    let (start, size) = pickle.stored()?;
    let mut arena = Arena::default();
    let object = load(&mut Cursor::new(&zip.source, start, size), &mut arena)?;
    let records = Records { zip, prefix: format!("{root}data/"), big_endian, known: HashMap::new() };
    let mut tensors = Tensors::new(&arena, records);
    let chosen = choose::choose(&mut tensors, object, options)?;
    Ok(Some(Checkpoint {
        kind: Kind::TorchZip,
        tensors: chosen.tensors,
        optimizer: chosen.optimizer,
        tree: chosen.tree,
        notes: chosen.notes,
        size: zip.source.len(),
    }))
}

/// Archives with advice.
fn strangers(zip: &Zip) -> Result<Option<Checkpoint>> {
    let has = |end: &str| zip.entries.iter().any(|entry| entry.name.ends_with(end));
    if has("archive_format") || has("models/model.json") || has("serialized_exported_program.json") {
        return Err(refuse!("is an archive of torch.export; save the module's `state_dict()` with `torch.save` instead"));
    }
    if has("model.json") && has("tensors/0") {
        return Err(refuse!("is an archive of an early torch.jit; save the module's `state_dict()` with `torch.save` instead"));
    }
    Ok(None)
}

struct Records<'a> {
    zip: &'a Zip,
    prefix: String,
    big_endian: bool,
    known: HashMap<String, Storage>,
}

impl Storages for Records<'_> {
    fn get(&mut self, key: &Key<'_>) -> Result<Storage> {
        if let Some(storage) = self.known.get(&*key.name) {
            return Ok(storage.clone());
        }
        let name = format!("{}{}", self.prefix, key.name);
        let entry = self.zip.get(&name).ok_or_else(|| refuse!("the record {} is missing; the file is damaged", shown(&name)))?;
        let (start, size) = entry.stored()?;
        let mut storage = Storage::new(std::sync::Arc::clone(&self.zip.source), start, size)?;
        storage.big_endian = self.big_endian;
        self.known.insert(key.name.clone().into_owned(), storage.clone());
        Ok(storage)
    }
}
