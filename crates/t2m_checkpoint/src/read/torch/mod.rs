//! Files of `torch.save`.

mod choose;
mod legacy;
mod module;
mod optimizer;
mod tensors;
mod values;
mod zip;

pub(crate) use legacy::{MAGIC, read as read_legacy};
pub(crate) use zip::read as read_zip;
