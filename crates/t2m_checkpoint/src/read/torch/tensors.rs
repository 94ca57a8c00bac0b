//! Which calls of a pickle are tensors, and where their elements are.

use std::borrow::Cow;

use crate::dtype::Dtype;
use crate::error::{Result, refuse, shown};
use crate::read::pickle::{Arena, Id, Node};
use crate::view::{Storage, View};

/// Who a persistent id speaks of.
pub(crate) struct Key<'a> {
    pub name: Cow<'a, str>,
    /// Of the storage's class; an untyped storage has bytes.
    pub dtype: Option<Dtype>,
    /// Elements, or bytes of an untyped storage.
    pub count: u64,
}

/// Where storages are.
pub(crate) trait Storages {
    fn get(&mut self, key: &Key<'_>) -> Result<Storage>;
}

pub(crate) struct Tensors<'a, S> {
    pub arena: &'a Arena,
    storages: S,
}

/// Calls of `torch._utils` and others that are tensors of a kind that has no counterpart, with advice.
const REFUSED: &[(&str, &str)] = &[
    ("_rebuild_qtensor", "a quantized tensor; dequantize it before saving"),
    ("_rebuild_sparse_tensor", "a sparse tensor; save `.to_dense()`"),
    ("_rebuild_sparse_csr_tensor", "a sparse tensor; save `.to_dense()`"),
    ("_rebuild_nested_tensor", "a nested tensor; save its tensors one by one"),
    ("_rebuild_meta_tensor_no_storage", "a tensor on the meta device, which has no values"),
    ("_rebuild_wrapper_subclass", "a tensor subclass; save the plain tensor"),
    ("_rebuild_device_tensor_from_numpy", "a tensor of another device; save `.cpu()`"),
    ("_rebuild_device_tensor_from_cpu_tensor", "a tensor of another device; save `.cpu()`"),
    ("DTensor", "a distributed tensor; save `.full_tensor()`"),
    ("UninitializedParameter", "a lazy parameter without a shape; run the model once before saving"),
    ("UninitializedBuffer", "a lazy buffer without a shape; run the model once before saving"),
    ("ScriptObject", "an object of TorchScript"),
];

/// Tensors are wrapped a few times at most.
const DEEPEST: usize = 8;

impl<'a, S: Storages> Tensors<'a, S> {
    pub(crate) fn new(arena: &'a Arena, storages: S) -> Self {
        Self { arena, storages }
    }

    /// Whether an object is a tensor, of any kind.
    pub(crate) fn is_tensor(&self, id: Id) -> bool {
        self.arena.call(id).is_some_and(|((module, name), _)| module.starts_with("torch") && is_rebuild(name))
    }

    /// The tensor that an object is; `None` if it is something else.
    pub(crate) fn tensor(&mut self, id: Id) -> Option<Result<View>> {
        let ((module, name), args) = self.arena.call(id)?;
        if !module.starts_with("torch") || !is_rebuild(name) {
            return None;
        }
        Some(self.rebuild(name, args, DEEPEST))
    }

