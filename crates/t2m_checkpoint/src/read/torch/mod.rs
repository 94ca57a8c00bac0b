//! Files of `torch.save`.

mod choose;
mod legacy;
mod module;
mod optimizer;
mod scalar;
mod tensors;
mod values;
mod whole;
mod zip;

pub(crate) use legacy::{MAGIC, read as read_legacy};
pub(crate) use zip::read as read_zip;
