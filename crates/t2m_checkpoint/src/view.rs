//! A tensor as a checkpoint holds it: a strided window on bytes of a file, of which nothing is read before it is written out.

use std::sync::Arc;

use crate::dtype::Dtype;
use crate::error::{Result, refuse};
use crate::gather;
use crate::source::Source;

/// MLX's dimensions are 32-bit.
const LARGEST_DIM: u64 = i32::MAX as u64;
/// More than any framework takes.
const MOST_DIMS: usize = 64;

/// A run of bytes in a file that tensors share.
#[derive(Debug, Clone)]
pub struct Storage {
    pub(crate) source: Arc<Source>,
    pub(crate) start: u64,
    pub(crate) len: u64,
    /// Written in the other byte order than little endian.
    pub(crate) big_endian: bool,
}

impl Storage {
    pub(crate) fn new(source: Arc<Source>, start: u64, len: u64) -> Result<Self> {
        if start.checked_add(len).is_none_or(|end| end > source.len()) {
            return Err(refuse!("the file ends too early; it is truncated"));
        }
        Ok(Self { source, start, len, big_endian: false })
    }

    /// Bytes that are in memory, for tensors that no file holds.
    pub fn of_bytes(bytes: Vec<u8>) -> Self {
        let len = bytes.len() as u64;
        Self { source: Source::memory(bytes), start: 0, len, big_endian: false }
    }
}

/// Offset and strides count elements. The constructors check that all elements lie in the storage; every other view is made from such a one.
#[derive(Debug, Clone)]
pub struct View {
    pub(crate) storage: Storage,
    pub(crate) dtype: Dtype,
    pub(crate) offset: u64,
    pub(crate) shape: Vec<u64>,
    pub(crate) strides: Vec<u64>,
    /// The bytes are those of the complex conjugate.
    pub(crate) conj: bool,
    /// The bytes are those of the negative.
    pub(crate) neg: bool,
}

impl View {
    pub fn new(storage: Storage, dtype: Dtype, offset: u64, shape: Vec<u64>, strides: Vec<u64>) -> Result<Self> {
        if shape.len() != strides.len() {
            return Err(refuse!("a shape of {} dimensions with {} strides", shape.len(), strides.len()));
        }
        if shape.len() > MOST_DIMS {
            return Err(refuse!("{} dimensions", shape.len()));
        }
        if let Some(dim) = shape.iter().find(|&&dim| dim > LARGEST_DIM) {
            return Err(refuse!("a dimension of {dim}, and MLX's are smaller than 2^31"));
        }
        let overflow = || refuse!("the shape {shape:?} with strides {strides:?} is beyond all memory");
        count(&shape).and_then(|n| n.checked_mul(dtype.size() as u64)).ok_or_else(overflow)?;
        if !shape.contains(&0) {
            let mut last = offset;
            for (&dim, &stride) in shape.iter().zip(&strides) {
                last = (dim - 1).checked_mul(stride).and_then(|n| n.checked_add(last)).ok_or_else(overflow)?;
            }
            let end = last.checked_add(1).and_then(|n| n.checked_mul(dtype.size() as u64)).ok_or_else(overflow)?;
            if end > storage.len {
                return Err(refuse!("needs {end} bytes of a storage of {}; the file is damaged", storage.len));
            }
        }
        Ok(Self { storage, dtype, offset, shape, strides, conj: false, neg: false })
    }

    /// All of the storage, row by row.
    pub fn contiguous(storage: Storage, dtype: Dtype, shape: Vec<u64>) -> Result<Self> {
        let strides = row_major(&shape).ok_or_else(|| refuse!("the shape {shape:?} is beyond all memory"))?;
        Self::new(storage, dtype, 0, shape, strides)
    }

    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    pub fn shape(&self) -> &[u64] {
        &self.shape
    }

    /// How many elements.
    pub fn count(&self) -> u64 {
        // Checked by the constructors.
        count(&self.shape).unwrap_or(u64::MAX)
    }

    /// How many bytes they are when written out.
    pub fn bytes(&self) -> u64 {
        self.count() * self.dtype.size() as u64
    }

    /// Whether the elements lie one after the other, as they are written.
    pub(crate) fn is_run(&self) -> bool {
        let mut expected = 1;
        let is_run = self.shape.iter().zip(&self.strides).rev().all(|(&dim, &stride)| {
            let fits = dim <= 1 || stride == expected;
            expected = u64::saturating_mul(expected, dim.max(1));
            fits
        });
        is_run && !self.conj && !self.neg
    }

