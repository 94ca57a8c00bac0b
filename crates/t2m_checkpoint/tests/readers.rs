//! Files that PyTorch and NumPy wrote, whole and damaged.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};

use serde_json::Value;
use t2m_checkpoint::{Checkpoint, Format, OpenOptions, WriteOptions, verify, write};

fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/files")
}

fn expected() -> serde_json::Map<String, Value> {
    let text = std::fs::read_to_string(files().join("expected.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// Of the file that holds weights and their average, the weights.
fn options(name: &str) -> OpenOptions {
    OpenOptions { key: (name == "training.pt").then(|| "model".to_owned()), ..OpenOptions::default() }
}

#[test]
fn every_format_is_read_as_its_writer_meant_it() {
    for (name, tensors) in expected() {
        let checkpoint = Checkpoint::open(&files().join(&name), &options(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let names: Vec<&str> = checkpoint.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names, tensors.as_object().unwrap().keys().collect::<Vec<_>>(), "{name}");
        for tensor in &checkpoint.tensors {
            let there = &tensors[&tensor.name];
            assert_eq!(there["dtype"], tensor.view.dtype().name(), "{name} {}", tensor.name);
            assert_eq!(there["shape"], serde_json::json!(tensor.view.shape()), "{name} {}", tensor.name);
            let values: Vec<f64> = there["values"].as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect();
            assert_eq!(tensor.view.read_f64().unwrap(), values, "{name} {}", tensor.name);
        }
    }
}

#[test]
fn what_is_written_is_verified() {
    let folder = tempfile::tempdir().unwrap();
    for (name, _) in expected() {
        let checkpoint = Checkpoint::open(&files().join(&name), &options(&name)).unwrap();
        for format in [Format::Safetensors, Format::Npz] {
            let path = folder.path().join("out");
            let outputs = checkpoint.outputs(format).unwrap();
            write(&outputs, &path, &WriteOptions { format, ..WriteOptions::default() }).unwrap();
            let there = Checkpoint::open_plain(&path).unwrap();
            let verdict = verify(&outputs, &there, None).unwrap();
            assert!(verdict.ok() && verdict.agree == outputs.len(), "{name} {format:?} {verdict:?}");
            let once = std::fs::read(&path).unwrap();
            write(&outputs, &path, &WriteOptions { format, ..WriteOptions::default() }).unwrap();
            assert!(once == std::fs::read(&path).unwrap(), "{name} {format:?}: the same input gives the same bytes");
        }
    }
}

#[test]
fn a_changed_file_is_not_verified() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.safetensors");
    let checkpoint = Checkpoint::open(&files().join("zip.pt"), &OpenOptions::default()).unwrap();
    let mut outputs = checkpoint.outputs(Format::Safetensors).unwrap();
    write(&outputs, &path, &WriteOptions::default()).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let last = outputs.len() - 1;
    outputs[last].name = "other".into();
    let verdict = verify(&outputs, &Checkpoint::open_plain(&path).unwrap(), None).unwrap();
    assert_eq!((verdict.missing.len(), verdict.extra.len(), verdict.values.len()), (1, 1, 1), "{verdict:?}");
}

/// Reads all that a damaged file still promises.
fn use_all(name: &str, bytes: Vec<u8>) -> bool {
    let Ok(checkpoint) = Checkpoint::from_bytes(bytes, &options(name)) else { return false };
    let limit = checkpoint.output_limit();
    if checkpoint.tensors.iter().map(|tensor| tensor.view.bytes()).try_fold(0u64, u64::checked_add).is_none_or(|total| total > limit) {
        return false;
    }
    checkpoint.tensors.iter().all(|tensor| tensor.view.read().is_ok())
}

#[test]
fn truncated_files_are_refused() {
    for (name, _) in expected() {
        let bytes = std::fs::read(files().join(&name)).unwrap();
        assert!(use_all(&name, bytes.clone()), "{name}");
        for len in 0..bytes.len() {
            assert!(Checkpoint::from_bytes(bytes[..len].to_vec(), &options(&name)).is_err(), "{name} cut to {len} bytes");
        }
    }
}

/// One byte at a time, to each of a few values: an error or a checkpoint, never a crash.
#[test]
fn damaged_files_break_nothing() {
    for (name, _) in expected() {
        let bytes = std::fs::read(files().join(&name)).unwrap();
        for at in 0..bytes.len() {
            for value in [bytes[at] ^ 1, bytes[at] ^ 0x80, 0, 0xff] {
                let mut damaged = bytes.clone();
                damaged[at] = value;
                use_all(&name, damaged);
            }
        }
    }
}
