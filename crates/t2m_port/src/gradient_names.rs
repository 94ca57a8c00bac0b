//! What PyTorch's functions, methods and attributes do with gradients, by their last names (`mappings/names/no_gradient.toml`).

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::tables::read_names;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GradientNames {
    /// What gives no gradient.
    pub(crate) names: FxHashSet<String>,
    pub(crate) builtins: FxHashSet<String>,
    pub(crate) of_modules: FxHashSet<String>,
    pub(crate) with_index: FxHashSet<String>,
    pub(crate) cuts: FxHashSet<String>,
    zeros: FxHashSet<String>,
    choices: FxHashSet<String>,
    new_values: FxHashSet<String>,
    of_gradients: FxHashSet<String>,
}

pub(crate) static GRADIENT_NAMES: LazyLock<GradientNames> = LazyLock::new(|| read_names("no_gradient"));

/// `argmax`, `long`: it gives places or integers.
pub(crate) fn chooses(name: &str) -> bool {
    GRADIENT_NAMES.choices.contains(name)
}

/// Whether what a method or attribute of a tensor, or a function of torch, gives has no gradient, not even one of zeros.
pub(crate) fn stops(name: &str) -> bool {
    GRADIENT_NAMES.names.contains(name) && !GRADIENT_NAMES.zeros.contains(name)
}

/// The same for a function of Python.
pub(crate) fn is_plain_builtin(name: &str) -> bool {
    GRADIENT_NAMES.builtins.contains(name)
}

/// Whether what a method or attribute gives is no other name of its tensor.
pub(crate) fn gives_new_value(name: &str) -> bool {
    GRADIENT_NAMES.new_values.contains(name)
}

/// Whether an attribute or method reads, clears or switches gradients.
pub(crate) fn is_of_gradients(name: &str) -> bool {
    GRADIENT_NAMES.of_gradients.contains(name)
}
