//! A tensor to be written: described first, read and computed block by block when its turn comes.

use std::fmt;
use std::sync::Arc;

use crate::cast;
use crate::dtype::Dtype;
use crate::error::{Result, refuse};
use crate::gather::{self, Buffers, PIECE};
use crate::view::{View, count};

/// What a computed tensor's bytes come from: its elements row by row, little endian.
pub type Compute = Arc<dyn Fn() -> Result<Vec<u8>> + Send + Sync>;

/// A tensor of the output.
#[derive(Debug, Clone)]
pub struct OutputTensor {
    pub name: String,
    pub dtype: Dtype,
    pub shape: Vec<u64>,
    content: Content,
}

#[derive(Clone)]
enum Content {
    /// Views of one dtype, one behind the other along an axis.
    Joined { axis: usize, parts: Vec<View> },
    /// Elements in the dtype of the output.
    Computed(Compute),
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Joined { axis, parts } => f.debug_struct("Joined").field("axis", axis).field("parts", parts).finish(),
            Self::Computed(_) => f.write_str("Computed"),
        }
    }
}

impl OutputTensor {
    /// One tensor, or what a view of it shows.
    pub fn new(name: impl Into<String>, view: View) -> Self {
        Self { name: name.into(), dtype: view.dtype, shape: view.shape.clone(), content: Content::Joined { axis: 0, parts: vec![view] } }
    }

    /// `torch.cat(parts, axis)`.
    pub fn joined(name: impl Into<String>, axis: usize, parts: Vec<View>) -> Result<Self> {
        let name = name.into();
        let Some(first) = parts.first() else { return Err(refuse!("nothing to join for `{name}`")) };
        let mut shape = first.shape.clone();
        let Some(length) = shape.get_mut(axis) else { return Err(refuse!("no axis {axis} to join `{name}` along")) };
        *length = 0;
        for part in &parts {
            let mut rest = part.shape.clone();
            let Some(dim) = rest.get_mut(axis) else { return Err(refuse!("no axis {axis} to join `{name}` along")) };
            shape[axis] += std::mem::take(dim);
            if part.dtype != first.dtype
                || rest.len() != shape.len()
                || rest.iter().zip(&shape).enumerate().any(|(i, (a, b))| i != axis && a != b)
            {
                return Err(refuse!(
                    "`{name}` can't be joined from a {} of shape {:?} and a {} of shape {:?}",
                    first.dtype,
                    first.shape,
                    part.dtype,
                    part.shape
                ));
            }
        }
        Ok(Self { name, dtype: first.dtype, shape, content: Content::Joined { axis, parts } })
    }

    /// A tensor whose elements are computed when it is written, all at once: for what is small, or no view of the checkpoint.
    pub fn computed(name: impl Into<String>, dtype: Dtype, shape: Vec<u64>, compute: Compute) -> Self {
        Self { name: name.into(), dtype, shape, content: Content::Computed(compute) }
    }

    /// A tensor without axes, of these bytes.
    pub(crate) fn number(name: impl Into<String>, dtype: Dtype, bytes: &[u8]) -> Self {
        let bytes = bytes.to_vec();
        Self::computed(name, dtype, Vec::new(), Arc::new(move || Ok(bytes.clone())))
    }

    /// The same, cast when it is written.
    pub fn cast(mut self, dtype: Dtype) -> Result<Self> {
        if !cast::can_cast(self.dtype, dtype) {
            return Err(refuse!("`{}`: no cast from {} to {dtype}", self.name, self.dtype));
        }
        if let (Content::Computed(compute), true) = (&self.content, self.dtype != dtype) {
            let (compute, from) = (Arc::clone(compute), self.dtype);
            self.content = Content::Computed(Arc::new(move || {
                let mut out = Vec::new();
                cast::cast(from, dtype, &compute()?, &mut out)?;
                Ok(out)
            }));
        }
        self.dtype = dtype;
        Ok(self)
    }

    /// The dtype that its elements have in the checkpoint.
    pub fn source_dtype(&self) -> Dtype {
        match &self.content {
            Content::Joined { parts, .. } => parts.first().map_or(self.dtype, View::dtype),
            Content::Computed(_) => self.dtype,
        }
    }

