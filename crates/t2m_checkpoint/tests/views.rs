//! Views, what is made of them, and what is written, against the definition: element by element.
#![allow(clippy::unwrap_used)]

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use t2m_checkpoint::{Checkpoint, Dtype, Format, OpenOptions, OutputTensor, Storage, View, WriteOptions, write};

fn storage(len: usize, size: usize) -> (Vec<u8>, Storage) {
    let bytes: Vec<u8> = (0..len * size).map(|i| (i * 31 + i / 253) as u8).collect();
    (bytes.clone(), Storage::of_bytes(bytes))
}

/// The elements by their coordinates.
fn naive(bytes: &[u8], size: usize, offset: u64, shape: &[u64], strides: &[u64]) -> Vec<u8> {
    let count: u64 = shape.iter().product();
    let mut out = Vec::new();
    for n in 0..count {
        let (mut rest, mut at) = (n, offset);
        for (&dim, &stride) in shape.iter().zip(strides).rev() {
            at += rest % dim * stride;
            rest /= dim;
        }
        let at = at as usize * size;
        out.extend_from_slice(&bytes[at..at + size]);
    }
    out
}

/// What a file holds after it was written.
fn written(outputs: &[OutputTensor], format: Format) -> Checkpoint {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.safetensors");
    write(outputs, &path, &WriteOptions { format, ..WriteOptions::default() }).unwrap();
    Checkpoint::open(&path, &OpenOptions::default()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Any strides: transposed, repeated, overlapping, with gaps.
    #[test]
    fn any_view_is_read_as_defined(
        dims in prop::collection::vec((0u64..6, 0u64..40), 0..5),
        offset in 0u64..9,
        dtype in prop::sample::select(vec![Dtype::U8, Dtype::Bf16, Dtype::F32, Dtype::I64, Dtype::C64]),
    ) {
        let (shape, strides): (Vec<u64>, Vec<u64>) = dims.into_iter().unzip();
        let (bytes, storage) = storage(1100, dtype.size());
        let view = View::new(storage, dtype, offset, shape.clone(), strides.clone()).unwrap();
        let expected = naive(&bytes, dtype.size(), offset, &shape, &strides);
        prop_assert_eq!(&view.read().unwrap(), &expected);
        let back = written(&[OutputTensor::new("x", view)], Format::Safetensors);
        prop_assert_eq!(back.tensors[0].view.shape(), &shape[..]);
        prop_assert_eq!(back.tensors[0].view.read().unwrap(), expected);
    }

    #[test]
    fn views_of_views_are_those_of_their_elements(order in Just(vec![0usize, 1, 2, 3]).prop_shuffle(), axis in 0usize..4, start in 0u64..2) {
        let (bytes, storage) = storage(3 * 4 * 2 * 5, 4);
        let whole = View::contiguous(storage, Dtype::F32, vec![3, 4, 2, 5]).unwrap();
        let dims = [3u64, 4, 2, 5];
        let steps = [40u64, 10, 5, 1];
        let mut shape: Vec<u64> = order.iter().map(|&i| dims[i]).collect();
        let strides: Vec<u64> = order.iter().map(|&i| steps[i]).collect();
        let len = shape[axis] - start;
        shape[axis] = len;
        let view = whole.permute(&order).unwrap().slice(axis, start, len).unwrap();
        prop_assert_eq!(view.read().unwrap(), naive(&bytes, 4, start * strides[axis], &shape, &strides));
    }
}

#[test]
fn a_reshape_is_a_view_or_an_error() {
    let (bytes, storage) = storage(24, 4);
    let whole = View::contiguous(storage, Dtype::F32, vec![4, 6]).unwrap();
    let grouped = whole.reshape(&[2, 2, 1, 6]).unwrap();
    assert_eq!(grouped.read().unwrap(), bytes);
    let moved = grouped.permute(&[0, 3, 2, 1]).unwrap();
    assert_eq!(moved.read().unwrap(), naive(&bytes, 4, 0, &[2, 6, 2], &[12, 1, 6]));
    assert_eq!(moved.reshape(&[2, 3, 2, 2]).unwrap().read().unwrap(), moved.read().unwrap());
    assert!(moved.reshape(&[24]).is_err() && moved.reshape(&[5]).is_err());
}

#[test]
fn large_matrices_are_transposed_block_by_block() {
    let blocks = [(1100u64, 1000u64, Dtype::U8, 1), (700, 1100, Dtype::F16, 2), (500, 700, Dtype::F32, 4)];
    // And one whose rows are larger than a block once it is transposed.
    for (rows, columns, dtype, size) in blocks.into_iter().chain([(150_000, 2, Dtype::I64, 8)]) {
        let (bytes, storage) = storage((rows * columns) as usize, size);
        let view = View::contiguous(storage, dtype, vec![rows, columns]).unwrap().permute(&[1, 0]).unwrap();
        let back = written(&[OutputTensor::new("w", view)], Format::Safetensors);
        let read = back.tensors[0].view.read().unwrap();
        assert!(read == naive(&bytes, size, 0, &[columns, rows], &[1, columns]), "{rows} {columns} {dtype}");
    }
}

#[test]
fn a_cast_of_a_large_transposed_matrix_is_the_transposed_cast() {
    let (rows, columns) = (900u64, 1300u64);
    let (_, storage) = storage((rows * columns) as usize, 2);
    let view = View::contiguous(storage, Dtype::Bf16, vec![rows, columns]).unwrap();
    let cast = |view: View| {
        let output = OutputTensor::new("w", view).cast(Dtype::F32).unwrap();
        written(&[output], Format::Safetensors).tensors[0].view.clone()
    };
    let (turned, plain) = (cast(view.permute(&[1, 0]).unwrap()), cast(view));
    assert!(turned.read().unwrap() == plain.permute(&[1, 0]).unwrap().read().unwrap());
}

#[test]
fn parts_are_joined_along_any_axis() {
    let (bytes, storage) = storage(700_000, 4);
    let whole = View::contiguous(storage, Dtype::F32, vec![7, 100, 1000]).unwrap();
    for axis in 0..3 {
        let dim = whole.shape()[axis];
        let parts = vec![whole.slice(axis, 0, 2).unwrap(), whole.slice(axis, 2, 0).unwrap(), whole.slice(axis, 2, dim - 2).unwrap()];
        let output = OutputTensor::joined("x", axis, parts).unwrap();
        assert_eq!(output.shape, [7, 100, 1000]);
        assert!(written(&[output], Format::Safetensors).tensors[0].view.read().unwrap() == bytes, "axis {axis}");
    }
    let other = whole.slice(0, 0, 2).unwrap();
    assert!(OutputTensor::joined("x", 1, vec![whole.clone(), other]).is_err());
}

#[test]
fn computed_and_cast_tensors() {
    let values =
        OutputTensor::computed("x", Dtype::F32, vec![2], Arc::new(|| Ok([1.5f32, -2.0].iter().flat_map(|v| v.to_le_bytes()).collect())));
    let back = written(&[values.cast(Dtype::Bf16).unwrap()], Format::Safetensors);
    assert_eq!(back.tensors[0].view.dtype(), Dtype::Bf16);
    assert_eq!(back.tensors[0].view.read_f64().unwrap(), [1.5, -2.0]);
    let wrong = OutputTensor::computed("x", Dtype::F32, vec![2], Arc::new(|| Ok(vec![0; 4])));
    let folder = tempfile::tempdir().unwrap();
    assert!(write(&[wrong], &folder.path().join("x.safetensors"), &WriteOptions::default()).is_err());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn elements_beyond_the_storage_are_refused() {
    let storage = Storage::of_bytes(vec![0; 40]);
    for (offset, shape, strides) in [
        (0, vec![11], vec![1]),
        (1, vec![10], vec![1]),
        (0, vec![2, 5], vec![6, 1]),
        (u64::MAX, vec![1], vec![1]),
        (0, vec![2, 2], vec![u64::MAX, 1]),
        (0, vec![1 << 31], vec![0]),
        (0, vec![1 << 30, 1 << 30, 1 << 30], vec![0, 0, 0]),
        (0, vec![2], vec![1, 1]),
    ] {
        assert!(View::new(storage.clone(), Dtype::F32, offset, shape.clone(), strides).is_err(), "{shape:?}");
    }
    assert!(View::new(storage, Dtype::F32, 500, vec![0, 7], vec![9, 9]).is_ok(), "an empty tensor may lie anywhere");
}

#[test]
fn what_was_there_survives_a_failed_run() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.safetensors");
    std::fs::write(&path, "old").unwrap();
    let twice = || OutputTensor::new("x", View::contiguous(Storage::of_bytes(vec![0; 4]), Dtype::F32, vec![1]).unwrap());
    assert!(write(&[twice(), twice()], &path, &WriteOptions::default()).is_err());
    let limit = WriteOptions { limit: 3, ..WriteOptions::default() };
    assert!(write(&[twice()], &path, &limit).is_err());
    assert_eq!(std::fs::read(&path).unwrap(), b"old");
    assert!(write(&[twice()], Path::new("no/such/folder/x.safetensors"), &WriteOptions::default()).is_err());
}

#[test]
fn shards_are_cut_in_order_and_named_by_an_index() {
    let folder = tempfile::tempdir().unwrap();
    let tensor = |name: &str| OutputTensor::new(name, View::contiguous(Storage::of_bytes(vec![7; 400]), Dtype::F32, vec![100]).unwrap());
    let outputs: Vec<OutputTensor> = ["a", "b", "c"].map(tensor).into();
    let options = WriteOptions { shard_size: Some(800), ..WriteOptions::default() };
    let files = write(&outputs, &folder.path().join("out"), &options).unwrap().files;
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, ["model.safetensors.index.json", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"]);
    let index = std::fs::read_to_string(&files[0]).unwrap();
    assert!(index.contains("\"c\": \"model-00002-of-00002.safetensors\"") && index.contains("\"total_size\": 1200"));
}
