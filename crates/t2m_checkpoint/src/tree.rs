//! All that a file of `torch.save` holds, as a training reads it again: containers in each other, numbers, texts and tensors.

use crate::view::View;

#[derive(Debug, Clone)]
pub enum Tree {
    None,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    Tensor(View),
    List(Vec<Tree>),
    Tuple(Vec<Tree>),
    Set(Vec<Tree>),
    Dict(Vec<(Tree, Tree)>),
    /// `argparse.Namespace` and its attributes.
    Namespace(Vec<(Tree, Tree)>),
    /// The state of the optimizer that was asked for stands here.
    Optimizer,
}
