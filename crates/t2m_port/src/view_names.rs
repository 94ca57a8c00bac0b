//! What gives views, by name (`mappings/names/views.toml`).

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use t2m_semantic::tables::read_names;

/// Names of what gives views (`mappings/names/views.toml`).
pub(crate) static VIEWS: LazyLock<Views> = LazyLock::new(|| {
    let table: toml::Table = read_names("views");
    let names = |key: &str| {
        let items = table.get(key).and_then(toml::Value::as_array).into_iter().flatten();
        items.filter_map(|item| item.as_str().map(str::to_owned)).collect()
    };
    Views {
        methods: names("methods"),
        reshapes: names("reshapes"),
        attributes: names("attributes"),
        functions: names("functions"),
        of_ndarrays: names("of_ndarrays"),
        keeps: names("keeps"),
        of_complex: names("of_complex"),
        computing_layers: names("computing_layers"),
        viewing_layers: names("viewing_layers"),
        same_layers: names("same_layers"),
        of_arrays: names("of_arrays"),
        numpy_writers: names("numpy_writers"),
        metadata: names("metadata"),
        metadata_builtins: names("metadata_builtins"),
    }
});

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
}
