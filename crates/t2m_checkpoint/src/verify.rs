//! Compares what was written with what it was made from, both read again.
//!
//! The written tensor is taken apart along the axes in which the original is stored, so a permutation is checked by its inverse.

use std::collections::HashMap;

use crate::cast;
use crate::checkpoint::Checkpoint;
use crate::dtype::Dtype;
use crate::error::Result;
use crate::gather::{self, Buffers, PIECE};
use crate::output::{Expected, OutputTensor};
use crate::view::View;

/// What differs between two files. Nothing does if all lists are empty.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Tensors that agree.
    pub agree: usize,
    /// Tensors whose bits are those of the original.
    pub identical: usize,
    pub missing: Vec<String>,
    pub extra: Vec<String>,
    /// Names with both shapes or dtypes in words.
    pub shapes: Vec<String>,
    pub values: Vec<String>,
    /// The largest relative difference that casts made.
    pub largest: f64,
}

impl Verdict {
    pub fn ok(&self) -> bool {
        self.missing.is_empty() && self.extra.is_empty() && self.shapes.is_empty() && self.values.is_empty()
    }
}

pub fn verify(expected: &[OutputTensor], written: &Checkpoint, progress: Option<&dyn Fn(u64)>) -> Result<Verdict> {
    let mut left: HashMap<&str, &View> = written.tensors.iter().map(|tensor| (tensor.name.as_str(), &tensor.view)).collect();
    let mut verdict = Verdict::default();
    let mut buffers = [Buffers::default(), Buffers::default()];
    for tensor in expected {
        let Some(view) = left.remove(tensor.name.as_str()) else {
            verdict.missing.push(tensor.name.clone());
            continue;
        };
        if view.shape() != tensor.shape || view.dtype() != tensor.dtype {
            verdict.shapes.push(format!("{}: {} {:?} became {} {:?}", tensor.name, tensor.dtype, tensor.shape, view.dtype(), view.shape()));
            continue;
        }
        let mut compared = Compared { same: true, close: true, largest: 0.0 };
        match tensor.expected() {
            Expected::Values(compute) => compared.values(tensor.dtype, tensor.dtype, &compute()?, &view.read()?),
            Expected::Parts(axis, parts) => {
                let mut start = 0;
                for part in parts {
                    let there = match part.shape().get(axis) {
                        Some(&len) => view.slice(axis, start, len)?,
                        None => view.clone(),
                    };
                    start += part.shape().get(axis).copied().unwrap_or(0);
                    let order = storage_order(part);
                    compared.views(&part.permute(&order)?, &there.permute(&order)?, &mut buffers)?;
                }
            }
        }
        verdict.largest = verdict.largest.max(compared.largest);
        verdict.identical += usize::from(compared.same);
        if compared.close {
            verdict.agree += 1;
        } else {
            verdict.values.push(tensor.name.clone());
        }
        if let Some(progress) = progress {
            progress(tensor.bytes());
        }
    }
    verdict.extra =
        written.tensors.iter().filter(|tensor| left.contains_key(tensor.name.as_str())).map(|tensor| tensor.name.clone()).collect();
    Ok(verdict)
}

/// The axes by falling stride.
fn storage_order(view: &View) -> Vec<usize> {
    let mut order: Vec<usize> = (0..view.strides.len()).collect();
    order.sort_by_key(|&axis| std::cmp::Reverse(view.strides[axis]));
    order
}

struct Compared {
    same: bool,
    close: bool,
    largest: f64,
}

impl Compared {
    /// Two views of one shape, piece by piece.
    fn views(&mut self, from: &View, to: &View, buffers: &mut [Buffers; 2]) -> Result<()> {
        let axis = from.shape.iter().position(|&dim| dim > 1).filter(|_| from.bytes().max(to.bytes()) > PIECE);
        let Some(axis) = axis else {
            let [a, b] = buffers;
            let (mut left, mut right) = (std::mem::take(&mut a.out), std::mem::take(&mut b.out));
            let read = gather::read(from, a, &mut left).and_then(|()| gather::read(to, b, &mut right));
            if read.is_ok() {
                self.values(from.dtype, to.dtype, &left, &right);
            }
            (a.out, b.out) = (left, right);
            return read;
        };
        let dim = from.shape[axis];
        let rows = (PIECE / (from.bytes().max(to.bytes()) / dim).max(1)).max(1);
        for start in (0..dim).step_by(rows as usize) {
            let len = rows.min(dim - start);
            self.views(&from.slice(axis, start, len)?, &to.slice(axis, start, len)?, buffers)?;
        }
        Ok(())
    }

    fn values(&mut self, from: Dtype, to: Dtype, left: &[u8], right: &[u8]) {
        if from == to {
            let same = left == right;
            (self.same, self.close) = (self.same && same, self.close && same);
            return;
        }
        self.same = false;
        let (relative, smallest, largest) = precision(to);
        let (left, right) = (cast::to_f64(from, left), cast::to_f64(to, right));
        self.close &= left.len() == right.len();
        for (a, b) in left.into_iter().zip(right) {
            if a == b || (a.is_nan() && b.is_nan()) || (a.abs() > largest && b.is_infinite() && a.signum() == b.signum()) {
                continue;
            }
            let difference = (a - b).abs();
            self.close &= difference <= relative * a.abs() + smallest;
            if difference > smallest {
                self.largest = self.largest.max(difference / a.abs());
            }
        }
    }
}

/// How far a cast to this dtype may move a number, relatively and near zero, and the largest that stays finite.
fn precision(dtype: Dtype) -> (f64, f64, f64) {
    match dtype {
        Dtype::F16 => (2f64.powi(-11), 2f64.powi(-25), 65519.9),
        Dtype::Bf16 => (2f64.powi(-8), 2f64.powi(-134), 3.39e38),
        _ => (2f64.powi(-24), 2f64.powi(-150), 3.4028235e38),
    }
}
