//! A view's elements row by row, in blocks of bounded memory.
//!
//! A block is read in the order of the file, run by run, and then brought into the order of the output.

use crate::cast;
use crate::dtype::Dtype;
use crate::error::{Result, refuse};
use crate::permute::permute;
use crate::view::View;

/// Bytes that are read at once. Larger pieces leave the cache and are slower.
pub(crate) const PIECE: u64 = 1 << 20;
/// Bytes that are brought into another order at once: of each row of the file in memory, so many lines lie side by side that finding its page costs little.
const PERMUTED: u64 = 2 << 20;
/// Runs with smaller gaps between them are read together: a system call costs as much as copying so many bytes.
const GAP: u64 = 4 << 10;

/// Memory that one thread uses again and again.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    /// What of the file is in memory.
    window: Vec<u8>,
    /// The elements of a block in the file's order.
    compact: Vec<u8>,
    /// The elements of a block before they are cast.
    pub(crate) uncast: Vec<u8>,
    /// What goes to the output.
    pub(crate) out: Vec<u8>,
}

/// Cuts a view into blocks that follow one another in the output. A block has `local` bytes at most where its bytes lie close together in the file, and `distant` where they
/// don't: the outer axis of a transposed matrix runs through the whole file once per block.
pub(crate) fn blocks(view: &View, local: u64, distant: u64, out: &mut Vec<View>) -> Result<()> {
    let Some(axis) = view.shape.iter().position(|&dim| dim != 1).filter(|_| !view.shape.contains(&0)) else {
        if view.count() > 0 {
            out.push(view.clone());
        }
        return Ok(());
    };
    let outermost = view.strides.iter().zip(&view.shape).all(|(&stride, &dim)| dim == 1 || stride <= view.strides[axis]);
    let most = if outermost { local } else { distant };
    if view.bytes() <= most {
        out.push(view.clone());
        return Ok(());
    }
    let dim = view.shape[axis];
    let most_rows = most / (view.bytes() / dim).max(1);
    // All of about the same size: a short last block would be read in short runs.
    let rows = if most_rows == 0 { 0 } else { dim.div_ceil(dim.div_ceil(most_rows)) };
    if rows == 0 {
        for i in 0..dim {
            blocks(&view.slice(axis, i, 1)?, local, distant, out)?;
        }
        return Ok(());
    }
    let mut start = 0;
    while start < dim {
        let len = rows.min(dim - start);
        out.push(view.slice(axis, start, len)?);
        start += len;
    }
    Ok(())
}

/// A view as an array in memory that holds its elements in the order of the file, each once: a stride of 0 has one place there.
struct Loaded {
    shape: Vec<usize>,
    /// Where each dimension steps in memory.
    steps: Vec<usize>,
    /// The dimensions and strides in the file, outermost first.
    in_file: Vec<(u64, u64)>,
    /// How many elements are in memory.
    count: usize,
    /// They are as they are written.
    in_order: bool,
}

impl Loaded {
    fn new(view: &View) -> Self {
        let dims = crate::view::merged(&view.shape, &view.strides);
        let mut order: Vec<usize> = (0..dims.len()).filter(|&i| dims[i].1 != 0).collect();
        order.sort_by_key(|&i| std::cmp::Reverse(dims[i].1));
        let mut steps = vec![0; dims.len()];
        let mut step = 1usize;
        for &i in order.iter().rev() {
            steps[i] = step;
            step *= dims[i].0 as usize;
        }
        Self {
            shape: dims.iter().map(|&(dim, _)| dim as usize).collect(),
            steps,
            in_file: order.iter().map(|&i| dims[i]).collect(),
            count: step,
            in_order: order.len() == dims.len() && order.is_sorted(),
        }
    }

    fn load(&self, view: &View, window: &mut Vec<u8>, into: &mut Vec<u8>) -> Result<()> {
        let size = view.dtype.size();
        load(view, &self.in_file, view.storage.start + view.offset * size as u64, self.count * size, window, into)
    }
}

/// Hands out the parts of an array that follow one another, of `most` elements at most: where each begins in memory, and its shape.
fn parts(shape: &[usize], steps: &[usize], at: usize, most: usize, each: &mut dyn FnMut(usize, &[usize]) -> Result<()>) -> Result<()> {
    let count: usize = shape.iter().product();
    let Some(axis) = shape.iter().position(|&dim| dim > 1).filter(|_| count > most) else { return each(at, shape) };
    let mut part = shape.to_vec();
    let rows = most / (count / shape[axis]);
    for start in (0..shape[axis]).step_by(rows.max(1)) {
        part[axis] = rows.max(1).min(shape[axis] - start);
        parts(&part, steps, at + start * steps[axis], most, each)?;
    }
    Ok(())
}

/// The elements of a block row by row, little endian, as the tensor has them: conjugated and negated where it is. `out` holds nothing else afterwards.
pub(crate) fn read(view: &View, buffers: &mut Buffers, out: &mut Vec<u8>) -> Result<()> {
    let size = view.dtype.size();
    let total = usize::try_from(view.bytes()).map_err(|_| refuse!("a tensor of {} bytes is too large for this machine", view.bytes()))?;
    // What it held is written over: to clear it first would fill it with zeros each time.
    out.resize(total, 0);
    if total == 0 {
        return Ok(());
    }
    let loaded = Loaded::new(view);
    if loaded.in_order {
        loaded.load(view, &mut buffers.window, out)?;
    } else {
        let mut compact = std::mem::take(&mut buffers.compact);
        let done = loaded.load(view, &mut buffers.window, &mut compact);
        buffers.compact = compact;
        done?;
        permute(&buffers.compact, out, &loaded.shape, &loaded.steps, size);
    }
    finish(view, out)
}

