//! Mapping tables: rows, signatures, argument binding.

/// All rows, by qualified torch name.
#[derive(Debug, Default)]
pub struct Tables {}
