//! The readers of checkpoints under a fuzzer: `cargo xtask fuzz checkpoints`.
//!
//! The first byte chooses the format: bytes as they are, a pickle inside of an archive or of a legacy file, or the header of safetensors. What is read has to be readable to its end.
#![no_main]

#[path = "../../crates/t2m_checkpoint/tests/made/mod.rs"]
#[allow(dead_code)]
mod made;

use libfuzzer_sys::fuzz_target;
use made::{archive, record};
use t2m_checkpoint::{Checkpoint, OpenOptions, Part};

fuzz_target!(|bytes: &[u8]| {
    let Some((&kind, rest)) = bytes.split_first() else { return };
    let file = match kind % 5 {
        0 => rest.to_vec(),
        1 => archive(&[record("a/data.pkl", rest), record("a/data/0", vec![1; 64])]),
        2 => {
            let head = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}.\x80\x02";
            [head, rest].concat()
        }
        3 => {
            let header = rest.get(..rest.len().saturating_sub(16)).unwrap_or_default();
            [&(header.len() as u64).to_le_bytes(), rest].concat()
        }
        _ => archive(&[record("x.npy", rest)]),
    };
    // The state of an optimizer is looked for at other places.
    let _ = Checkpoint::from_bytes(file.clone(), &OpenOptions { part: Part::Optimizer(None), ..OpenOptions::default() });
    let _ = Checkpoint::from_bytes(file.clone(), &OpenOptions { part: Part::Whole("optimizer".into()), ..OpenOptions::default() });
    let Ok(checkpoint) = Checkpoint::from_bytes(file, &OpenOptions::default()) else { return };
    let total = checkpoint.tensors.iter().map(|tensor| tensor.view.bytes()).try_fold(0u64, u64::checked_add);
    if total.is_none_or(|total| total > 1 << 20) {
        return;
    }
    for tensor in &checkpoint.tensors {
        assert_eq!(tensor.view.read().map(|bytes| bytes.len() as u64), Ok(tensor.view.bytes()));
    }
});
