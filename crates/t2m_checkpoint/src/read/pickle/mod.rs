//! A pickle, interpreted symbolically: a global is a name, a call is a node that says what would be called with what. Nothing is looked up and nothing is run.

mod arena;
mod cursor;
mod machine;
mod suspects;

pub(crate) use arena::{Arena, Id, Node};
pub(crate) use cursor::Cursor;
pub(crate) use machine::load;