    /// Whether two views show the same elements in the same order: tied weights.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.storage.source, &other.storage.source)
            && (self.storage.start, self.dtype, self.offset, self.conj, self.neg)
                == (other.storage.start, other.dtype, other.offset, other.conj, other.neg)
            && (&self.shape, &self.strides) == (&other.shape, &other.strides)
    }

    /// The same for all views that show the same elements in the same order.
    pub(crate) fn place(&self) -> (usize, u64, u64, &[u64], &[u64]) {
        (Arc::as_ptr(&self.storage.source) as usize, self.storage.start, self.offset, &self.shape, &self.strides)
    }

    /// `x.permute(order)`.
    pub fn permute(&self, order: &[usize]) -> Result<Self> {
        let mut seen = vec![false; self.shape.len()];
        for &axis in order {
            match seen.get_mut(axis) {
                Some(seen) if !*seen => *seen = true,
                _ => return Err(refuse!("the order {order:?} is none of a shape {:?}", self.shape)),
            }
        }
        if order.len() != seen.len() {
            return Err(refuse!("the order {order:?} is none of a shape {:?}", self.shape));
        }
        let of = |values: &[u64]| order.iter().map(|&axis| values[axis]).collect();
        Ok(Self { shape: of(&self.shape), strides: of(&self.strides), ..self.clone() })
    }

    /// `x.narrow(axis, start, len)`.
    pub fn slice(&self, axis: usize, start: u64, len: u64) -> Result<Self> {
        let Some(&dim) = self.shape.get(axis) else {
            return Err(refuse!("no axis {axis} in a shape {:?}", self.shape));
        };
        if start.checked_add(len).is_none_or(|end| end > dim) {
            return Err(refuse!("no {len} elements from {start} on along axis {axis} of a shape {:?}", self.shape));
        }
        let mut view = self.clone();
        view.shape[axis] = len;
        if len > 0 && !view.shape.contains(&0) {
            view.offset += start * view.strides[axis];
        }
        Ok(view)
    }

    /// `x.select(axis, index)`.
    pub fn select(&self, axis: usize, index: u64) -> Result<Self> {
        let mut view = self.slice(axis, index, 1)?;
        view.shape.remove(axis);
        view.strides.remove(axis);
        Ok(view)
    }

    /// `x.view(shape)`: an error where only a copy could have that shape.
    pub fn reshape(&self, shape: &[u64]) -> Result<Self> {
        if count(shape) != Some(self.count()) {
            return Err(refuse!("a shape {:?} is not reshaped to {shape:?}", self.shape));
        }
        if shape.contains(&0) {
            let strides = vec![0; shape.len()];
            return Ok(Self { shape: shape.to_vec(), strides, ..self.clone() });
        }
        let groups = merged(&self.shape, &self.strides);
        let mut strides = vec![0; shape.len()];
        // From the back: each merged group of old dimensions has to be used up by whole new ones.
        let mut groups = groups.into_iter().rev();
        let (mut left, mut stride) = (1, 1);
        for (i, &dim) in shape.iter().enumerate().rev() {
            if dim == 1 {
                continue;
            }
            if left == 1 {
                (left, stride) = groups.next().unwrap_or((1, 1));
            }
            if left % dim != 0 {
                return Err(refuse!("a view of shape {:?} has no shape {shape:?} without a copy", self.shape));
            }
            strides[i] = stride;
            left /= dim;
            stride = stride.saturating_mul(dim);
        }
        Ok(Self { shape: shape.to_vec(), strides, ..self.clone() })
    }

    /// The elements row by row, little endian. All at once: for small tensors that are computed with.
    pub fn read(&self) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        gather::read(self, &mut gather::Buffers::default(), &mut out)?;
        Ok(out)
    }

    /// The value of a tensor of one element.
    pub(crate) fn number(&self) -> Result<Option<f64>> {
        if self.count() == 1 { Ok(self.read_f64()?.first().copied()) } else { Ok(None) }
    }

    /// The elements as numbers, row by row.
    pub fn read_f64(&self) -> Result<Vec<f64>> {
        Ok(crate::cast::to_f64(self.dtype, &self.read()?))
    }
}

/// The product of a shape.
pub(crate) fn count(shape: &[u64]) -> Option<u64> {
    if shape.contains(&0) {
        return Some(0);
    }
    shape.iter().try_fold(1u64, |n, &dim| n.checked_mul(dim))
}

/// The strides of an array that is laid out row by row.
pub(crate) fn row_major(shape: &[u64]) -> Option<Vec<u64>> {
    let mut strides = vec![1u64; shape.len()];
    for i in (1..shape.len()).rev() {
        strides[i - 1] = strides[i].checked_mul(shape[i].max(1))?;
    }
    Some(strides)
}

/// Dimensions and strides without those of size one, and with neighbours joined that are one run. Not for empty shapes.
pub(crate) fn merged(shape: &[u64], strides: &[u64]) -> Vec<(u64, u64)> {
    let mut out: Vec<(u64, u64)> = Vec::new();
    for (&dim, &stride) in shape.iter().zip(strides) {
        if dim == 1 {
            continue;
        }
        match out.last_mut() {
            Some((size, outer)) if *outer == dim.saturating_mul(stride) => (*size, *outer) = (*size * dim, stride),
            _ => out.push((dim, stride)),
        }
    }
    out
}
