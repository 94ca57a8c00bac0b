//! Checkpoints in and out. No Python AST.
