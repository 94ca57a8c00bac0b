//! What gives views, by name (`mappings/names/views.toml`).

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use t2m_semantic::tables::read_names;

/// Names of what gives views (`mappings/names/views.toml`).
pub(crate) static VIEWS: LazyLock<Views> = LazyLock::new(|| read_names("views"));

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Views {
    pub(crate) methods: FxHashSet<String>,
    pub(crate) reshapes: FxHashSet<String>,
    pub(crate) attributes: FxHashSet<String>,
    pub(crate) functions: FxHashSet<String>,
    pub(crate) of_ndarrays: FxHashSet<String>,
    pub(crate) keeps: FxHashSet<String>,
    pub(crate) of_complex: FxHashSet<String>,
    pub(crate) computing_layers: FxHashSet<String>,
    pub(crate) viewing_layers: FxHashSet<String>,
    pub(crate) same_layers: FxHashSet<String>,
    pub(crate) of_arrays: FxHashSet<String>,
    pub(crate) numpy_writers: FxHashSet<String>,
    pub(crate) metadata: FxHashSet<String>,
    pub(crate) metadata_builtins: FxHashSet<String>,
    pub(crate) forms: FxHashSet<String>,
    pub(crate) asks_form: FxHashSet<String>,
}
