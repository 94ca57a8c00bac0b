//! What stands beside tensors, in words.

use crate::read::pickle::{Arena, Id, Node};

/// What a value that is no tensor is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// A number, text, or nothing.
    Plain(&'static str),
    /// A list, dict or set.
    Container(&'static str),
    Storage,
    /// An object or call whose meaning is not known.
    Unknown,
}

pub(crate) fn value(arena: &Arena, id: Id) -> Value {
    match arena.get(id) {
        Node::None => Value::Plain("None"),
        Node::Bool(_) => Value::Plain("a bool"),
        Node::Int(_) | Node::Long | Node::Float(_) => Value::Plain("a number"),
        Node::Text(_) => Value::Plain("text"),
        Node::Bytes => Value::Plain("bytes"),
        Node::Global(..) => Value::Plain("a name"),
        Node::Tuple(_) => Value::Container("a tuple"),
        Node::List(_) => Value::Container("a list"),
        Node::Dict(_) => Value::Container("a dict"),
        Node::Set(_) => Value::Container("a set"),
        Node::Persistent(_) => Value::Storage,
        Node::Call(_) => match arena.call(id) {
            Some(((_, "OrderedDict" | "defaultdict" | "Counter"), _)) => Value::Container("a dict"),
            Some((("builtins", "set" | "frozenset" | "list" | "slice" | "range" | "xrange"), _)) => Value::Container("a container"),
            Some((("builtins", "complex" | "bytearray") | ("_codecs", "encode"), _)) => Value::Plain("a number or bytes"),
            Some((("torch", "Size" | "device"), _)) => Value::Plain("a size or device"),
            Some((("numpy.core.multiarray" | "numpy._core.multiarray", "scalar"), _)) => Value::Plain("a number"),
            _ => Value::Unknown,
        },
    }
}

/// `module.Class` of what a call would make.
pub(crate) fn class(arena: &Arena, id: Id) -> String {
    arena.call(id).map_or_else(|| "an object".into(), |((module, name), _)| format!("{module}.{name}"))
}
