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
    is: Certain,
    /// The arguments that count what `*` stands for.
    per: Vec<String>,
}

/// In which instances a name is there for sure.
enum Certain {
    /// In those that leave these arguments out, or give them `True`.
    Unless(Vec<String>),
    /// In those that give this argument `True`.
    If(String),
    Never,
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
    let list = |text: &str| -> Vec<String> { text.split(", ").map(str::to_owned).collect() };
    let (text, unless) = text.split_once(" unless ").map_or((text, None), |(text, arguments)| (text, Some(list(arguments))));
    let (text, only) = text.split_once(" if ").map_or((text, None), |(text, argument)| (text, Some(argument.to_owned())));
    let (name, per) = text.split_once(" per ").map_or((text, Vec::new()), |(text, arguments)| (text, list(arguments)));
    let is = match (unless, only) {
        (Some(arguments), _) => Certain::Unless(arguments),
        (None, Some(argument)) => Certain::If(argument),
        (None, None) if name.ends_with('?') || (name.contains('*') && per.is_empty()) => Certain::Never,
        (None, None) => Certain::Unless(Vec::new()),
    };
    Spec { name: name.trim_end_matches('?').to_owned(), is, per }
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
    specs().values().flatten().any(|spec| matches!(spec.is, Certain::Unless(_)) && spec.name == name)
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
    // Of an argument whose place is not known, nothing is.
    let given = |argument: &str| -> Given {
        if let Some(keyword) = call.keywords.iter().find(|keyword| keyword.arg.as_deref() == Some(argument)) {
            return Given::of(&keyword.value);
        }
        let place = signature.and_then(|signature| signature.params.iter().position(|param| param.name == argument));
        match place.map(|place| call.args.get(place)) {
            Some(Some(value)) => Given::of(value),
            Some(None) => Given::Nothing,
            None => Given::Unknown,
        }
    };
    let is_certain = |spec: &&Spec| match &spec.is {
        Certain::Unless(arguments) => arguments.iter().all(|argument| matches!(given(argument), Given::Nothing | Given::Bool(true))),
        Certain::If(argument) => given(argument) == Given::Bool(true),
        Certain::Never => false,
    };
    let names = |spec: &Spec| -> Vec<String> {
        let [count, both] = spec.per.as_slice() else { return vec![spec.name.clone()] };
        // The first is there in any case.
        let count = if let Given::Number(count) = given(count) { count.clamp(1, MOST_LAYERS) } else { 1 };
        let ends: &[&str] = if given(both) == Given::Bool(true) { &["", "_reverse"] } else { &[""] };
        (0..count).flat_map(|i| ends.iter().map(move |end| spec.name.replace('*', &format!("{i}{end}")))).collect()
    };
    specs.iter().filter(is_certain).flat_map(names).collect()
}

/// More layers than that are no list that anyone reads.
const MOST_LAYERS: u32 = 64;

/// What a call says of an argument.
#[derive(PartialEq)]
enum Given {
    Nothing,
    Bool(bool),
    Number(u32),
    Unknown,
}

impl Given {
    fn of(value: &ast::Expr) -> Self {
        match value {
            ast::Expr::Constant(constant) => match &constant.value {
                ast::Constant::Bool(value) => Self::Bool(*value),
                ast::Constant::Int(value) => value.to_string().parse().map_or(Self::Unknown, Self::Number),
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }
}
