//! What a conversion says.

use t2m_checkpoint::{Checkpoint, Dtype, Format, OutputTensor, Verdict, Written};

use super::place::Place;
use crate::args::ConvertArgs;
use crate::findings::count;

/// Tensors that are shown.
const SAMPLES: usize = 5;

/// The source, its tensors, and what becomes of them.
pub(super) fn before(args: &ConvertArgs, place: &Place, checkpoint: &Checkpoint, outputs: &[OutputTensor]) {
    let numbers: u64 = checkpoint.tensors.iter().map(|tensor| tensor.view.count()).sum();
    let what = match checkpoint.tree {
        Some(_) => "a whole checkpoint".to_owned(),
        None => format!("{}, {} numbers", count(checkpoint.tensors.len(), "tensor"), grouped(numbers)),
    };
    tell!("{}: {}, {what}, {}", args.checkpoint.display(), checkpoint.kind.name(), size(checkpoint.size));
    // A name of a file can't do anything to the terminal.
    let name = |tensor: &OutputTensor| tensor.name.replace(char::is_control, "\u{fffd}");
    let width = outputs.iter().take(SAMPLES).map(|tensor| tensor.name.chars().count()).max().unwrap_or(0).min(60);
    for tensor in outputs.iter().take(SAMPLES) {
        tell!("  {:width$}  {} {:?}", name(tensor), tensor.dtype, tensor.shape);
    }
    if outputs.len() > SAMPLES {
        tell!("  and {} more", outputs.len() - SAMPLES);
    }
    for note in &checkpoint.notes {
        tell!("note: {note}");
    }
    for line in casts(place.format, outputs) {
        tell!("{line}");
    }
}

/// A line for each pair of dtypes.
fn casts(format: Format, outputs: &[OutputTensor]) -> Vec<String> {
    let mut pairs: Vec<(Dtype, Dtype, usize)> = Vec::new();
    for tensor in outputs.iter().filter(|tensor| tensor.source_dtype() != tensor.dtype) {
        let pair = (tensor.source_dtype(), tensor.dtype);
        match pairs.iter_mut().find(|(from, to, _)| (*from, *to) == pair) {
            Some((_, _, n)) => *n += 1,
            None => pairs.push((pair.0, pair.1, 1)),
        }
    }
    let line = |&(from, to, n): &(Dtype, Dtype, usize)| {
        let what = format!("{} of {from} {}", count(n, "tensor"), if n == 1 { "becomes" } else { "become" });
        match (format, from, to) {
            (Format::Npz, Dtype::Bf16, Dtype::F32) => {
                format!("note: {what} float32, which is exact and twice as large: npz has no bfloat16, a `.safetensors` output keeps it")
            }
            (_, Dtype::F64 | Dtype::C128, _) => format!("warning: {what} {to}, the nearest values"),
            _ => format!("note: {what} {to}"),
        }
    };
    pairs.iter().map(line).collect()
}

/// Ports make their weights in float32, and what is loaded stays as the file has it.
pub(super) fn dtypes(outputs: &[OutputTensor]) {
    let mut others: Vec<Dtype> =
        outputs.iter().map(|tensor| tensor.dtype).filter(|dtype| dtype.is_float() && *dtype != Dtype::F32).collect();
    let n = others.len();
    others.sort_by_key(|dtype| dtype.to_string());
    others.dedup();
    if n > 0 {
        let kinds = others.iter().map(Dtype::to_string).collect::<Vec<_>>().join(" and ");
        tell!(
            "note: {} of {kinds}: `load_weights` gives the model the dtypes of the file, where PyTorch keeps those of the model; --dtype casts",
            count(n, "tensor")
        );
    }
}

pub(super) fn written(written: &Written, outputs: &[OutputTensor]) {
    for (name, n) in &written.overflowed {
        tell!(
            "warning: {name}: {} too large for the new dtype, and infinite now",
            if *n == 1 { "1 number is".into() } else { format!("{} numbers are", grouped(*n)) }
        );
    }
    let shown = written.files[0].display();
    let more = if written.files.len() > 1 { format!(" and {}", count(written.files.len() - 1, "shard")) } else { String::new() };
    tell!("wrote {} to {shown}{more}, {}", count(outputs.len(), "tensor"), size(written.bytes));
}

pub(super) fn verdict(verdict: &Verdict, before: u64, written: &Written, expected: usize) {
    for (what, names) in [
        ("missing", &verdict.missing),
        ("not expected", &verdict.extra),
        ("changed", &verdict.shapes),
        ("with other values", &verdict.values),
    ] {
        for name in names.iter().take(SAMPLES) {
            tell!("  {what}: {name}");
        }
        if names.len() > SAMPLES {
            tell!("  {what}: {} more", names.len() - SAMPLES);
        }
    }
    let there = verdict.agree + verdict.values.len() + verdict.shapes.len() + verdict.extra.len();
    let sizes = format!("{} before, {} after", size(before), size(written.bytes));
    if !verdict.ok() {
        tell!("NOT verified: {} expected, {there} found, {} agree; {sizes}", count(expected, "tensor"), verdict.agree);
        return;
    }
    let cast = verdict.agree - verdict.identical;
    let values = match cast {
        0 => "bit for bit".to_owned(),
        _ if verdict.largest == 0.0 => format!("{} bit for bit, {cast} with exactly the same numbers in another dtype", verdict.identical),
        _ => format!(
            "{} bit for bit, {cast} within the rounding of their cast (largest relative difference {:.1e})",
            verdict.identical, verdict.largest
        ),
    };
    tell!("verified: {} expected, {there} found, all agree in name, shape and value: {values}; {sizes}", count(expected, "tensor"));
}

/// `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// In decimal units.
fn size(bytes: u64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = bytes as f64;
    let mut unit = 0;
    while value >= 999.95 && unit + 1 < units.len() {
        value /= 1000.0;
        unit += 1;
    }
    if unit == 0 { format!("{bytes} {}", units[0]) } else { format!("{value:.1} {}", units[unit]) }
}
