//! What PyTorch's layers hold (`mappings/names/layer_state.toml`), and what rows say of other layouts in MLX.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use t2m_semantic::tables::{Tables, Weight, read_names};
use t2m_syntax::ast;

use super::arguments::{Argument, Arguments};
use super::held::Held;
use super::shapes;

/// What a torch layer holds, by name, and what its row says of each; a name with `*` stands for many.
pub(super) type Layer = BTreeMap<String, Weight>;

/// One name of the table.
struct Spec {
    name: String,
    is: Certain,
    /// The arguments that count what `*` stands for.
    per: Vec<String>,
    /// The argument that is a layer, whose names these are.
    of: Option<String>,
}

/// In which instances a name is there for sure.
enum Certain {
    /// In those that leave these arguments out, or give them `True`.
    Unless(Vec<String>),
    /// In those that give this argument `True`.
    If(String),
    Never,
}

/// Among the names of a layer: it may hold others, too.
const ANYTHING: &str = "...";

type Specs = BTreeMap<String, Vec<Spec>>;

fn specs() -> &'static Specs {
    static SPECS: OnceLock<Specs> = OnceLock::new();
    SPECS.get_or_init(|| {
        let table: BTreeMap<String, Vec<String>> = read_names("layer_state");
        table.into_iter().map(|(layer, names)| (format!("torch.nn.{layer}"), names.iter().map(|name| spec(name)).collect())).collect()
    })
}

fn spec(text: &str) -> Spec {
    let list = |text: &str| -> Vec<String> { text.split(", ").map(str::to_owned).collect() };
    let (text, unless) = text.split_once(" unless ").map_or((text, None), |(text, arguments)| (text, Some(list(arguments))));
    let (text, only) = text.split_once(" if ").map_or((text, None), |(text, argument)| (text, Some(argument.to_owned())));
    let (text, per) = text.split_once(" per ").map_or((text, Vec::new()), |(text, arguments)| (text, list(arguments)));
    let (name, of) = text.split_once(" of ").map_or((text, None), |(text, argument)| (text, Some(argument.to_owned())));
    let is = match (unless, only) {
        (Some(arguments), _) => Certain::Unless(arguments),
        (None, Some(argument)) => Certain::If(argument),
        _ if name == ANYTHING => Certain::Never,
        (None, None) if name.ends_with('?') || (name.contains('*') && per.is_empty() && of.is_none()) => Certain::Never,
        (None, None) => Certain::Unless(Vec::new()),
    };
    Spec { name: name.trim_end_matches('?').to_owned(), is, per, of }
}

fn may_hold_more(specs: &[Spec]) -> bool {
    specs.iter().any(|spec| spec.name == ANYTHING)
}

/// Whether a torch layer is known to hold nothing.
pub(crate) fn is_stateless(name: &str) -> bool {
    specs().get(name).is_some_and(Vec::is_empty)
}

/// Whether a torch layer holds statistics of this name: what it holds beside its weights are buffers.
pub(crate) fn holds_buffer(layer: &str, name: &str) -> bool {
    let is_weight = name.contains("weight") || name.contains("bias");
    !is_weight && specs().get(layer).is_some_and(|specs| specs.iter().any(|spec| spec.name == name))
}

/// Whether torch layers hold an array of this name wherever they hold any.
pub(crate) fn is_held(name: &str) -> bool {
    // What holds other layers names its own arrays after them.
    let plain = specs().values().filter(|specs| !may_hold_more(specs));
    plain.flatten().any(|spec| matches!(spec.is, Certain::Unless(_)) && spec.name == name)
}

/// The known layers among `names`, and those of which a row says how MLX keeps their weights.
pub(super) fn used(tables: &Tables, names: &BTreeSet<&str>) -> BTreeMap<String, Layer> {
    let mut layers = BTreeMap::new();
    for &name in names {
        let known = specs().get(name).filter(|specs| !may_hold_more(specs));
        let entry = |spec: &Spec| {
            let rank = shapes::rank(name, &spec.name).and_then(|rank| i64::try_from(rank).ok());
            (spec.name.clone(), rank.map(|rank| ("rank".to_owned(), rank.into())).into_iter().collect::<Weight>())
        };
        let mut layer: Layer = known.into_iter().flatten().map(entry).collect();
        // The user's own row comes first.
        if let Some((row, _)) = tables.lookup(name).next() {
            for (name, weight) in &row.weights {
                layer.entry(name.clone()).or_default().extend(weight.clone());
            }
        }
        if known.is_some() || !layer.is_empty() {
            layers.insert(name.to_owned(), layer);
        }
    }
    layers
}

/// What a layer that is made with these arguments holds in any case; `inner` tells that of a layer that it is given.
pub(super) fn holds(layer: &str, arguments: &Arguments<'_>, inner: &dyn Fn(&ast::Expr) -> Vec<Held>) -> Vec<Held> {
    let known = specs().get(layer);
    let is_open = known.is_some_and(|specs| may_hold_more(specs));
    let is_certain = |spec: &&Spec| match &spec.is {
        Certain::Unless(names) => names.iter().all(|name| arguments.find(name).is_usual()),
        Certain::If(name) => arguments.find(name).is_true(),
        Certain::Never => false,
    };
    let names = |spec: &Spec| -> Vec<String> {
        let Some(count) = spec.per.first() else { return vec![spec.name.clone()] };
        // The first is there in any case.
        let count = arguments.find(count).size().unwrap_or(1).clamp(1, MOST_LAYERS);
        let ends: &[&str] = if spec.per.get(1).is_some_and(|both| arguments.find(both).is_true()) { &["", "_reverse"] } else { &[""] };
        (0..count).flat_map(|i| ends.iter().map(move |end| spec.name.replacen('*', &format!("{i}{end}"), 1))).collect()
    };
    let held = |spec: &Spec| -> Vec<Held> {
        let Some(argument) = &spec.of else {
            // How many axes it has says the layer.
            let says_more = |shape: &String| is_open || shape.contains(|c: char| c.is_ascii_digit());
            let held = |name: String| Held { shape: shapes::shape(layer, &name, arguments).filter(says_more), name };
            return names(spec).into_iter().map(held).collect();
        };
        let Argument::Given(value) = arguments.find(argument) else { return Vec::new() };
        let inside = inner(value);
        let below = |name: &str| name.strip_suffix('*').unwrap_or(name).to_owned();
        names(spec).iter().flat_map(|name| inside.iter().map(|held| held.below(&below(name)))).collect()
    };
    known.into_iter().flatten().filter(is_certain).flat_map(held).collect()
}

/// More layers than that are no list that anyone reads.
const MOST_LAYERS: u64 = 64;
