//! The objects of a pickle, side by side: a reference is an index, so that nothing is nested, copied or dropped in depth.

use crate::error::{Result, refuse};

pub(crate) type Id = u32;

/// Far more than the largest checkpoints have.
const MOST_NODES: usize = 6 << 20;
const MOST_TEXT: usize = 96 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Span {
    start: u32,
    len: u32,
}

#[derive(Debug)]
pub(crate) enum Node {
    None,
    Bool(bool),
    Int(i64),
    /// Beyond 64 bits.
    Long,
    Float(f64),
    Text(Span),
    /// Their content means nothing here.
    Bytes,
    Tuple(Box<[Id]>),
    List(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Set(Vec<Id>),
    Global(Span, Span),
    Call(Box<Call>),
    Persistent(Id),
}

/// What would be made by calling `func`, or of the class `func`, and what was put into it.
#[derive(Debug)]
pub(crate) struct Call {
    pub func: Id,
    pub args: Id,
    pub state: Option<Id>,
    pub entries: Vec<(Id, Id)>,
    pub items: Vec<Id>,
}

#[derive(Debug, Default)]
pub(crate) struct Arena {
    nodes: Vec<Node>,
    text: Vec<u8>,
}

impl Arena {
    pub(crate) fn add(&mut self, node: Node) -> Result<Id> {
        if self.nodes.len() >= MOST_NODES {
            return Err(refuse!("its pickle makes more than {MOST_NODES} objects"));
        }
        self.nodes.push(node);
        Ok((self.nodes.len() - 1) as Id)
    }

    pub(crate) fn span(&mut self, text: &str) -> Result<Span> {
        if self.text.len() + text.len() > MOST_TEXT {
            return Err(refuse!("its pickle holds more than {MOST_TEXT} bytes of text"));
        }
        let start = self.text.len() as u32;
        self.text.extend_from_slice(text.as_bytes());
        Ok(Span { start, len: text.len() as u32 })
    }

    /// All objects that were made, in order.
    pub(crate) fn ids(&self) -> std::ops::Range<Id> {
        0..self.nodes.len() as Id
    }

    pub(crate) fn get(&self, id: Id) -> &Node {
        &self.nodes[id as usize]
    }

    pub(crate) fn get_mut(&mut self, id: Id) -> &mut Node {
        &mut self.nodes[id as usize]
    }

    pub(crate) fn str(&self, span: Span) -> &str {
        let bytes = &self.text[span.start as usize..(span.start + span.len) as usize];
        // Only whole texts were put in.
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    pub(crate) fn text(&self, id: Id) -> Option<&str> {
        match self.get(id) {
            Node::Text(span) => Some(self.str(*span)),
            _ => None,
        }
    }

    /// A key of a dict as a name: texts, and integers as PyTorch's optimizers use them.
    pub(crate) fn key(&self, id: Id) -> Option<String> {
        match self.get(id) {
            Node::Text(span) => Some(self.str(*span).to_owned()),
            Node::Int(value) => Some(value.to_string()),
            _ => None,
        }
    }

    /// Module and name. Python 2 names are those of Python 3.
    pub(crate) fn global(&self, id: Id) -> Option<(&str, &str)> {
        match self.get(id) {
            Node::Global(module, name) => {
                let module = match self.str(*module) {
                    "__builtin__" => "builtins",
                    "copy_reg" => "copyreg",
                    other => other,
                };
                Some((module, self.str(*name)))
            }
            _ => None,
        }
    }

    /// What is called, and with what.
    pub(crate) fn call(&self, id: Id) -> Option<((&str, &str), &[Id])> {
        match self.get(id) {
            Node::Call(call) => Some((self.global(call.func)?, self.items(call.args).unwrap_or_default())),
            _ => None,
        }
    }

    /// What `__setstate__` of an object would be given.
    pub(crate) fn state(&self, id: Id) -> Option<Id> {
        match self.get(id) {
            Node::Call(call) => call.state,
            _ => None,
        }
    }

    /// The members of a tuple or list.
    pub(crate) fn items(&self, id: Id) -> Option<&[Id]> {
        match self.get(id) {
            Node::Tuple(items) => Some(items),
            Node::List(items) => Some(items),
            _ => None,
        }
    }

    /// How many entries a dict has, without a look at them.
    pub(crate) fn size_of_dict(&self, id: Id) -> usize {
        match self.get(id) {
            Node::Dict(entries) => entries.len(),
            Node::Call(call) => {
                let args = self.items(call.args).unwrap_or_default();
                // `OrderedDict({...})`. More than a few arguments are no dict's.
                let first = args.iter().take(4).map(|&arg| match self.get(arg) {
                    Node::Dict(entries) => entries.len(),
                    Node::List(pairs) => pairs.len(),
                    _ => 0,
                });
                call.entries.len() + first.sum::<usize>() + if args.len() > 4 { usize::MAX / 2 } else { 0 }
            }
            _ => 0,
        }
    }

    /// The entries of a dict in any of its forms, in order. A later entry of a name replaces the value of an earlier one.
    pub(crate) fn entries(&self, id: Id) -> Option<Vec<(Id, Id)>> {
        match self.get(id) {
            Node::Dict(entries) => Some(entries.clone()),
            Node::Call(call) => {
                let known = matches!(
                    self.global(call.func)?,
                    ("collections", "OrderedDict" | "defaultdict" | "Counter")
                        | ("builtins", "dict")
                        | ("torch.nn.modules.container", "OrderedDict")
                );
                if !known && call.entries.is_empty() {
                    return None;
                }
                let mut out = Vec::new();
                // Python 2: OrderedDict([[key, value], ...])
                for &arg in self.items(call.args).unwrap_or_default() {
                    match self.get(arg) {
                        Node::Dict(entries) => out.extend(entries),
                        Node::List(pairs) if known => {
                            for &pair in pairs {
                                if let Some(&[key, value]) = self.items(pair) {
                                    out.push((key, value));
                                }
                            }
                        }
                        _ => {}
                    }
                }
                out.extend(&call.entries);
                Some(out)
            }
            _ => None,
        }
    }
}
