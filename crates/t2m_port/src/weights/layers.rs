//! What PyTorch's layers hold (`mappings/names/layer_state.toml`), and what rows say of other layouts in MLX.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use t2m_semantic::tables::{MAPPINGS, Tables, Weight};
use t2m_syntax::ast;

/// What a torch layer holds, by name, and what its row says of each; a name with `*` stands for many.
pub(super) type Layer = BTreeMap<String, Weight>;

/// One name of the table.
struct Spec {
    name: String,
    /// In every instance, except where this argument is given.
    certain: Option<Option<String>>,
}

type Specs = BTreeMap<String, Vec<Spec>>;

fn specs() -> &'static Specs {
    static SPECS: OnceLock<Specs> = OnceLock::new();
    SPECS.get_or_init(|| {
        let text = MAPPINGS.get_file("names/layer_state.toml").and_then(|file| file.contents_utf8()).unwrap_or_default();
        let table: BTreeMap<String, Vec<String>> = toml::from_str(text).unwrap_or_default();
        table.into_iter().map(|(layer, names)| (format!("torch.nn.{layer}"), names.iter().map(|name| spec(name)).collect())).collect()
    })
}

fn spec(text: &str) -> Spec {
    match text.split_once(" unless ") {
        Some((name, argument)) => Spec { name: name.to_owned(), certain: Some(Some(argument.to_owned())) },
        None if text.ends_with('?') || text.contains('*') => Spec { name: text.trim_end_matches('?').to_owned(), certain: None },
        None => Spec { name: text.to_owned(), certain: Some(None) },
    }
}

/// Whether a torch layer is known to hold nothing.
pub(crate) fn is_stateless(name: &str) -> bool {
    specs().get(name).is_some_and(Vec::is_empty)
}

/// Whether a torch layer holds statistics of this name: what it holds beside its weights are buffers.
pub(crate) fn holds_buffer(layer: &str, name: &str) -> bool {
    let is_weight = name.starts_with("weight") || name.starts_with("bias");
    !is_weight && specs().get(layer).is_some_and(|specs| specs.iter().any(|spec| spec.name == name))
}

/// Whether torch layers hold an array of this name wherever they hold any.
pub(crate) fn is_held(name: &str) -> bool {
    specs().values().flatten().any(|spec| spec.certain.is_some() && spec.name == name)
}

/// The known layers among `names`, and those of which a row says how MLX keeps their weights.
pub(super) fn used(tables: &Tables, names: &BTreeSet<&str>) -> BTreeMap<String, Layer> {
    let mut layers = BTreeMap::new();
    for &name in names {
        let mut layer: Layer = specs().get(name).into_iter().flatten().map(|spec| (spec.name.clone(), Weight::new())).collect();
        // The user's own row comes first.
        if let Some((row, _)) = tables.lookup(name).next() {
            layer.extend(row.weights.clone());
        }
        if specs().contains_key(name) || !layer.is_empty() {
            layers.insert(name.to_owned(), layer);
        }
    }
    layers
}

/// What a layer that this call makes holds in any case.
pub(super) fn holds(tables: &Tables, layer: &str, call: &ast::ExprCall) -> Vec<String> {
    let Some(specs) = specs().get(layer) else { return Vec::new() };
    if call.keywords.iter().any(|keyword| keyword.arg.is_none()) || call.args.iter().any(|arg| matches!(arg, ast::Expr::Starred(_))) {
        return Vec::new();
    }
    let signature = tables.lookup(layer).next().map(|(_, signature)| signature);
    let is_given = |argument: &str| {
        let place = signature.and_then(|signature| signature.params.iter().position(|param| param.name == argument));
        place.is_none_or(|place| place < call.args.len()) || call.keywords.iter().any(|keyword| keyword.arg.as_deref() == Some(argument))
    };
    let is_certain = |spec: &&Spec| match &spec.certain {
        Some(Some(argument)) => !is_given(argument),
        certain => certain.is_some(),
    };
    specs.iter().filter(is_certain).map(|spec| spec.name.clone()).collect()
}
