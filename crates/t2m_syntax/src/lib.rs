//! Python text: source files, tokens, the child walker, precedence, pieces, the renderer and its laws.
//!
//! This crate knows nothing of torch and does no IO. A caller decides about nodes ([`Decisions`]) and [`render::render`] writes the text once;
//! what nobody decided about stays byte for byte.

mod children;
pub mod encoding;
mod fstring;
pub mod laws;
pub mod line_index;
mod lines;
mod newer;
pub mod node;
mod out;
pub mod piece;
pub mod precedence;
pub mod ranges;
mod reduced;
pub mod render;
mod reparse;
pub mod source;
pub mod stack;
pub mod survivors;
mod targets;

pub use node::{Node, NodeId};
pub use piece::{Decision, Decisions, Edit, Nest, Piece, StmtDecision};
pub use precedence::Prec;
pub use render::render;
pub use rustpython_ast as ast;
pub use rustpython_ast::text_size::{TextRange, TextSize};
pub use source::{NOTEBOOK, SourceFile, SyntaxError};
pub use survivors::survivors;