/// Byte order, conjugation and sign.
fn finish(view: &View, bytes: &mut [u8]) -> Result<()> {
    if view.storage.big_endian && view.dtype.word() > 1 {
        bytes.chunks_exact_mut(view.dtype.word()).for_each(<[u8]>::reverse);
    }
    // The sign is the highest bit of the last byte of a float.
    if view.conj && view.dtype.is_complex() {
        bytes.chunks_exact_mut(view.dtype.size()).for_each(flip_last);
    }
    if view.neg {
        if !matches!(view.dtype, Dtype::F16 | Dtype::Bf16 | Dtype::F32 | Dtype::F64) && !view.dtype.is_complex() {
            return Err(refuse!("a negated view of {}; save the tensor with `.resolve_neg()`", view.dtype));
        }
        bytes.chunks_exact_mut(view.dtype.word()).for_each(flip_last);
    }
    Ok(())
}

fn flip_last(value: &mut [u8]) {
    if let Some(last) = value.last_mut() {
        *last ^= 0x80;
    }
}

/// Reads the elements in the order of the file, without what lies between them. `dims` are the dimensions by falling stride.
fn load(view: &View, dims: &[(u64, u64)], start: u64, total: usize, window: &mut Vec<u8>, into: &mut Vec<u8>) -> Result<()> {
    let size = view.dtype.size() as u64;
    let source = &view.storage.source;
    into.resize(total, 0);
    let dims = crate::view::merged(&dims.iter().map(|d| d.0).collect::<Vec<_>>(), &dims.iter().map(|d| d.1).collect::<Vec<_>>());
    // The innermost dimension is a run if its elements are neighbours.
    let (outer, run) = match dims.split_last() {
        Some((&(dim, 1), outer)) => (outer, dim * size),
        _ => (&dims[..], size),
    };
    let Some((&(_, inner_stride), _)) = outer.split_last() else {
        return source.read_at(start, into);
    };
    let span_end = start + dims.iter().map(|&(dim, stride)| (dim - 1) * stride * size).sum::<u64>() + size;
    let gap = (inner_stride * size).saturating_sub(run);
    let mut index = vec![0u64; outer.len()];
    let mut at = start;
    let (mut window_start, mut window_end) = (0, 0);
    for chunk in into.chunks_exact_mut(run as usize) {
        if at < window_start || at + run > window_end {
            if gap > GAP || run >= PIECE {
                source.read_at(at, chunk)?;
            } else {
                (window_start, window_end) = (at, (at + PIECE).max(at + run).min(span_end));
                window.resize((window_end - window_start) as usize, 0);
                source.read_at(window_start, window)?;
            }
        }
        if at >= window_start && at + run <= window_end {
            let from = (at - window_start) as usize;
            chunk.copy_from_slice(&window[from..from + run as usize]);
        }
        // The next run.
        for (i, &(dim, stride)) in outer.iter().enumerate().rev() {
            index[i] += 1;
            at += stride * size;
            if index[i] < dim {
                break;
            }
            index[i] = 0;
            at -= dim * stride * size;
        }
    }
    Ok(())
}

/// The elements of a block as another dtype, handed out from the first to the last in pieces that are still in the cache when they are written. How many became infinite is told.
pub(crate) fn pieces(view: &View, dtype: Dtype, buffers: &mut Buffers, each: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<u64> {
    let loaded = Loaded::new(view);
    if view.bytes() <= PERMUTED || loaded.in_order {
        let overflows = read_as(view, dtype, buffers)?;
        each(&buffers.out)?;
        return Ok(overflows);
    }
    let Buffers { window, compact, uncast, out } = buffers;
    loaded.load(view, window, compact)?;
    let size = view.dtype.size();
    let mut overflows = 0;
    parts(&loaded.shape, &loaded.steps, 0, PERMUTED as usize / size, &mut |at, shape| {
        let piece = if view.dtype == dtype { &mut *out } else { &mut *uncast };
        piece.resize(shape.iter().product::<usize>() * size, 0);
        permute(&compact[at * size..], piece, shape, &loaded.steps, size);
        finish(view, piece)?;
        if view.dtype != dtype {
            overflows += cast::cast(view.dtype, dtype, uncast, out)?;
        }
        each(out)
    })?;
    Ok(overflows)
}

/// The elements of a block as another dtype, in `buffers.out`. How many became infinite is told.
pub(crate) fn read_as(view: &View, dtype: Dtype, buffers: &mut Buffers) -> Result<u64> {
    let mut out = std::mem::take(&mut buffers.out);
    let read = if view.dtype == dtype {
        read(view, buffers, &mut out).map(|()| 0)
    } else {
        let mut uncast = std::mem::take(&mut buffers.uncast);
        let read = read(view, buffers, &mut uncast).and_then(|()| cast::cast(view.dtype, dtype, &uncast, &mut out));
        buffers.uncast = uncast;
        read
    };
    buffers.out = out;
    read
}