    /// Why a tensor is of a kind that has no counterpart.
    pub(crate) fn refusal(&self, id: Id) -> Option<&'static str> {
        let ((_, name), _) = self.arena.call(id).filter(|_| self.is_tensor(id))?;
        REFUSED.iter().find(|(refused, _)| *refused == name).map(|(_, reason)| *reason)
    }

    fn rebuild(&mut self, name: &'a str, args: &'a [Id], depth: usize) -> Result<View> {
        let Some(depth) = depth.checked_sub(1) else { return Err(refuse!("a tensor that is wrapped too often")) };
        if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
            return Err(refuse!("is {reason}"));
        }
        match (name, args) {
            ("_rebuild_parameter" | "_rebuild_parameter_with_state" | "Parameter" | "Buffer", [data, ..]) => match self.arena.call(*data) {
                Some(((_, name), args)) if is_rebuild(name) => self.rebuild(name, args, depth),
                _ => Err(refuse!("a parameter of something that is no tensor")),
            },
            // (func, type, args, state)
            ("_rebuild_from_type_v2", [func, _, args, ..]) => match (self.arena.global(*func), self.arena.items(*args)) {
                (Some((_, name)), Some(args)) if is_rebuild(name) => self.rebuild(name, args, depth),
                _ => Err(refuse!("a tensor of a type that is not known")),
            },
            ("_rebuild_tensor", [storage, offset, size, stride]) => self.view(*storage, *offset, *size, *stride, None, None),
            ("_rebuild_tensor_v2", [storage, offset, size, stride, _, _, rest @ ..]) => {
                self.view(*storage, *offset, *size, *stride, None, rest.first().copied())
            }
            ("_rebuild_tensor_v3", [storage, offset, size, stride, _, _, dtype, rest @ ..]) => {
                let dtype = self.dtype(*dtype)?;
                self.view(*storage, *offset, *size, *stride, Some(dtype), rest.first().copied())
            }
            _ => Err(refuse!("is made by {}, which is not known here", shown(name))),
        }
    }

    fn view(&mut self, storage: Id, offset: Id, size: Id, stride: Id, dtype: Option<Dtype>, metadata: Option<Id>) -> Result<View> {
        let arena = self.arena;
        let Node::Persistent(key) = arena.get(storage) else { return Err(refuse!("a tensor without a storage")) };
        let key = storage_key(arena, *key)?;
        let storage = self.storages.get(&key)?;
        let declared = key.count.checked_mul(key.dtype.map_or(1, Dtype::size) as u64);
        if declared.is_none_or(|bytes| bytes > storage.len) {
            return Err(refuse!("a storage of {} elements has {} bytes; the file is damaged", key.count, storage.len));
        }
        let dtype = dtype.or(key.dtype).ok_or_else(|| refuse!("a tensor without a dtype"))?;
        let (size, stride) = (natural_numbers(arena, size)?, natural_numbers(arena, stride)?);
        let Node::Int(offset) = arena.get(offset) else { return Err(refuse!("an offset that is no number")) };
        let offset = u64::try_from(*offset).map_err(|_| refuse!("a negative offset"))?;
        let mut view = View::new(storage, dtype, offset, size, stride)?;
        for (key, value) in metadata.and_then(|id| arena.entries(id)).unwrap_or_default() {
            match (arena.text(key), arena.get(value)) {
                (Some("conj"), Node::Bool(value)) => view.conj = *value,
                (Some("neg"), Node::Bool(value)) => view.neg = *value,
                // What it would do to the numbers is not known.
                (name, _) => return Err(refuse!("a tensor with the property {}", shown(name.unwrap_or_default()))),
            }
        }
        Ok(view)
    }

    fn dtype(&self, id: Id) -> Result<Dtype> {
        match self.arena.global(id) {
            Some(("torch", name)) => Dtype::from_torch(name)
                .ok_or_else(|| refuse!("the dtype {} has no counterpart; convert it to a float before saving", shown(name))),
            _ => Err(refuse!("a tensor without a dtype")),
        }
    }
}

fn is_rebuild(name: &str) -> bool {
    matches!(
        name,
        "_rebuild_from_type_v2" | "Parameter" | "Buffer" | "DTensor" | "UninitializedParameter" | "UninitializedBuffer" | "ScriptObject"
    ) || name.starts_with("_rebuild_")
}

/// `('storage', class, key, location, count)`.
pub(crate) fn storage_key(arena: &Arena, id: Id) -> Result<Key<'_>> {
    let items = arena.items(id).unwrap_or_default();
    let [kind, class, key, _, count, ..] = items else { return Err(refuse!("a persistent id that is not known")) };
    if arena.text(*kind) != Some("storage") {
        return Err(refuse!("a persistent id that is not known"));
    }
    // Before 0.4, a storage could be a part of another one.
    if items.get(5).is_some_and(|&view| !matches!(arena.get(view), Node::None)) {
        return Err(refuse!("a storage that is a view of another; load and save the file with PyTorch"));
    }
    let name = match arena.get(*key) {
        Node::Text(span) => Cow::Borrowed(arena.str(*span)),
        Node::Int(number) => Cow::Owned(number.to_string()),
        _ => return Err(refuse!("a storage without a name")),
    };
    let dtype = match arena.global(*class) {
        Some(("torch.storage" | "torch", "UntypedStorage")) => None,
        Some((_, class)) => Some(Dtype::from_storage_class(class).ok_or_else(|| {
            let quantized = if class.starts_with('Q') { "; dequantize before saving" } else { "" };
            refuse!("the storage class {} is not known{quantized}", shown(class))
        })?),
        None => return Err(refuse!("a storage without a class")),
    };
    let Node::Int(count) = arena.get(*count) else { return Err(refuse!("a storage without a size")) };
    let count = u64::try_from(*count).map_err(|_| refuse!("a storage of negative size"))?;
    Ok(Key { name, dtype, count })
}

/// A shape or strides, also as a `torch.Size`.
fn natural_numbers(arena: &Arena, id: Id) -> Result<Vec<u64>> {
    let items = match arena.call(id) {
        Some((("torch", "Size"), [items])) => arena.items(*items),
        _ => arena.items(id),
    };
    let items = items.ok_or_else(|| refuse!("a shape that is no tuple"))?;
    const MOST_DIMS: usize = 64;
    if items.len() > MOST_DIMS {
        return Err(refuse!("a shape of {} dimensions", items.len()));
    }
    let number = |&id| match arena.get(id) {
        Node::Int(value) => u64::try_from(*value).map_err(|_| refuse!("a negative number in a shape")),
        _ => Err(refuse!("a shape of something else than numbers")),
    };
    items.iter().map(number).collect()
}
