//! Files that people take for checkpoints, with advice.

use crate::error::{Error, refuse};
use crate::source::Source;

/// Where a tar says that it is one.
const TAR_MAGIC: u64 = 257;

pub(crate) fn recognise(head: &[u8], source: &Source) -> Option<Error> {
    let text = head.trim_ascii_start();
    let starts = |magic: &[u8]| head.starts_with(magic);
    if head.is_empty() {
        return Some(refuse!("the file is empty"));
    }
    if starts(b"version https://git-lfs") {
        return Some(refuse!("is a pointer of Git LFS, not the file itself; run `git lfs pull`"));
    }
    if text.len() >= 5 && (text[..5].eq_ignore_ascii_case(b"<!doc") || text[..5].eq_ignore_ascii_case(b"<html")) {
        return Some(refuse!("is a web page; the download went wrong"));
    }
    if starts(b"\x1f\x8b") {
        return Some(refuse!("is compressed with gzip; unpack it first"));
    }
    if starts(b"BZh") || starts(b"\xfd7zXZ") || starts(b"\x28\xb5\x2f\xfd") || starts(b"7z\xbc\xaf") {
        return Some(refuse!("is compressed; unpack it first"));
    }
    if starts(b"GGUF") || starts(b"GGML") || starts(b"lmgg") {
        return Some(refuse!("is a GGUF file, which `mx.load` reads itself"));
    }
    if starts(b"\x89HDF\r\n\x1a\n") {
        return Some(refuse!("is an HDF5 file (Keras, TensorFlow), not a PyTorch checkpoint"));
    }
    if starts(b"\x93NUMPY") {
        return Some(refuse!("is a single NumPy array without a name, which `mx.load` reads itself"));
    }
    let mut magic = [0; 5];
    if source.read_at(TAR_MAGIC, &mut magic).is_ok() && magic == *b"ustar" {
        return Some(refuse!("is a tar archive (PyTorch 0.1, or a folder that was packed); unpack it, or load and save it with PyTorch"));
    }
    None
}

/// What is left.
pub(crate) fn unknown(head: &[u8]) -> Error {
    if head.first() == Some(&0x80) {
        return refuse!("is a plain pickle and not made by torch.save; load it in Python and save a dict of tensors with `torch.save`");
    }
    if head.get(4..8) == Some(b"ftyp") || head.starts_with(b"\x08") || head.starts_with(b"ONNX") {
        return refuse!("is no checkpoint of PyTorch; save the `state_dict()` with `torch.save`");
    }
    if head.trim_ascii_start().first() == Some(&b'{') {
        return refuse!("is JSON without a `weight_map`; name the index, the folder, or the file with the weights");
    }
    refuse!("is no checkpoint that is known here (torch.save, safetensors, npz, or a folder or index of them)")
}
