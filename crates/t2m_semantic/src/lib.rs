//! What torch *is*: scopes, bindings and qualified names, the project graph and its classes, kinds with their evidence, and the mapping tables.
//!
//! Facts are of the *original* program and are frozen before anything is decided. No MLX here, no IO.

mod aliases;
pub mod classes;
pub mod facts;
mod graph;
pub mod imports;
mod infer;
mod intern;
pub mod kind;
mod lattice;
mod library;
mod names;
pub mod project;
mod resolve;
pub mod tables;

pub use aliases::canonical_name;
pub use classes::{ClassInfo, FunctionInfo, ParamForm, ParamInfo, Role};
pub use facts::{ClassId, Entity, Facts, FileFacts, FunctionId};
pub use imports::{ImportedName, ProjectImport};
pub use intern::{Inner, Interned, Items, Name};
pub use kind::{Evidence, Fact, Kind};
pub use project::{FileId, Project, ProjectFile, TORCH_PACKAGES, is_torch_family};
