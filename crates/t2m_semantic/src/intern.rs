//! Values that are kept once for the life of the program: cheap to copy, and equal only if they are the same one. There are few different ones.

use std::cell::RefCell;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::{LazyLock, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::kind::{Fact, Kind};

pub struct Interned<T: 'static>(&'static T);

/// A name of a library: `torch.nn.Linear`.
pub type Name = Interned<String>;
/// What a container holds.
pub type Inner = Interned<Kind>;
/// What a tuple holds.
pub type Items = Interned<Vec<Kind>>;

/// The fact of an expression.
pub(crate) type Known = Interned<Fact>;

type Table<K, V> = LazyLock<Mutex<FxHashMap<K, V>>>;

static NAMES: Table<&str, Name> = LazyLock::new(Mutex::default);
static INNERS: Table<Kind, Inner> = LazyLock::new(Mutex::default);
static FACTS: Table<Fact, Known> = LazyLock::new(Mutex::default);
static ITEMS: Table<&[Kind], Items> = LazyLock::new(Mutex::default);

fn keep<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

impl Name {
    pub fn new(name: &str) -> Self {
        let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(name) = names.get(name) {
            return *name;
        }
        let kept = keep(name.to_owned());
        names.insert(kept, Self(kept));
        Self(kept)
    }

    pub fn as_static(self) -> &'static str {
        self.0
    }
}

impl Inner {
    pub fn new(kind: Kind) -> Self {
        let mut inners = INNERS.lock().unwrap_or_else(PoisonError::into_inner);
        *inners.entry(kind).or_insert_with(|| Self(keep(kind)))
    }
}

impl Known {
    fn new(fact: Fact) -> Self {
        let mut known = FACTS.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(fact).or_insert_with(|| Self(keep(fact)))
    }

    /// Keeps the facts of many expressions.
    pub(crate) fn all<K>(facts: impl Iterator<Item = (K, Fact)>) -> Vec<(K, Self)> {
        thread_local! {
            /// What this thread has asked for: no thread waits for another to look up what both know.
            static OWN: RefCell<FxHashMap<Fact, Known>> = RefCell::default();
        }
        OWN.with_borrow_mut(|own| facts.map(|(key, fact)| (key, *own.entry(fact).or_insert_with(|| Self::new(fact)))).collect())
    }
}

impl FromIterator<Kind> for Items {
    fn from_iter<I: IntoIterator<Item = Kind>>(kinds: I) -> Self {
        let kinds = Vec::from_iter(kinds);
        let mut items = ITEMS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(items) = items.get(kinds.as_slice()) {
            return *items;
        }
        let kept = keep(kinds);
        items.insert(kept, Self(kept));
        Self(kept)
    }
}

impl<T> Clone for Interned<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Interned<T> {}

impl<T> PartialEq for Interned<T> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl<T> Eq for Interned<T> {}

impl<T> Hash for Interned<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(self.0, state);
    }
}

impl<T> Deref for Interned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Interned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}
