//! One file per subcommand.

pub(crate) mod completions;
pub(crate) mod convert;
pub(crate) mod explain;
pub(crate) mod mappings;
pub(crate) mod port;
pub(crate) mod verify;