    pub fn bytes(&self) -> u64 {
        count(&self.shape).and_then(|n| n.checked_mul(self.dtype.size() as u64)).unwrap_or(u64::MAX)
    }

    /// What is compared with a written tensor: its parts along an axis, or its elements.
    pub(crate) fn expected(&self) -> Expected<'_> {
        match &self.content {
            Content::Joined { axis, parts } => Expected::Parts(*axis, parts),
            Content::Computed(compute) => Expected::Values(compute),
        }
    }

    /// The parts of the output in its order.
    pub(crate) fn blocks(&self, distant: u64) -> Result<Vec<Block>> {
        match &self.content {
            Content::Computed(compute) => Ok(vec![Block {
                dtype: self.dtype,
                count: self.bytes() / self.dtype.size() as u64,
                work: Work::Compute(Arc::clone(compute)),
            }]),
            Content::Joined { axis, parts } => {
                let mut out = Vec::new();
                join(parts, *axis, self.dtype, distant, &mut out)?;
                Ok(out)
            }
        }
    }
}

pub(crate) enum Expected<'a> {
    Parts(usize, &'a [View]),
    Values(&'a Compute),
}

/// A part of a tensor that is written at once.
pub(crate) struct Block {
    dtype: Dtype,
    count: u64,
    work: Work,
}

enum Work {
    View(View),
    /// Parts whose rows take turns.
    Rows(Vec<View>),
    Compute(Compute),
}

impl Block {
    pub(crate) fn bytes(&self) -> u64 {
        self.count * self.dtype.size() as u64
    }

    /// Whether its bytes are those of the file it comes from.
    pub(crate) fn is_copy(&self) -> bool {
        matches!(&self.work, Work::View(view) if view.dtype == self.dtype && view.is_run())
    }

    /// Hands out the elements from the first to the last, in pieces, and says how many became infinite.
    pub(crate) fn read(&self, buffers: &mut Buffers, each: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<u64> {
        match &self.work {
            Work::View(view) => gather::pieces(view, self.dtype, buffers, each),
            Work::Compute(compute) => {
                let bytes = compute()?;
                if bytes.len() as u64 != self.bytes() {
                    return Err(refuse!("{} bytes were computed, and {} are needed", bytes.len(), self.bytes()));
                }
                each(&bytes)?;
                Ok(0)
            }
            Work::Rows(parts) => {
                let mut overflows = 0;
                let mut pieces = Vec::new();
                for part in parts {
                    overflows += gather::read_as(part, self.dtype, buffers)?;
                    pieces.push(std::mem::take(&mut buffers.out));
                }
                let rows = parts.first().map_or(0, |part| part.shape[0]) as usize;
                for row in 0..rows {
                    for piece in &pieces {
                        let len = piece.len() / rows;
                        buffers.out.extend_from_slice(&piece[row * len..(row + 1) * len]);
                    }
                }
                each(&buffers.out)?;
                Ok(overflows)
            }
        }
    }
}

/// Cuts what is joined along `axis` into blocks.
fn join(parts: &[View], axis: usize, dtype: Dtype, distant: u64, out: &mut Vec<Block>) -> Result<()> {
    if axis == 0 || parts.len() == 1 {
        for part in parts {
            let mut views = Vec::new();
            gather::blocks(part, PIECE, distant, &mut views)?;
            out.extend(views.into_iter().map(|view| Block { dtype, count: view.count(), work: Work::View(view) }));
        }
        return Ok(());
    }
    let rows = parts[0].shape[0];
    let bytes: u64 = parts.iter().map(View::bytes).sum();
    if rows == 0 || bytes == 0 {
        return Ok(());
    }
    let most = PIECE / (bytes / rows).max(1);
    // Rows that are too long for a block, or that are joined further inside, are taken one by one.
    if most == 0 || axis > 1 {
        for row in 0..rows {
            let parts = parts.iter().map(|part| part.select(0, row)).collect::<Result<Vec<_>>>()?;
            join(&parts, axis - 1, dtype, distant, out)?;
        }
        return Ok(());
    }
    for start in (0..rows).step_by(most as usize) {
        let parts: Vec<View> = parts.iter().map(|part| part.slice(0, start, most.min(rows - start))).collect::<Result<_>>()?;
        out.push(Block { dtype, count: parts.iter().map(View::count).sum(), work: Work::Rows(parts) });
    }
    Ok(())
}
