//! Runs a program under PyTorch and its port under MLX, on the same weights and inputs, and says where they part.
//!
//! The work is done by a Python package (`python/t2m_engine`), which is embedded here: a folder of cases goes in, each side leaves its records,
//! the judge leaves verdicts. The command line and the repository's own tests run this one implementation.

mod engine;
mod verdict;

pub use engine::{Engine, Side};
pub use verdict::{Cost, Costs, Difference, Divergence, Part, Stopped, Verdict};
