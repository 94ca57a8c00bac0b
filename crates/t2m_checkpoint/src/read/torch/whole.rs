//! The whole of a training checkpoint: what is not known here is left out, and said.

use super::choose::is_optimizer;
use super::module;
use super::scalar;
use super::tensors::{Storages, Tensors};
use super::values::{self, Value};
use crate::error::{Result, refuse, shown};
use crate::read::pickle::{Arena, Id, Node};
use crate::tree::Tree;

/// How deep containers lie in each other; one that holds itself has no end.
const DEEPEST: usize = 48;
/// One list that is referred to a million times is a few bytes.
const MOST: usize = 1 << 20;
/// So is a long text.
const MOST_TEXT: usize = 64 << 20;

/// Everything below `root`. `optimizer` is the place of the state that is converted apart; those of others are left out.
pub(super) fn read<S: Storages>(tensors: &mut Tensors<'_, S>, root: Id, optimizer: &str) -> Result<(Tree, Vec<String>)> {
    let mut reader = Reader { arena: tensors.arena, tensors, optimizer, left: MOST, text_left: MOST_TEXT, left_out: Vec::new() };
    let tree = reader.tree(root, "", 0)?.unwrap_or(Tree::None);
    let notes = if reader.left_out.is_empty() { Vec::new() } else { vec![format!("left out {}", super::choose::few(&reader.left_out))] };
    Ok((tree, notes))
}

struct Reader<'r, 'a, S> {
    arena: &'a Arena,
    tensors: &'r mut Tensors<'a, S>,
    optimizer: &'r str,
    left: usize,
    text_left: usize,
    left_out: Vec<String>,
}

impl<S: Storages> Reader<'_, '_, S> {
    /// `None` for what is left out: the entry of a dict goes with its key, an item becomes None.
    fn tree(&mut self, id: Id, path: &str, depth: usize) -> Result<Option<Tree>> {
        self.left = self.left.checked_sub(1).ok_or_else(|| refuse!("holds more than {MOST} values"))?;
        let text = path.len() + self.arena.text(id).map_or(0, str::len);
        self.text_left = self.text_left.checked_sub(text).ok_or_else(|| refuse!("holds more than {MOST_TEXT} bytes of text"))?;
        if depth > DEEPEST {
            return Err(refuse!("its dicts are nested too deep"));
        }
        if is_optimizer(self.arena, id) {
            let is_meant = path == self.optimizer;
            return Ok(if is_meant { Some(Tree::Optimizer) } else { self.leave(path, "the state of another optimizer") });
        }
        if let Some(view) = self.tensors.tensor(id) {
            return view.map(|view| Some(Tree::Tensor(view))).map_err(|error| error.at(shown(path)));
        }
        if module::is_module(self.arena, id) {
            return Ok(self.leave(path, "a module"));
        }
        Ok(match self.arena.get(id) {
            Node::None => Some(Tree::None),
            Node::Bool(value) => Some(Tree::Bool(*value)),
            Node::Int(value) => Some(Tree::Int(*value)),
            Node::Float(value) => Some(Tree::Float(*value)),
            Node::Text(text) => Some(Tree::Text(self.arena.str(*text).to_owned())),
            Node::List(items) => Some(Tree::List(self.items(items, path, depth)?)),
            Node::Tuple(items) => Some(Tree::Tuple(self.items(items, path, depth)?)),
            Node::Set(items) => Some(Tree::Set(self.items(items, path, depth)?)),
            Node::Dict(_) => Some(Tree::Dict(self.dict(id, path, depth)?)),
            Node::Call(_) => self.call(id, path, depth)?,
            _ => self.leave(path, "an object"),
        })
    }

    fn call(&mut self, id: Id, path: &str, depth: usize) -> Result<Option<Tree>> {
        let Some((function, args)) = self.arena.call(id) else { return Ok(self.leave(path, "an object")) };
        Ok(match (function, args) {
            (("argparse", "Namespace"), _) => match self.arena.state(id).filter(|state| self.arena.entries(*state).is_some()) {
                Some(state) => Some(Tree::Namespace(self.dict(state, path, depth)?)),
                None => self.leave(path, "argparse.Namespace"),
            },
            (("torch", "Size"), [items]) => match self.arena.items(*items) {
                Some(items) => Some(Tree::Tuple(self.items(items, path, depth)?)),
                None => self.leave(path, "a size"),
            },
            (("builtins", "set"), [items]) => match self.arena.items(*items) {
                Some(items) => Some(Tree::Set(self.items(items, path, depth)?)),
                None => self.leave(path, "a set"),
            },
            // Nothing in MLX is on a device: what a program compares or prints is the name.
            (("torch", "device"), parts) => {
                let parts: Vec<String> = parts.iter().filter_map(|part| self.arena.key(*part)).collect();
                Some(Tree::Text(parts.join(":")))
            }
            _ if scalar::number(self.arena, id).is_some() => scalar::number(self.arena, id),
            _ if values::value(self.arena, id) == Value::Container("a dict") => Some(Tree::Dict(self.dict(id, path, depth)?)),
            _ => self.leave(path, &values::class(self.arena, id)),
        })
    }

    fn items(&mut self, items: &[Id], path: &str, depth: usize) -> Result<Vec<Tree>> {
        let item = |(i, id): (usize, &Id)| Ok(self.tree(*id, &joined(path, &i.to_string()), depth + 1)?.unwrap_or(Tree::None));
        items.iter().enumerate().map(item).collect()
    }

    fn dict(&mut self, id: Id, path: &str, depth: usize) -> Result<Vec<(Tree, Tree)>> {
        let mut out = Vec::new();
        for (key, value) in self.arena.entries(id).unwrap_or_default() {
            let name = self.arena.key(key).unwrap_or_default();
            let path = joined(path, &name);
            if let Some(value) = self.tree(value, &path, depth + 1)?
                && let Some(key) = self.tree(key, &path, depth + 1)?
            {
                out.push((key, value));
            }
        }
        Ok(out)
    }

    fn leave(&mut self, path: &str, what: &str) -> Option<Tree> {
        self.left_out.push(format!("{} ({what})", shown(path)));
        None
    }
}

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}
