//! Checkpoints as PyTorch would never write them: pickles opcode by opcode, archives record by record.

pub(crate) fn text(value: &str) -> Vec<u8> {
    [b"X".as_slice(), &(value.len() as u32).to_le_bytes(), value.as_bytes()].concat()
}

pub(crate) fn int(value: i64) -> Vec<u8> {
    [b"\x8a\x08".as_slice(), &value.to_le_bytes()].concat()
}

pub(crate) fn global(module: &str, name: &str) -> Vec<u8> {
    format!("c{module}\n{name}\n").into_bytes()
}

pub(crate) fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [b"(".to_vec(), items.concat(), b"t".to_vec()].concat()
}

pub(crate) fn dict(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let items: Vec<u8> = entries.iter().flat_map(|(key, value)| [text(key), value.clone()].concat()).collect();
    [b"}(".to_vec(), items, b"u".to_vec()].concat()
}

pub(crate) fn call(func: Vec<u8>, args: Vec<u8>) -> Vec<u8> {
    [func, args, b"R".to_vec()].concat()
}

pub(crate) fn numbers(values: &[i64]) -> Vec<u8> {
    tuple(&values.iter().map(|&value| int(value)).collect::<Vec<_>>())
}

/// A float32 tensor on a storage of so many elements.
pub(crate) fn tensor(key: &str, count: i64, offset: i64, size: &[i64], stride: &[i64]) -> Vec<u8> {
    let id = tuple(&[text("storage"), global("torch", "FloatStorage"), text(key), text("cpu"), int(count)]);
    let storage = [id, b"Q".to_vec()].concat();
    let hooks = call(global("collections", "OrderedDict"), tuple(&[]));
    let args = tuple(&[storage, int(offset), numbers(size), numbers(stride), b"\x89".to_vec(), hooks]);
    call(global("torch._utils", "_rebuild_tensor_v2"), args)
}

/// A whole pickle.
pub(crate) fn pickle(body: Vec<u8>) -> Vec<u8> {
    [b"\x80\x02".to_vec(), body, b".".to_vec()].concat()
}

/// A record of an archive and what its headers say.
pub(crate) struct Record {
    pub(crate) name: &'static str,
    pub(crate) content: Vec<u8>,
    pub(crate) method: u16,
    pub(crate) flags: u16,
    /// The size that the directory says.
    pub(crate) size: Option<u32>,
    /// Where the directory says that it is.
    pub(crate) offset: Option<u32>,
}

pub(crate) fn record(name: &'static str, content: impl Into<Vec<u8>>) -> Record {
    Record { name, content: content.into(), method: 0, flags: 0, size: None, offset: None }
}

pub(crate) fn archive(records: &[Record]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut directory = Vec::new();
    let u16s = |out: &mut Vec<u8>, fields: &[u16]| fields.iter().for_each(|field| out.extend(field.to_le_bytes()));
    let u32s = |out: &mut Vec<u8>, fields: &[u32]| fields.iter().for_each(|field| out.extend(field.to_le_bytes()));
    for record in records {
        let offset = out.len() as u32;
        let (packed, size) = (record.content.len() as u32, record.size.unwrap_or(record.content.len() as u32));
        let stored = if record.method == 0 { size } else { packed };
        out.extend(b"PK\x03\x04");
        u16s(&mut out, &[20, record.flags, record.method, 0, 33]);
        u32s(&mut out, &[0, stored, size]);
        u16s(&mut out, &[record.name.len() as u16, 0]);
        out.extend(record.name.as_bytes());
        out.extend(&record.content);
        directory.extend(b"PK\x01\x02");
        u16s(&mut directory, &[20, 20, record.flags, record.method, 0, 33]);
        u32s(&mut directory, &[0, stored, size]);
        u16s(&mut directory, &[record.name.len() as u16, 0, 0, 0, 0]);
        u32s(&mut directory, &[0, record.offset.unwrap_or(offset)]);
        directory.extend(record.name.as_bytes());
    }
    let (at, size, count) = (out.len() as u32, directory.len() as u32, records.len() as u16);
    out.extend(directory);
    out.extend(b"PK\x05\x06");
    u16s(&mut out, &[0, 0, count, count]);
    u32s(&mut out, &[size, at]);
    u16s(&mut out, &[0]);
    out
}

/// A file of torch.save with one storage of 16 bytes, `0`.
pub(crate) fn checkpoint(body: Vec<u8>) -> Vec<u8> {
    archive(&[record("a/data.pkl", pickle(body)), record("a/version", "3\n"), record("a/data/0", vec![0; 16])])
}
